"""A dead man's switch: an external service raises an alarm when crawls stop reporting."""

import logging
import threading
from http.client import HTTPException
from importlib.metadata import version
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from kompas_crawler.exitcodes import ConfigurationProblem, Exit

logger = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds


class Ping:
    """Requests ``URL/start`` when a crawl starts, and ``URL/EXIT-CODE`` at the end.

    The protocol of healthchecks.io: 0 = success. With an empty *url*, and when another crawl
    runs, it reports nothing. Raises ``ConfigurationProblem`` for an invalid address.
    """

    def __init__(self, url: str) -> None:
        try:
            self._parts = urlsplit(url)
        except ValueError:
            self._parts = urlsplit("wrong:")
        if url and not (self._parts.scheme in ("http", "https") and self._parts.hostname):
            raise ConfigurationProblem("KOMPAS_PING_URL is not an http or https address")
        self._starting: threading.Thread | None = None

    def start(self) -> None:
        if self._parts.scheme:
            self._starting = threading.Thread(target=self._ask, args=["start"], daemon=True)
            self._starting.start()

    def end(self, code: int) -> None:
        if not self._parts.scheme or code == Exit.RUNNING:
            return
        if self._starting is not None:
            self._starting.join(TIMEOUT)  # the start must be reported first
        self._ask(str(int(code)))

    def _ask(self, last: str) -> None:
        path = f"{self._parts.path.rstrip('/')}/{last}"
        headers = {"User-Agent": f"kompas-crawler/{version('kompas-crawler')}"}
        try:
            request = Request(urlunsplit(self._parts._replace(path=path)), headers=headers)
            with urlopen(request, timeout=TIMEOUT):
                pass
        except HTTPError as error:
            logger.warning("The ping failed: HTTP %s", error.code)
            error.close()
        except (OSError, ValueError, HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else type(error).__name__
            logger.warning("The ping failed: %s", reason)
