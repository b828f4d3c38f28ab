"""Odd statuses, redirects and encodings, and lists of known rows in an error page."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.faults.hostile import FRAME
from tests.histories.answers import (
    ARTICLE,
    FRONT,
    INDEX,
    LISTS,
    PAGES,
    SITEMAP,
    Wrong,
    day_of,
    led_to,
    page_of,
    said,
)
from tests.histories.wrong_lists import _MARKS, _ROW, _edited, _paged
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.histories.answers import Pages

_PAGER = rb'<div class="paging__wrap.*?</div>\n*(?=<div class="most)'
_TAG = b'<link rel="canonical" href="https://www.kompas.com/tag/banjir" />'
_NEWS = "https://money.kompas.com/news/sitemap.xml"
_VIDEOS = '<html><head><link rel="canonical" href="https://www.kompas.com/video"></head></html>'
_REFRESH = '<html><head><meta http-equiv="refresh" content="0;url=https://www.kompas.com/"></head>'


def _with_status(status: int, share: float = 1.0) -> Callable[[Pages, str], Fault]:
    """The right page, or its first part, under a status that proves nothing."""

    def make(pages: Pages, url: str) -> Fault:
        body = pages.page(url)
        return Fault(status=status, body=body[: int(len(body) * share)])

    return make


def _known_rows(pages: Pages, url: str) -> Fault | None:
    """An error page with rows of another section, without a pager or an address."""
    body = pages.page(pages.other_front(url))
    body = re.sub(_PAGER + rb"|<link rel=\"canonical\"[^>]*>", b"", body, flags=re.DOTALL)
    return Fault(status=200, body=body) if _ROW.search(body) else None


def _known_most_read(pages: Pages, url: str) -> Fault | None:
    """The front without a row, beside the most read articles of another section."""
    most = rb'<div class="most">.*?</div>\n</div>'
    other = re.search(most, pages.page(pages.other_front(url)), re.DOTALL)
    body = re.sub(_PAGER, b"", _ROW.sub(b"", pages.page(url)), flags=re.DOTALL)
    if other is None or b"/read/" not in other[0]:
        return None
    return Fault(status=200, body=re.sub(most, lambda _: other[0], body, flags=re.DOTALL))


def _in_reverse(body: bytes) -> bytes:
    rows = _ROW.findall(body)
    return _ROW.sub(lambda _: rows.pop(), body)


def _twice(body: bytes) -> bytes:
    return _ROW.sub(lambda row: row[0] * 2, body)


def _in_fragments(body: bytes) -> bytes:
    """The rows alone, as a script asks for them."""
    rows = b"".join(_ROW.findall(body))
    return b'<div class="articleList -list">%s</div>' % rows if rows else body


def _of_one_address(body: bytes) -> bytes:
    """Each row with the first row's address."""
    link = rb'(<a class="article[^>]*href=")(https://[^"]*/read/[^"]*)"'
    if len(found := re.findall(link, body)) < 3:
        return body
    return re.sub(link, lambda match: match[1] + found[0][1] + b'"', body)


def _without_rows(body: bytes) -> bytes:
    return _ROW.sub(b"", body) if b'rel="next"' in body else body


def _without_pager(body: bytes) -> bytes:
    return re.sub(_PAGER, b"", body, flags=re.DOTALL)


def _of_another_section(pages: Pages, url: str) -> Fault | None:
    """The index of another section, without its marks."""
    site = "tekno" if "site=money" in url else "money"
    if "site=all" in url:
        return None
    body = pages.page(re.sub(r"site=\w+", f"site={site}", url))
    body = re.sub(_MARKS, b"", _without_pager(body))
    return Fault(status=200, body=body) if _ROW.search(body) else None


def _not_all_pages(pages: Pages, url: str) -> Fault | None:
    return Fault(status=404) if url.endswith("?page=all") else None


def _as_tag(body: bytes) -> bytes:
    body = re.sub(_PAGER, b"", re.sub(_MARKS, b"", body), flags=re.DOTALL)
    return body.replace(b"</head>", _TAG + b"</head>") if _ROW.search(body) else body


def _with_a_row_of_another_day(pages: Pages, url: str) -> Fault | None:
    """The right list, with a row of the day before on top."""
    body, day = pages.page(url), day_of(url)
    if day is None or b'rel="next"' not in body:
        return None
    other = _ROW.search(pages.page(_paged(url, 1).replace(str(day), str(day - timedelta(days=1)))))
    first = _ROW.search(body)
    if other is None or first is None:
        return None
    return Fault(status=200, body=body.replace(first[0], other[0] + first[0], 1))


def _to_former_address(pages: Pages, url: str) -> Fault | None:
    """A redirect to the former address of the article, which redirects back."""
    former = pages.former_address(url)
    return None if former is None else Fault(status=301, headers={"Location": former})


def _to_news_sitemap(pages: Pages, url: str) -> Fault | None:
    return None if url == _NEWS else Fault(status=302, headers={"Location": _NEWS})


def _page_one_for_all(pages: Pages, url: str) -> Fault:
    """The first page without its pager, whatever number is asked for."""
    return Fault(status=200, body=_without_pager(pages.page(_paged(url, 1))))


def _asks_for_consent(body: bytes) -> bytes:
    """The article's head and title, and a form in place of its text."""
    text = rb'<div class="read__content.*?(?=<div class="read__tagging)'
    return re.sub(text, b"<form><button>Setuju</button></form>", body, flags=re.DOTALL)


KINDS = (
    Wrong("203", _with_status(203)),
    Wrong("206 of a part", _with_status(206, 0.4)),
    Wrong("226", _with_status(226)),
    Wrong("300", _with_status(300)),
    Wrong("204", said(204)),
    Wrong("451", said(451, "<html><body>Unavailable</body></html>")),
    Wrong("511", said(511, "<html><body><form></form></body></html>")),
    Wrong("503 with the page", _with_status(503)),
    Wrong("to itself", led_to(lambda pages, url: url)),
    Wrong("to another paper", led_to(lambda pages, url: "https://www.kompas.id/")),
    Wrong("to this machine", led_to(lambda pages, url: "http://169.254.169.254/latest/")),
    Wrong("to another port", led_to(lambda pages, url: "https://www.kompas.com:8443/")),
    Wrong("refresh", said(200, f"{_REFRESH}<body></body></html>")),
    Wrong("an empty frame", said(200, '<html><body><div id="root"></div></body></html>')),
    Wrong(
        "gzip in gzip",
        lambda pages, url: Fault(status=200, body=gzip.compress(pages.page(url), 1)),
    ),
    Wrong(
        "named as gzip",
        lambda pages, url: Fault(headers={"Content-Encoding": "gzip"}),
        is_plain=True,
    ),
    Wrong(
        "cut chunks",
        lambda pages, url: Fault(chunked=True, clip=200),
        is_plain=True,
    ),
    Wrong("known rows", _known_rows, frozenset({FRONT}), passes=True),
    Wrong("known most read", _known_most_read, frozenset({FRONT}), passes=True),
    Wrong("a tag", _edited(_as_tag), frozenset({INDEX})),
    Wrong(
        "another pager",
        _edited(lambda body: body.replace(b"paging__", b"halaman__")),
        LISTS,
        passes=True,
    ),
    Wrong(
        "no pager on page 1",
        _edited(_without_pager, lambda url: page_of(url) == 1),
        frozenset({INDEX}),
        passes=True,
    ),
    Wrong("rows alone", _edited(_in_fragments), LISTS, passes=True),
    Wrong("rows of one address", _edited(_of_one_address), frozenset({INDEX})),
    Wrong("pager alone", _edited(_without_rows), frozenset({INDEX})),
    Wrong(
        "index of another section",
        _of_another_section,
        frozenset({INDEX}),
        longest=23 * timedelta(hours=1),
    ),
    Wrong(
        "404 of all pages", _not_all_pages, frozenset({ARTICLE}), longest=70 * timedelta(hours=1)
    ),
    Wrong("to its former address", _to_former_address, frozenset({ARTICLE})),
    Wrong("the front of the videos", said(200, _VIDEOS), frozenset({ARTICLE})),
    Wrong("soft 404 in its frame", said(200, FRAME.decode()), frozenset({ARTICLE})),
    Wrong("consent", _edited(_asks_for_consent), frozenset({ARTICLE})),
    Wrong("to another sitemap", _to_news_sitemap, frozenset({SITEMAP})),
    Wrong("page 1 for all", _page_one_for_all, frozenset({INDEX}), passes=True),
    Wrong("a row of another day", _with_a_row_of_another_day, frozenset({INDEX}), passes=True),
    Wrong("rows in reverse", _edited(_in_reverse), LISTS, passes=True),
    Wrong("rows twice", _edited(_twice), PAGES & LISTS, passes=True),
)
