"""Tells people that a run went wrong, at the addresses of ``KOMPAS_NOTIFY``."""

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
    """Sends one message to each address of *text*, as Apprise spells them.

    A message that cannot be sent is a line in the log, which never names the address. Raises
    ``ConfigurationProblem`` for what is no address, and where Apprise is not installed.
    """

    def __init__(self, text: str) -> None:
        self._services: list[NotifyBase] = []
        if not (given := addresses(text)):
            return
        require("KOMPAS_NOTIFY", "apprise", "notify")
        from apprise import Apprise, NotifyBase

        for name in ("apprise", "urllib3"):  # they name addresses
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        for nth, address in enumerate(given, 1):
            service = Apprise.instantiate(address, suppress_exceptions=True)
            if not isinstance(service, NotifyBase):
                raise ConfigurationProblem(
                    f"KOMPAS_NOTIFY: address {nth} of {len(given)} is none that apprise knows; "
                    "try it with: apprise -vv -b test ADDRESS"
                )
            self._services.append(service)

    def tell(self, title: str, body: str) -> None:
        """Send the message, and wait until it is sent or cannot be."""
        for service in self._services:
            try:
                is_sent = service.notify(title=title, body=body)
            except Exception as error:  # noqa: BLE001 - the run is over; whoever failed is named
                is_sent = False
                logger.debug("A message failed: %s", type(error).__name__)
            if not is_sent:
                logger.warning("Nobody was told by %s", service.service_name)
