"""Wrong answers of a site: what is sent in place of the right page, and for how long at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "https://www.kompas.com/"
LOGIN = "https://account.kompas.com/login"
_HOURS = timedelta(hours=1)
ARTICLE, INDEX, FRONT, SITEMAP, ROBOTS = "article", "index", "front", "sitemap", "robots"
LISTS = frozenset({INDEX, FRONT})
PAGES = frozenset({ARTICLE, INDEX, FRONT, SITEMAP})
ALL = PAGES | {ROBOTS}


class Pages(Protocol):
    """The right pages of a site, as the wrong answers need them."""

    def page(self, url: str) -> bytes:
        """The bytes of the right page at *url*."""

    def without_rows(self, url: str) -> bytes:
        """The list at *url* as a list without a row."""

    def other_article(self, url: str) -> str:
        """The address of another article."""

    def former_address(self, url: str) -> str | None:
        """The former address of the article at *url*, unless that is one."""

    def other_front(self, url: str) -> str:
        """The front of another section."""

    def copy(self, url: str, age: timedelta) -> Fault:
        """What was at *url* so long ago."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One kind of wrong answer.

    *longest* bounds how long it may last in one history: an answer that is the same for
    longer is believed by design. What *is_believed* for a while is found out by a later reading.
    What *passes* need not be a failure. *is_plain* sends the body without Content-Encoding.
    ``make`` returns ``None`` where the kind has no form for an address; the right answer is sent
    then.
    """

    name: str
    make: Callable[[Pages, str], Fault | None]
    on: frozenset[str] = PAGES
    longest: timedelta | None = None
    is_plain: bool = False
    is_believed: bool = False
    passes: bool = False


def kind_of(url: str) -> str:
    """What stands at *url*: an article, the index of a day, a front, a sitemap or robots.txt."""
    if url.endswith("/robots.txt"):
        return ROBOTS
    if ".xml" in url:
        return SITEMAP
    if "//indeks.kompas.com" in url:
        return INDEX
    is_article = "/read/" in url or re.search(r"/\d\d[A-L]\d{8,}", url)
    return ARTICLE if is_article else FRONT


def page_of(url: str) -> int:
    """The page of a list that *url* asks for."""
    found = re.search(r"[?&]page=(\d+)", url)
    return int(found[1]) if found else 1


def day_of(url: str) -> date | None:
    """The day of the index page *url*."""
    found = re.search(r"[?&]date=(\d{4}-\d\d-\d\d)", url)
    return date.fromisoformat(found[1]) if found else None


def said(
    status: int, body: str = "", headers: dict[str, str] | None = None
) -> Callable[[Pages, str], Fault]:
    return lambda pages, url: Fault(status=status, body=body.encode(), headers=dict(headers or {}))


def page_at(other: Callable[[Pages, str], str | None]) -> Callable[[Pages, str], Fault | None]:
    """The page at another address, with status 200."""

    def make(pages: Pages, url: str) -> Fault | None:
        address = other(pages, url)
        return None if address is None else Fault(status=200, body=pages.page(address))

    return make


def led_to(other: Callable[[Pages, str], str]) -> Callable[[Pages, str], Fault]:
    return lambda pages, url: Fault(status=302, headers={"Location": other(pages, url)})


def _half(pages: Pages, url: str) -> Fault:
    body = pages.page(url)
    return Fault(status=200, body=body[: len(body) // 2], headers={"Content-Length": ""})


def _broken(**how: object) -> Callable[[Pages, str], Fault]:
    return lambda pages, url: Fault(**how)  # type: ignore[arg-type]


def _other_day(pages: Pages, url: str) -> str | None:
    day = day_of(url)
    return None if day is None else url.replace(str(day), str(day - timedelta(days=1)))


def _of_section(pages: Pages, url: str) -> str | None:
    """The index of the day of one section, in place of that of all."""
    return url.replace("site=all", "site=money") if "site=all" in url else None


def _empty_index(pages: Pages, url: str) -> str:
    """The index of a day without articles, in place of a front."""
    return "https://indeks.kompas.com/?site=all&date=2009-01-01"


def _without_addresses(pages: Pages, url: str) -> Fault:
    """The right list, of which every third row lacks its address."""
    count = iter(range(1_000))
    body = re.sub(
        rb' href="https://[^"]*/read/[^"]*"',
        lambda match: b"" if next(count) % 3 == 0 else match[0],
        pages.page(url),
    )
    return Fault(status=200, body=body)


def _other_page(pages: Pages, url: str) -> str | None:
    page = page_of(url)
    return re.sub(r"[?&]page=\d+", "", url) if page > 1 else None


_CHALLENGE = (
    '<!DOCTYPE html><html lang="en"><head><title></title><script>'
    'window.awsWafCookieDomainList = []; window.gokuProps = {"key":"AQID"};</script></head>'
    '<body><div id="challenge-container"></div></body></html>'
)
_MAINTENANCE = (
    '<!DOCTYPE html><html lang="id"><head><title>KOMPAS.com</title></head><body>'
    "<h1>Situs sedang ada gangguan</h1><p>Silakan kembali lagi nanti.</p></body></html>"
)
_LOGIN_PAGE = (
    '<!DOCTYPE html><html lang="id"><head><title>Masuk - KG Media ID</title></head><body>'
    '<form><input name="email"><input type="password" name="sandi"></form></body></html>'
)
LOGIN_FAULT = Fault(status=200, body=_LOGIN_PAGE.encode())

KINDS = (
    Wrong("202 empty", said(202), ALL),
    Wrong("challenge", said(200, _CHALLENGE), ALL),
    Wrong("405 challenge", said(405, "", {"x-amzn-waf-action": "captcha"})),
    Wrong("403", said(403, "<html><body>Forbidden</body></html>")),
    Wrong("429", said(429)),
    Wrong("500", said(500, "<html><body>Internal Server Error</body></html>"), ALL),
    Wrong("503", said(503, _MAINTENANCE), ALL),
    Wrong("silence", _broken(cut_after=0), ALL),
    Wrong("404", said(404, "<html><body>404</body></html>"), longest=70 * _HOURS),
    Wrong("410", said(410), longest=70 * _HOURS),
    Wrong("empty 200", said(200)),
    Wrong("maintenance", said(200, _MAINTENANCE)),
    Wrong("JSON", said(200, '{"status": "ok", "data": []}', {"Content-Type": "application/json"})),
    Wrong("login page", said(200, _LOGIN_PAGE)),
    Wrong("to login", led_to(lambda pages, url: LOGIN)),
    Wrong("home page", page_at(lambda pages, url: HOME)),
    Wrong("to home page", led_to(lambda pages, url: HOME)),
    Wrong("to a front", led_to(lambda pages, url: pages.other_front(url)), longest=160 * _HOURS),
    Wrong("half page", _half, is_plain=True),
    Wrong("cut page", _broken(cut_after=300)),  # an empty list has 440 bytes, compressed
    Wrong("cut gzip", _broken(packed="gzip", clip=20), ALL),
    Wrong("damaged gzip", _broken(packed="gzip", flip=6), ALL),
    Wrong("cut br", _broken(packed="br", clip=40)),
    Wrong("cut deflate", _broken(packed="deflate", clip=30)),
    Wrong(
        "soft 404",
        page_at(lambda pages, url: "https://www.kompas.com/tidak-ada"),
        longest=23 * _HOURS,
    ),
    Wrong(
        "another article",
        page_at(lambda pages, url: pages.other_article(url)),
        frozenset({ARTICLE}),
        longest=23 * _HOURS,
    ),
    Wrong("an article", page_at(lambda pages, url: pages.other_article(url)), LISTS),
    Wrong("another day", page_at(_other_day), frozenset({INDEX})),
    Wrong("page 1", page_at(_other_page), LISTS),
    Wrong("a section's index", page_at(_of_section), frozenset({INDEX})),
    Wrong("an empty index", page_at(_empty_index), frozenset({FRONT})),
    Wrong("no addresses", _without_addresses, frozenset({INDEX})),
    Wrong(
        "to another article",
        lambda pages, url: Fault(status=301, headers={"Location": pages.other_article(url)}),
        frozenset({ARTICLE}),
        longest=23 * _HOURS,
    ),
    Wrong("304", said(304)),
    Wrong("another front", page_at(lambda pages, url: pages.other_front(url)), LISTS),
    Wrong(
        "no rows",
        lambda pages, url: Fault(status=200, body=pages.without_rows(url)),
        frozenset({INDEX}),
        longest=23 * _HOURS,
    ),
    Wrong("all forbidden", said(200, "User-agent: *\nDisallow: /\n"), frozenset({ROBOTS})),
)
