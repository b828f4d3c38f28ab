"""Monitors: judge each run when it ends, and tell whoever wants to be told."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.serving import serves_archive
from kompas_crawler.exitcodes import ConfigurationProblem

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from kompas_crawler.monitoring.checks import Evidence

logger = logging.getLogger(__name__)


class Monitors:
    """Judges each run by the monitors of ``watch``, on Spidermon; enabled by ``KOMPAS_MONITORS``.

    Where one fails, Spidermon's own actions tell Telegram, Slack, e-mail or Sentry, as the
    environment variables ``SPIDERMON_...`` say, and the exit code becomes 10. Raises
    ``ConfigurationProblem`` where the extra or a variable is missing.
    """

    def __init__(self, crawler: Crawler) -> None:
        wanted = str(crawler.settings["KOMPAS_MONITORS"] or "0")
        if wanted not in ("0", "1"):
            raise ConfigurationProblem(f"KOMPAS_MONITORS is 1 or 0, not {wanted!r}")
        if wanted == "0":
            raise NotConfigured
        if find_spec("spidermon") is None:
            raise ConfigurationProblem("KOMPAS_MONITORS needs: pip install -e '.[monitor]'")
        from kompas_crawler.monitoring.spidermon import Suite

        self._suite = Suite(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        return cls(crawler)

    def judge(self, evidence: Evidence) -> dict[str, str]:
        """Each monitor with the line that says what is wrong, empty where nothing is."""
        found, unheard = self._suite.run(evidence)
        for name, line in found.items():
            if line:
                logger.warning("Monitor %s: %s", name, line)
        for line in unheard:
            logger.error("Nobody was told: %s", line)
        return found
