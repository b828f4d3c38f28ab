"""Monitors: check each run at its end, and send notifications."""

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
    """Runs ``CHECKS``; enabled by ``KOMPAS_MONITORS`` or ``KOMPAS_NOTIFY``.

    If one fails, the exit code becomes 10, and the addresses of ``KOMPAS_NOTIFY`` get a message.
    Raises ``ConfigurationProblem`` for an invalid setting.
    """

    def __init__(self, crawler: Crawler) -> None:
        recipients = str(crawler.settings["KOMPAS_NOTIFY"] or "")
        wanted = str(crawler.settings["KOMPAS_MONITORS"] or int(bool(recipients)))
        if wanted not in ("0", "1"):
            raise ConfigurationProblem(f"KOMPAS_MONITORS must be 0 or 1, not {wanted!r}")
        if wanted == "0":
            raise NotConfigured
        self._notify = Notify(recipients)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        return cls(crawler)

    def judge(self, evidence: Evidence) -> dict[str, str]:
        """Return the message of each monitor, empty if it passed."""
        found = {name: check(evidence) for name, check in CHECKS.items()}
        for name, line in found.items():
            if line:
                logger.warning("Monitor %s: %s", name, line)
        return found

    def notify(self, title: str, found: Mapping[str, str]) -> None:
        """Send the messages of the failed monitors, if any."""
        if lines := [f"{name}: {line}" for name, line in found.items() if line]:
            self._notify.send(title, "\n".join(lines))
