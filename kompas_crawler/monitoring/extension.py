"""Monitors: check each run at its end, and send notifications."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.log.masking import addresses
from kompas_crawler.monitoring.checks import CHECKS, Evidence
from kompas_crawler.project import require

if TYPE_CHECKING:
    from apprise import NotifyBase

logger = logging.getLogger(__name__)


class Monitors(ArchiveComponent):
    """Runs ``CHECKS``; enabled by ``KOMPAS_MONITORS`` or ``KOMPAS_NOTIFY``.

    If one fails, the exit code becomes 10, and the addresses of ``KOMPAS_NOTIFY`` get a message.
    Raises ``ConfigurationProblem`` for an invalid setting.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        recipients = str(crawler.settings["KOMPAS_NOTIFY"] or "")
        if not is_on(crawler.settings["KOMPAS_MONITORS"] or int(bool(recipients))):
            raise NotConfigured
        self._notify = Notify(recipients)

    def judge(self, evidence: Evidence) -> dict[str, str]:
        """Return the message of each monitor, empty if it passed."""
        found = {name: check(evidence) for name, check in CHECKS.items()}
        for name, line in found.items():
            if line:
                logger.warning("Monitor %s: %s", name, line)
        return found

    def notify(self, title: str, found: Mapping[str, str]) -> None:
        if lines := [f"{name}: {line}" for name, line in found.items() if line]:
            self._notify.send(title, "\n".join(lines))


def is_on(value: str | int) -> bool:
    """Read ``KOMPAS_MONITORS``. Raises ``ConfigurationProblem``."""
    if str(value) not in ("", "0", "1"):
        raise ConfigurationProblem(f"KOMPAS_MONITORS must be 0 or 1, not {value!r}")
    return str(value) == "1"


class Notify:
    """Sends a message to each Apprise address in *text*.

    A failure is logged without the address. Raises ``ConfigurationProblem`` for an invalid
    address, or if Apprise is not installed.
    """

    def __init__(self, text: str) -> None:
        self._services: list[NotifyBase] = []
        if not (given := addresses(text)):
            return
        require("KOMPAS_NOTIFY", "notify")
        from apprise import Apprise, NotifyBase

        for name in ("apprise", "urllib3"):  # they log addresses, which hold secrets
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        for nth, address in enumerate(given, 1):
            service = Apprise.instantiate(address, suppress_exceptions=True)
            if not isinstance(service, NotifyBase):
                why = f"KOMPAS_NOTIFY: apprise does not know address {nth} of {len(given)}"
                raise ConfigurationProblem(f"{why}; try it with: apprise -vv -b test ADDRESS")
            self._services.append(service)

    def send(self, title: str, body: str) -> list[tuple[str, bool]]:
        """Send the message to each address; return the services' names, and whether it was sent."""
        results = []
        for service in self._services:
            try:
                is_sent = service.notify(title=title, body=body)
            except Exception as error:  # noqa: BLE001 - must not change the outcome of the run
                is_sent = False
                logger.debug("A notification failed: %s", type(error).__name__)
            if not is_sent:
                logger.warning("No notification was sent by %s", service.service_name)
            results.append((str(service.service_name), bool(is_sent)))
        return results
