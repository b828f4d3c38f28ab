"""Fetch and check the live site's robots.txt, outside a crawl."""

import threading
from datetime import datetime
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from protego import Protego

from kompas_crawler.polite.pace import http_date
from kompas_crawler.polite.robots_file import is_markup, readable
from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

ROBOTS_URL = "https://www.kompas.com/robots.txt"
SAMPLES = (  # a front and an article, as requested by a crawl
    "https://www.kompas.com/tren",
    "https://www.kompas.com/tren/read/2024/01/15/093100665/judul",
)
SECONDS = 5.0


class Answer(NamedTuple):
    """The response; without a ``status`` there was none, for ``reason``."""

    status: int | None
    body: bytes = b""
    at: datetime | None = None
    reason: str = ""


def ask(user_agent: str, url: str = ROBOTS_URL, seconds: float = SECONDS) -> Answer:
    """Fetch robots.txt, for at most *seconds* in all."""
    answers: list[Answer] = []
    # A socket timeout does not include the DNS lookup.
    thread = threading.Thread(
        target=lambda: answers.append(_fetch(user_agent, url, seconds)), daemon=True
    )
    thread.start()
    thread.join(seconds + 1)
    return answers[0] if answers else Answer(None, reason=f"no answer in {seconds:.0f} s")


def _fetch(user_agent: str, url: str, seconds: float) -> Answer:
    request = Request(url, headers={"User-Agent": user_agent})
    try:
        with urlopen(request, timeout=seconds) as response:
            at = http_date(response.headers["Date"] or "")
            return Answer(response.status, response.read(512 * 1024), at)
    except HTTPError as error:
        with error:
            return Answer(error.code, at=http_date(error.headers["Date"] or ""))
    except (OSError, ValueError) as error:
        return Answer(None, reason=str(getattr(error, "reason", error)) or type(error).__name__)


def forbidden(body: bytes) -> list[str]:
    """The ``SAMPLES`` that a robots.txt disallows.

    >>> forbidden(b"User-agent: *\\nDisallow: /tren/read/")
    ['https://www.kompas.com/tren/read/2024/01/15/093100665/judul']
    """
    if is_markup(body):
        return []
    rules = Protego.parse(readable(body).decode())
    return [url for url in SAMPLES if not rules.can_fetch(url, ROBOTS_TOKEN)]
