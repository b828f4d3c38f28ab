"""Wrong lists: pages that look like the right one, nearly."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.histories.answers import (
    FRONT,
    INDEX,
    LISTS,
    ROBOTS,
    SITEMAP,
    Wrong,
    day_of,
    kind_of,
    led_to,
    page_at,
    page_of,
    said,
)
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.histories.answers import Pages

_HOURS = timedelta(hours=1)
_MARKS = rb' paging__link--active|<link rel="canonical"[^>]*>'
_NEXT = rb' paging__link--(?:next|last)| rel="next"'
_ROW = re.compile(rb'<div class="article(?:Item"|__list clearfix").*?\n(?=\n|<)', re.DOTALL)


def _paged(url: str, page: int) -> str:
    first = re.sub(r"[?&]page=\d+", "", url)
    return first if page == 1 else f"{first}{'&' if '?' in first else '?'}page={page}"


def _edited(
    change: Callable[[bytes], bytes], is_for: Callable[[str], bool] = lambda url: True
) -> Callable[[Pages, str], Fault | None]:
    """The right page, changed; ``None`` where the change changes nothing."""

    def make(pages: Pages, url: str) -> Fault | None:
        page = pages.page(url)
        body = change(page) if is_for(url) else page
        return None if body == page else Fault(status=200, body=body)

    return make


def _without(*patterns: bytes) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(b"|".join(patterns), b"", body)


def _half_the_rows(body: bytes) -> bytes:
    if b'rel="next"' not in body:
        return body
    rows = _ROW.findall(body)
    for row in rows[len(rows) // 2 :]:
        body = body.replace(row, b"", 1)
    return body


def _in_scripts(body: bytes) -> bytes:
    """Every third row is left to a script, which knows its address."""
    rows = _ROW.findall(body)[1::3]
    for row in rows:
        found = re.search(rb'href="(https://[^"]*/read/[^"]*)"', row)
        if found is not None:
            script = b"<script>rows.push('%s')</script>\n" % found[1].replace(b"/", rb"\/")
            body = body.replace(row, script, 1)
    return body


def _renamed(body: bytes) -> bytes:
    """The rows' links in a form that nobody knows."""
    change = rb'(href="https://[^/"]*/)(?:[^"/]*/)?read/[0-9/]+/([^"]*)"'
    return _ROW.sub(lambda row: re.sub(change, rb'\1artikel/\2-17512"', row[0]), body)


def _first_renamed(body: bytes) -> bytes:
    """The first row's link in another form, with a day."""
    change = rb"/read/([0-9]{4}/[0-9]{2}/[0-9]{2})/[0-9]+/"
    return _ROW.sub(lambda row: re.sub(change, rb"/berita/\1/", row[0]), body, count=1)


def _page(step: int, *hidden: bytes) -> Callable[[Pages, str], Fault | None]:
    """The page *step* pages further, without its marks."""

    def make(pages: Pages, url: str) -> Fault | None:
        number = page_of(url) + step
        body = pages.page(_paged(url, number)) if number > 0 else b""
        # A last page without marks, in place of the first, is the index of a day of one page.
        has_to_go_on = kind_of(url) == FRONT or (_NEXT in hidden and page_of(url) == 1)
        if not _ROW.search(body) or (has_to_go_on and b'rel="next"' not in body):
            return None
        return Fault(status=200, body=_without(*hidden)(body))

    return make


def _other_day(days: int) -> Callable[[Pages, str], str | None]:
    def other(pages: Pages, url: str) -> str | None:
        day = day_of(url)
        return None if day is None else url.replace(str(day), str(day + timedelta(days=days)))

    return other


def _unmarked_day(pages: Pages, url: str) -> Fault | None:
    other = _other_day(-1)(pages, url)
    body = pages.page(other) if other else b""
    return Fault(status=200, body=_without(_MARKS)(body)) if _ROW.search(body) else None


def _unmarked_front(pages: Pages, url: str) -> Fault | None:
    body = pages.page(pages.other_front(url))
    return Fault(status=200, body=_without(_MARKS)(body)) if b'rel="next"' in body else None


def _is_later(url: str) -> bool:
    return page_of(url) > 1


KINDS = (
    Wrong("the next page", _page(1, rb" paging__link--active"), LISTS),
    Wrong("the next page, no marks", _page(1, _MARKS, _NEXT), frozenset({INDEX}), passes=True),
    Wrong("the page before, no marks", _page(-1, _MARKS, _NEXT), LISTS, passes=True),
    Wrong("the next day", page_at(_other_day(1)), frozenset({INDEX})),
    Wrong("another day, no marks", _unmarked_day, frozenset({INDEX})),
    Wrong("another front, no marks", _unmarked_front, frozenset({FRONT})),
    Wrong("unknown addresses", _edited(_renamed), LISTS),
    Wrong("one unknown address", _edited(_first_renamed), LISTS, passes=True),
    Wrong(
        "half the rows",
        _edited(_half_the_rows),
        frozenset({INDEX}),
        longest=_HOURS,
        passes=True,
    ),
    Wrong("rows in scripts", _edited(_in_scripts), LISTS, passes=True),
    Wrong("numbers alone", _edited(_without(_NEXT)), LISTS, passes=True),
    Wrong("no marks", _edited(_without(_MARKS, _NEXT)), LISTS, passes=True),
    Wrong(
        "no pager",
        _edited(_without(rb'<div class="paging__wrap.*?</div>\n*(?=<div class="most)'), _is_later),
        LISTS,
        passes=True,
    ),
    Wrong("no row on a later page", _edited(lambda body: _ROW.sub(b"", body), _is_later), LISTS),
    Wrong("no row", _edited(lambda body: _ROW.sub(b"", body)), frozenset({FRONT}), passes=True),
    Wrong(
        "no rows for days",
        lambda pages, url: Fault(status=200, body=pages.without_rows(url)),
        frozenset({INDEX}),
        longest=100 * _HOURS,
        is_believed=True,
    ),
    Wrong("404 for days", said(404), LISTS, longest=160 * _HOURS),
    Wrong(
        "to another day",
        led_to(lambda pages, url: _other_day(-1)(pages, url) or pages.other_front(url)),
        frozenset({INDEX}),
        longest=160 * _HOURS,
    ),
    Wrong(
        "to another page",
        led_to(lambda pages, url: _paged(url, 1 if _is_later(url) else 2)),
        LISTS,
        longest=160 * _HOURS,
    ),
    Wrong("empty sitemap", said(200, "<urlset></urlset>"), frozenset({SITEMAP})),
    Wrong(
        "another sitemap",
        page_at(lambda pages, url: "https://money.kompas.com/news/sitemap.xml"),
        frozenset({SITEMAP}),
    ),
    Wrong("JSON", said(200, '{"status": 500, "message": "gangguan"}'), frozenset({ROBOTS})),
    Wrong("no robots.txt", said(404), frozenset({ROBOTS})),
    Wrong("429 for robots.txt", said(429), frozenset({ROBOTS})),
)
