"""Notifications to the addresses of ``KOMPAS_NOTIFY``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.log.masking import addresses
from kompas_crawler.project import require

if TYPE_CHECKING:
    from apprise import NotifyBase

logger = logging.getLogger(__name__)


class Notify:
    """Sends a message to each Apprise address in *text*.

    A failure is logged without the address. Raises ``ConfigurationProblem`` for an invalid
    address, or if Apprise is not installed.
    """

    def __init__(self, text: str) -> None:
        self._services: list[NotifyBase] = []
        if not (given := addresses(text)):
            return
        require("KOMPAS_NOTIFY", "apprise", "notify")
        from apprise import Apprise, NotifyBase

        for name in ("apprise", "urllib3"):  # they log addresses, which hold secrets
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        for nth, address in enumerate(given, 1):
            service = Apprise.instantiate(address, suppress_exceptions=True)
            if not isinstance(service, NotifyBase):
                raise ConfigurationProblem(
                    f"KOMPAS_NOTIFY: apprise does not know address {nth} of {len(given)}; "
                    "try it with: apprise -vv -b test ADDRESS"
                )
            self._services.append(service)

    def send(self, title: str, body: str) -> None:
        """Send the message to each address, and wait for the result."""
        for service in self._services:
            try:
                is_sent = service.notify(title=title, body=body)
            except Exception as error:  # noqa: BLE001 - must not change the outcome of the run
                is_sent = False
                logger.debug("A notification failed: %s", type(error).__name__)
            if not is_sent:
                logger.warning("No notification was sent by %s", service.service_name)
