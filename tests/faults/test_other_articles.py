"""R35: a page that names another article neither overwrites nor invents one."""

from __future__ import annotations

import pytest

from kompas_crawler.archive.models import AliasRow, RevisionRow
from kompas_crawler.archive.store import pages
from kompas_crawler.pages import recognition
from tests.crawling import Crawled
from tests.faults.healing import HEALS, MONEY
from tests.faults.hostile import KEY, URL, page
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

OTHER = URL.replace("100000001", "100000002")
OTHER_KEY = KEY.replace("100000001", "100000002")
NEVER = URL.replace("100000001", "100000003")
NEVER_KEY = KEY.replace("100000001", "100000003")
LIE = "Bukan teks yang sebenarnya."


@pytest.mark.parametrize(
    "head",
    [
        f'<link rel="canonical" href="{URL}">',
        f'<link rel="canonical" href="{URL}?page=all">',
        f'<link rel="canonical" href="{URL.replace("https", "http")}">',
        f'<link rel="canonical" href="{URL.replace("www.kompas.com", "amp.kompas.com/money")}">',
        f'<meta property="og:url" content="{URL}">',
    ],
)
def test_a_page_that_names_another_article_overwrites_nothing(world: World, head: str) -> None:
    world.strike(URL, Fault(status=200, body=page()))
    body = page(body=f"<p>{LIE}</p>", canonical="", head=head)
    world.strike(OTHER, Fault(status=200, body=body))
    world.crawl(urls=URL)
    text = world.body(KEY)
    crawled = world.crawl(urls=OTHER)
    assert world.body(KEY) == text
    assert world.stored() == {KEY}
    assert not world.rows(RevisionRow.id)
    assert crawled.stats["answers/other_article"] == 1
    assert world.row(OTHER_KEY).state == "failed"
    assert KEY in world.row(OTHER_KEY).reason


def test_an_article_that_was_never_fetched_is_a_candidate_and_not_stored(world: World) -> None:
    world.strike(OTHER, Fault(status=200, body=page(canonical=NEVER)))
    world.strike(NEVER, Fault(status=500))
    world.crawl(urls=OTHER)
    assert not world.stored()
    assert world.row(NEVER_KEY).state == "failed"  # it was asked for at its own address


def test_control_without_recognition_the_text_is_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = recognition.article
    monkeypatch.setattr(recognition, "article", lambda response, _=None: read(response))
    world.strike(URL, Fault(status=200, body=page()))
    world.strike(OTHER, Fault(status=200, body=page(body=f"<p>{LIE}</p>", canonical=URL)))
    world.crawl(urls=URL)
    world.crawl(urls=OTHER)
    assert world.body(KEY) == LIE


def test_two_looks_a_day_apart_make_an_alias_of_a_stored_article(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page()))
    world.strike(OTHER, Fault(status=200, body=page(canonical=URL)))
    world.crawl(urls=f"{URL},{OTHER}")
    assert world.row(OTHER_KEY).state == "failed"
    world.crawl(urls=OTHER, at="2026-07-02T01:00:00+07:00")
    assert world.row(OTHER_KEY).state == "skipped"
    assert world.rows(AliasRow.url, AliasRow.article_key) == [(OTHER, KEY)]
    assert world.stored() == {KEY}


@pytest.mark.parametrize(
    ("to", "state"),
    [
        (URL.replace("100000001", "100000002"), "skipped"),  # of the same second: moved
        (URL.replace("100000001", "110000001"), "failed"),
    ],
)
def test_a_redirect_to_an_article_of_another_second_is_looked_at_twice(
    world: World, to: str, state: str
) -> None:
    """Else a wall that leads all addresses to one article loses all the others."""
    world.strike(URL, Fault(status=301, headers={"Location": to}))
    world.strike(to, Fault(status=200, body=page(canonical=to)))
    world.crawl(urls=URL)
    assert world.row(KEY).state == state
    world.crawl(urls=URL, at="2026-07-02T01:00:00+07:00")
    assert world.row(KEY).state == "skipped"
    assert len(world.rows(AliasRow.url)) == 1


def test_an_unasked_304_settles_nothing(world: World) -> None:
    world.strike(URL, Fault(status=304))
    world.crawl(urls=URL)
    assert world.row(KEY).state == "failed"


def test_a_short_code_is_resolved_by_the_page(world: World) -> None:
    code = "https://www.kompas.com/read/26F30100000001/judul"
    world.strike(code, Fault(status=200, body=page(canonical=URL)))
    world.crawl(urls=code)
    assert world.stored() == {KEY}


@pytest.mark.parametrize("status", [301, 302])
def test_a_short_code_that_leads_to_its_article_is_its_alias(world: World, status: int) -> None:
    code = "https://www.kompas.com/read/26F30100000001/judul"
    world.strike(code, Fault(status=status, headers={"Location": URL}))
    world.strike(URL, Fault(status=200, body=page()))
    assert world.crawl(urls=code).code == 0
    assert world.stored() == {KEY}
    assert world.gaps().is_empty


def _listed(world: World, *urls: str) -> None:
    """Let a front list *urls*."""
    rows = "".join(f'<div class="articleItem"><a href="{url}">Judul</a></div>' for url in urls)
    body = f'<html><body><div class="articleList">{rows}</div></body></html>'
    world.strike_page(MONEY, Fault(status=200, body=body.encode()))


def _circle(world: World, *listed: str) -> Crawled:
    _listed(world, *listed)
    world.strike(URL, Fault(status=301, headers={"Location": OTHER}))
    world.strike(OTHER, Fault(status=301, headers={"Location": URL}))
    return world.crawl(urls=MONEY)


@pytest.mark.parametrize("listed", first_fast((URL,), (URL, OTHER)))
@pytest.mark.parametrize("well", first_fast(URL, OTHER))
@pytest.mark.parametrize("how", first_fast(*HEALS[::-1]))
def test_addresses_that_redirect_to_each_other_are_missing_until_one_is_well(
    world: World, listed: tuple[str, ...], well: str, how: str
) -> None:
    crawled = _circle(world, *listed)
    missing = world.gaps().missing
    assert missing
    assert crawled.stats["pages/failed"] == len(missing), "the store found that, not the visit"
    assert crawled.code == 10
    assert {one.reason for one in missing} == {"redirected in a circle"}
    at = later(EVENING, days=1)
    world.crawl(urls=MONEY, at=at)
    assert world.gaps().missing, "it is a circle still"
    world.strike(well, Fault(status=200, body=page(canonical=well)))
    for days in (1, 2):  # the other one is an alias of it then
        command = {"gaps": "1"} if how == "gaps=1" else {"urls": MONEY}
        world.crawl(at=later(at, days=days), **command)
    assert len(world.stored()) == 1
    assert world.gaps().is_empty


def test_control_believed_each_is_an_alias_of_the_other_and_none_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_allowed", lambda change, *_: change)
    _circle(world, URL)
    assert not world.stored()
    assert world.gaps().is_empty


def test_a_redirect_is_looked_at_once_more_a_week_later(world: World) -> None:
    """It led to an article that is gone, and is no more."""
    _listed(world, URL)
    world.strike(URL, Fault(status=301, headers={"Location": OTHER}))
    world.strike(OTHER, Fault(status=404))
    world.crawl(urls=MONEY)
    assert world.row(KEY).state == "skipped"
    world.strike(URL, Fault(status=200, body=page()))
    world.crawl(urls=MONEY, at=later(EVENING, days=7.1))
    assert world.stored() == {KEY}


def test_an_address_that_leads_to_an_alias_of_a_stored_article_is_an_alias(world: World) -> None:
    """An article that was moved twice."""
    second, third = (URL.replace("100000001", f"{hour}0000001") for hour in (11, 12))
    _listed(world, URL)
    world.strike(URL, Fault(status=301, headers={"Location": second}))
    world.strike(second, Fault(status=301, headers={"Location": third}))
    body = page(canonical=third, published="2026-06-30 12:00:00")
    world.strike(third, Fault(status=200, body=body))
    for days in (0, 1.1, 2.2):
        world.crawl(urls=MONEY, at=later(EVENING, days=days))
    assert len(world.stored()) == 1
    assert world.gaps().is_empty
