"""Monitors: judge each run when it ends, and tell whoever wants to be told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.serving import serves_archive
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.monitoring.checks import CHECKS
from kompas_crawler.monitoring.notify import Notify

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from scrapy.crawler import Crawler

    from kompas_crawler.monitoring.checks import Evidence

logger = logging.getLogger(__name__)


class Monitors:
    """Judges each run by ``CHECKS``; enabled by ``KOMPAS_MONITORS`` or ``KOMPAS_NOTIFY``.

    Where one fails, the exit code becomes 10 and the addresses of ``KOMPAS_NOTIFY`` are told.
    Raises ``ConfigurationProblem`` for a setting that cannot be followed.
    """

    def __init__(self, crawler: Crawler) -> None:
        told = str(crawler.settings["KOMPAS_NOTIFY"] or "")
        wanted = str(crawler.settings["KOMPAS_MONITORS"] or int(bool(told)))
        if wanted not in ("0", "1"):
            raise ConfigurationProblem(f"KOMPAS_MONITORS is 1 or 0, not {wanted!r}")
        if wanted == "0":
            raise NotConfigured
        self._notify = Notify(told)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        return cls(crawler)

    def judge(self, evidence: Evidence) -> dict[str, str]:
        """Each monitor with the line that says what is wrong, empty where nothing is."""
        found = {name: check(evidence) for name, check in CHECKS.items()}
        for name, line in found.items():
            if line:
                logger.warning("Monitor %s: %s", name, line)
        return found

    def tell(self, title: str, found: Mapping[str, str]) -> None:
        """Tell people what is wrong, if anything is."""
        if lines := [f"{name}: {line}" for name, line in found.items() if line]:
            self._notify.tell(title, "\n".join(lines))
