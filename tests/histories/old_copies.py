"""Copies from a cache, texts of which a part is missing, and pages that are packed wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.histories.answers import ARTICLE, LISTS, PAGES, Wrong, page_at
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.histories.answers import Pages

_TEXT = re.compile(
    rb'(<div class="read__content.*?</p>).*?(?=<div class="read__tagging)', re.DOTALL
)
_WALL = rb"\1<p>Untuk membaca selengkapnya, silakan masuk.</p></div>"


def _copy(**age: float) -> Callable[[Pages, str], Fault]:
    """What was there so long ago, with its age."""

    def make(pages: Pages, url: str) -> Fault:
        then = timedelta(**age)
        found = pages.copy(url, then)
        found.headers["Age"] = f"{then.total_seconds():.0f}"
        return found

    return make


def _walled(pages: Pages, url: str) -> Fault:
    return Fault(status=200, body=_TEXT.sub(_WALL, pages.page(url)))


def _walled_as_valid(pages: Pages, url: str) -> Fault:
    """A wall in front of the page, whose validators it leaves."""
    found = pages.copy(url, timedelta(0))
    found.body = _TEXT.sub(_WALL, found.body)
    return found


def _part(share: float) -> Callable[[Pages, str], Fault]:
    """The first part of the page, as long as its header says."""

    def make(pages: Pages, url: str) -> Fault:
        body = pages.page(url)
        return Fault(status=200, body=body[: int(len(body) * share)])

    return make


KINDS = (
    Wrong("copy of an hour ago", _copy(hours=1), passes=True),
    Wrong("copy of 8 hours ago", _copy(hours=8), passes=True),
    Wrong("copy of a day ago", _copy(hours=24), passes=True),
    Wrong("wall", _walled, frozenset({ARTICLE})),
    Wrong("wall with the page's validators", _walled_as_valid, frozenset({ARTICLE})),
    Wrong(
        "page 1 alone",
        page_at(lambda pages, url: url.partition("?")[0]),
        frozenset({ARTICLE}),
    ),
    Wrong("half page with its length", _part(0.5), LISTS, is_plain=True),
    Wrong("page without its end", _part(0.8), LISTS, is_plain=True),
    Wrong(
        "too long a length",
        lambda pages, url: Fault(headers={"Content-Length": "900000"}),
        PAGES,
    ),
    Wrong(
        "too short a length",
        lambda pages, url: Fault(headers={"Content-Length": "700"}),
        PAGES,
    ),
    Wrong(
        "named as latin-1",
        lambda pages, url: Fault(headers={"Content-Type": "text/html; charset=ISO-8859-1"}),
        LISTS | {ARTICLE},
        passes=True,
    ),
)
