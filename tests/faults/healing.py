"""What tests of wrong answers share: sites, cases, and the crawl after the site is well again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares import throttle
from kompas_crawler.pages import recognition
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.sections import SECTIONS
from tests import archives
from tests.faults.hostile import LOGIN, OUTAGE
from tests.faults.world import World, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PLAIN = {"DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "identity"}}
"""What no fault packs comes plain: a stream of gzip would prove half a page to be a whole one."""
WEEKS_LATER = "2026-07-20T12:00:00+07:00"
MONEY = SECTIONS["money"].front_url
HEALS = ["the same command", "gaps=1"]
QUIET = b'<html><div class="articleList"></div></html>'
"""A list's frame without a row."""


@contextmanager
def served(folder: Path, site: Site) -> Iterator[World]:
    with serve(site) as server:
        yield World(server, archives.put(folder / "kompas.db"), folder)


def heal(world: World, how: str, *, at: str, spider: str = "kompas", **command: str) -> None:
    """Let the site be well, and run the crawl that fetches what is missing."""
    world.faults.clear()
    if how == "gaps=1":
        healed = world.crawl(at=later(at, minutes=1), gaps="1")
    else:
        healed = world.crawl(spider, at=world.next_time(), **command)
    assert healed.code is Exit.DONE, healed.end


def row_states(world: World) -> dict[str, str]:
    rows = world.rows(FrontierRow.url, FrontierRow.state, FrontierRow.next_at)
    assert all(next_at for _, state, next_at in rows if state == "failed")
    return {url: state for url, state, _ in rows}


def believe_every_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(response: Any, _: str) -> Verdict:
        return Verdict(Kind.LISTING, listing=ListingPage(response))

    monkeypatch.setattr(recognition, "listing", believe)


@contextmanager
def site_of_days(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, per_day: int = 3
) -> Iterator[World]:
    """A site of *number* days, whose index has a page for each article."""
    monkeypatch.setattr(throttle, "BLOCKED_AFTER", 1000)
    monkeypatch.setattr(replies, "_INDEX_ROWS", 1)
    with served(folder, Site(number * per_day, per_day=per_day)) as world:
        world.strike(LOGIN, Fault(200, body=b"<title>Masuk</title>"))
        yield world


def range_of(world: World) -> dict[str, str]:
    return {"since": str(world.site.days[0]), "until": str(world.site.days[-1])}


def listed_keys(world: World) -> set[str]:
    return {key for day in world.site.days for key in world.site.on_day(day)}


MEDIA = "https://foto.kompas.com/photo/read/2026/06/30/17510/contoh"


NO_ARTICLE = {
    "a new design": '<article class="article-detail"><h1>Judul</h1><p>Satu</p></article>',
    "an outage": OUTAGE.decode(),
    "pages of photographs": f'<link rel="canonical" href="{MEDIA}"><h1>Galeri</h1>',
}


ONE_BY_ONE = {"CONCURRENT_REQUESTS": 1}
