"""R27 to R30: a wrong answer that looks right settles nothing, and what is missing is named."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow, IndexDayRow
from kompas_crawler.archive.frontier import admit, fronts, index_days, looks, sittings, take
from kompas_crawler.archive.frontier.take import Owed
from kompas_crawler.archive.models import AliasRow
from kompas_crawler.archive.read import lists
from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares import throttle
from kompas_crawler.outcome import verdict
from kompas_crawler.pages import recognition
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.faults import Fault
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.words import Channel
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.spiders import kompas
from tests import archives
from tests.faults.hostile import CHALLENGE, HOME, KEY, LOGIN, OUTAGE, URL, page, wrong_answers
from tests.faults.world import EVENING, World, first_fast, later, silence

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


def _heal(world: World, how: str, *, at: str, spider: str = "kompas", **command: str) -> None:
    """Let the site be well, and run the crawl that fetches what is missing."""
    world.faults.clear()
    if how == "gaps=1":
        healed = world.crawl(at=later(at, minutes=1), gaps="1")
    else:
        healed = world.crawl(spider, at=world.next_time(), **command)
    assert healed.code is Exit.DONE, healed.end


def _states(world: World) -> dict[str, str]:
    rows = world.rows(FrontierRow.url, FrontierRow.state, FrontierRow.next_at)
    assert all(next_at for _, state, next_at in rows if state == "failed")
    return {url: state for url, state, _ in rows}


# R27. Articles.


@pytest.fixture
def alike(tmp_path: Path) -> Iterator[World]:
    """A site of articles of one page each, of which none redirects."""
    with served(tmp_path, Site(60, weight=1)) as world:
        world.strike(LOGIN, Fault(200, body=b"<title>Masuk</title>"))
        yield world


def _plain(world: World) -> list[int]:
    plan = world.site.plan
    return [
        i for i in range(60) if i % 20 in (0, 3, 5, 9, 13, 15, 16, 18) and plan.page_count(i) < 2
    ]


def _articles_struck(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let each wrong answer come for another article; the names of the answers, by address."""
    monkeypatch.setattr(throttle, "BLOCKED_AFTER", 100)
    other, *indexes = _plain(world)
    wrong = wrong_answers() | {
        "another article": Fault(200, body=world.sent(world.site.url(other))),
        "the home page": Fault(200, body=world.sent(HOME)),
        "a redirect to another article": Fault(302, headers={"Location": world.site.url(other)}),
    }
    struck = dict(zip(map(world.site.url, indexes), wrong, strict=False))
    assert len(struck) == len(wrong)
    for url, name in struck.items():
        world.strike(url, wrong[name])
    return struck


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_wrong_answer_for_an_article_settles_nothing(
    alike: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    struck = _articles_struck(alike, monkeypatch)
    urls = ",".join(struck)
    crawled = alike.crawl(urls=urls, settings=PLAIN)
    states = _states(alike)
    assert {struck[url]: states[url] for url in struck} == dict.fromkeys(struck.values(), "failed")
    assert {missing.url for missing in alike.gaps().missing} == set(struck)
    assert crawled.code is Exit.QUALITY, crawled.end
    _heal(alike, how, at=EVENING, urls=urls)
    assert {alike.site.article(key).url for key in alike.stored()} >= set(struck)
    assert alike.gaps().is_empty


def test_control_who_takes_what_is_no_article_for_no_text_loses_it(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognise = recognition.article

    def careless(response: Any, asked: str | None = None) -> Verdict:
        found = recognise(response, asked)
        return replace(found, kind=Kind.NO_TEXT) if found.kind is not Kind.ARTICLE else found

    monkeypatch.setattr(recognition, "article", careless)
    url = alike.site.url(_plain(alike)[0])
    alike.strike(url, Fault(200, body=OUTAGE))
    alike.crawl(urls=url)
    alike.faults.clear()
    alike.crawl(gaps="1", at=later(EVENING, days=1))
    assert not alike.stored()
    assert alike.gaps().is_empty


def _walls(world: World, fault: Fault, count: int = 6) -> list[str]:
    urls = [world.site.url(index) for index in _plain(world)[:count]]
    for url in urls:
        world.strike(url, replace(fault))
    return urls


@pytest.mark.parametrize(
    "fault",
    [
        Fault(202),
        Fault(200, body=CHALLENGE),
        pytest.param(Fault(403), marks=pytest.mark.slow),
        pytest.param(Fault(200, headers={"x-amzn-waf-action": "challenge"})),
        pytest.param(Fault(302, headers={"Location": LOGIN}), marks=pytest.mark.slow),
    ],
    ids=["202", "challenge", "403", "header", "login"],
)
def test_five_refusals_in_a_row_end_with_9(alike: World, fault: Fault) -> None:
    urls = _walls(alike, fault)
    crawled = alike.crawl(urls=",".join(urls), settings={"CONCURRENT_REQUESTS": 1})
    assert crawled.code is Exit.BLOCKED, crawled.end
    assert "permission" in crawled.end
    assert len(alike.asked("/read/")) >= 5
    assert {missing.url for missing in alike.gaps().missing} == set(urls)
    states = _states(alike)
    assert list(states.values()).count("failed") >= 4, "what was answered has its next time"


def test_control_without_the_marks_a_challenge_ends_with_10(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "CHALLENGE_MARKS", ())
    monkeypatch.setattr(recognition, "WEAK_MARKS", ())
    urls = _walls(alike, Fault(200, body=CHALLENGE))
    assert alike.crawl(urls=",".join(urls)).code is Exit.QUALITY


@pytest.mark.slow
def test_a_page_that_proves_itself_ends_the_row_of_refusals(alike: World) -> None:
    urls = _walls(alike, Fault(202), 8)
    for url in urls[::3]:
        del alike.faults[url]
    crawled = alike.crawl(urls=",".join(urls), settings={"CONCURRENT_REQUESTS": 1})
    assert crawled.code is Exit.QUALITY, crawled.end
    assert crawled.stats["politeness/refused"] == 5


# R27. Fronts and pages of their pagers.


def _fronts_struck(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(throttle, "BLOCKED_AFTER", 100)
    monkeypatch.setattr(Channel, "rows", 3)
    bola = SECTIONS["bola"].front_url
    wrong = wrong_answers() | {
        "another front": Fault(200, body=world.sent(bola)),
        "the home page": Fault(200, body=world.sent(HOME)),
        "an article": Fault(200, body=world.sent(world.site.url(0))),
        "a redirect to another front": Fault(302, headers={"Location": bola}),
        "a redirect to an article": Fault(302, headers={"Location": world.site.url(0)}),
    }
    slugs = [slug for slug in SECTIONS if slug not in ("bola", "biz")]
    struck = dict(zip((SECTIONS[slug].front_url for slug in slugs), wrong, strict=False))
    left = list(wrong)[len(struck) :]
    seconds = [f"{SECTIONS[slug].front_url}?page=2" for slug in ("bola", "biz")]
    struck |= dict(zip(seconds, left, strict=False))
    assert len(struck) == len(wrong), (len(struck), len(wrong))
    for url, name in struck.items():
        world.strike_page(url, wrong[name])
    return struck


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_wrong_answer_for_a_front_settles_nothing(
    alike: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    struck = _fronts_struck(alike, monkeypatch)
    command = {"sections": "all", "depth": "0", "pages": "2"}
    alike.crawl(settings=PLAIN, **command)
    states = _states(alike)
    assert {struck[url]: states[url] for url in struck} == dict.fromkeys(struck.values(), "failed")
    assert {unread.url for unread in alike.gaps().unread_lists} == set(struck)
    _heal(alike, how, at=EVENING, **command)
    assert not alike.gaps().unread_lists
    assert set(_states(alike).values()) == {"done"}
    assert alike.stored() >= {alike.site.key(i) for s in SECTIONS for i in alike.site.front(s)[-6:]}


def test_control_who_believes_every_list_says_no_gaps(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _believe_every_list(monkeypatch)
    alike.strike_page(SECTIONS["money"].front_url, Fault(200, body=OUTAGE))
    alike.crawl(sections="money", depth="0")
    assert alike.site.front("money")
    assert not alike.stored()
    assert alike.gaps().is_empty


def _believe_every_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(response: Any, _: str) -> Verdict:
        return Verdict(Kind.LISTING, listing=ListingPage(response))

    monkeypatch.setattr(recognition, "listing", believe)


# Lists that are gone or have moved.


def _weeks_sweeps(world: World) -> list[str]:
    """The states of a front after sweeps over a week and a day."""
    found = []
    for day in (0, 2, 4, 6, 8):
        world.crawl(at=later(EVENING, days=day), urls=MONEY, depth="0")
        found.append(_states(world)[MONEY])
        unread = [one.url for one in world.gaps().unread_lists]
        assert unread == ([MONEY] if found[-1] == "failed" else [])
    return found


@pytest.mark.parametrize("status", first_fast(404, 410))
@pytest.mark.slow
def test_a_list_that_is_gone_for_a_week_is_absent_and_no_gap(world: World, status: int) -> None:
    world.strike_page(MONEY, Fault(status))
    assert _weeks_sweeps(world) == ["failed", "failed", "failed", "failed", "gone"]
    assert [absent.url for absent in world.gaps().absent] == [MONEY]
    world.faults.clear()
    world.crawl(at=later(EVENING, days=9), urls=MONEY)
    assert _states(world)[MONEY] == "done"
    assert not world.gaps().absent


@pytest.mark.slow
def test_a_list_that_leads_to_another_for_a_week_has_moved_and_that_one_is_read(
    world: World,
) -> None:
    bola = SECTIONS["bola"].front_url
    world.strike_page(MONEY, Fault(302, headers={"Location": bola}))
    assert _weeks_sweeps(world) == ["failed", "failed", "failed", "failed", "skipped"]
    assert _states(world)[bola] == "done"
    (absent,) = world.gaps().absent
    assert bola in (absent.reason or "")


@pytest.mark.slow
def test_the_home_page_is_no_place_to_which_a_list_moves(world: World) -> None:
    world.strike_page(MONEY, Fault(302, headers={"Location": HOME}))
    assert _weeks_sweeps(world) == ["failed"] * 5


@pytest.mark.parametrize(
    "fault",
    first_fast(Fault(404), Fault(302, headers={"Location": SECTIONS["tren"].front_url})),
    ids=["404", "moved"],
)
@pytest.mark.parametrize("spider", first_fast("kompas", "indeks"))
def test_a_run_whose_every_list_is_gone_or_leads_elsewhere_does_not_end_with_0(
    world: World, spider: str, fault: Fault
) -> None:
    """Before four looks over a week it is a failure like any."""
    for slug in ("money", "bola", "tekno"):
        world.strike_page(SECTIONS[slug].front_url, replace(fault))
    world.strike("https://indeks.kompas.com/?", replace(fault))
    sweep = {"sections": "money,bola,tekno", "depth": "0"}
    command = sweep if spider == "kompas" else _range(world)
    for minutes in (0, 5):
        crawled = world.crawl(spider, at=later(WEEKS_LATER, minutes=minutes), **command)
        found = world.gaps(WEEKS_LATER)
        assert found.unread_lists or found.unread_days
        assert crawled.code is Exit.QUALITY, crawled.end


@pytest.mark.slow
def test_a_back_fill_of_whose_articles_most_answer_404_does_not_end_with_0(alike: World) -> None:
    for index in range(40):
        alike.strike(alike.site.url(index), Fault(404))
    crawled = alike.crawl("indeks", at=WEEKS_LATER, **_range(alike))
    assert len(alike.gaps(WEEKS_LATER).missing) > 30
    assert crawled.code is Exit.QUALITY, crawled.end


def test_control_believed_at_once_a_list_that_hides_for_a_moment_is_absent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    world.strike_page(MONEY, Fault(404))
    world.crawl(urls=MONEY)
    assert world.gaps().is_empty


# R27, R29. Pages of index days, one case a day.


@contextmanager
def _days(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, per_day: int = 3
) -> Iterator[World]:
    """A site of *number* days, whose index has a page for each article."""
    monkeypatch.setattr(throttle, "BLOCKED_AFTER", 1000)
    monkeypatch.setattr(replies, "_INDEX_ROWS", 1)
    with served(folder, Site(number * per_day, weight=1, per_day=per_day)) as world:
        world.strike(LOGIN, Fault(200, body=b"<title>Masuk</title>"))
        yield world


def _range(world: World) -> dict[str, str]:
    return {"since": str(world.site.days[0]), "until": str(world.site.days[-1])}


def _listed(world: World) -> set[str]:
    return {key for day in world.site.days for key in world.site.on_day(day)}


def _index_cases(world: World, pages: tuple[int, ...]) -> dict[str, Fault]:
    day = world.site.days[0]
    wrong = wrong_answers() | {
        "another day": Fault(200, body=world.sent(index_url(day, page=1))),
        "the home page": Fault(200, body=world.sent(HOME)),
        "a front": Fault(200, body=world.sent(SECTIONS["money"].front_url)),
        "an article": Fault(200, body=world.sent(world.site.url(1))),
        "a redirect to a front": Fault(302, headers={"Location": SECTIONS["money"].front_url}),
        "a redirect to another day": Fault(302, headers={"Location": index_url(day)}),
        "404": Fault(404),
    }
    return {f"page {n}: {name}": replace(wrong[name]) for n in pages for name in wrong}


@pytest.mark.parametrize(
    ("pages", "how"),
    [
        ((1,), HEALS[0]),
        pytest.param((2,), HEALS[1], marks=pytest.mark.slow),
        pytest.param((2, 3), HEALS[0], marks=pytest.mark.slow),
        pytest.param((1, 3), HEALS[1], marks=pytest.mark.slow),
    ],
)
def test_a_wrong_answer_for_a_page_of_an_index_leaves_its_day_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: tuple[int, ...], how: str
) -> None:
    with _days(tmp_path, monkeypatch, 27 * len(pages) + 2, max(pages) + 1) as world:
        cases = _index_cases(world, pages)
        # The paper's oldest day is whole, and so is its newest.
        names = dict(zip(world.site.days[1:], cases, strict=False))
        assert len(names) == len(cases)
        for day, name in names.items():
            world.strike_page(index_url(day, page=int(name[5])), cases[name])
        crawled = world.crawl("indeks", at=WEEKS_LATER, settings=PLAIN, **_range(world))
        found = world.gaps(WEEKS_LATER)
        named = {names.get(unread.day, str(unread.day)) for unread in found.unread_days}
        assert named == set(cases)
        assert {whole.day for whole in found.whole_days} == set(world.site.days) - set(names)
        assert crawled.code is Exit.QUALITY, crawled.end
        _heal(world, how, at=WEEKS_LATER, spider="indeks", **_range(world))
        assert world.stored() == _listed(world)
        at = later(WEEKS_LATER, days=1)
        assert world.gaps(at).is_empty
        assert len(world.gaps(at).whole_days) == len(world.site.days)


@pytest.mark.parametrize("wrong", first_fast("another day", "a front"))
def test_control_believed_it_makes_a_day_complete_that_lacks_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    _believe_every_list(monkeypatch)
    with _days(tmp_path, monkeypatch, 2) as world:
        fault = _index_cases(world, (2,))[f"page 2: {wrong}"]
        world.strike_page(index_url(world.site.days[1], page=2), fault)
        world.crawl("indeks", at=WEEKS_LATER, **_range(world))
        assert world.gaps(WEEKS_LATER).is_empty
        assert world.stored() < _listed(world)


@pytest.mark.parametrize("body", first_fast(QUIET, b"", OUTAGE), ids=["frame", "empty", "outage"])
def test_a_page_that_the_pager_named_and_without_a_row_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with _days(tmp_path, monkeypatch, 1) as world:
        (day,) = world.site.days
        world.strike_page(index_url(day, page=2), Fault(200, body=body))
        world.crawl("indeks", at=WEEKS_LATER, **_range(world))
        (unread,) = world.gaps(WEEKS_LATER).unread_days
        assert unread.day == day
        _heal(world, HEALS[0], at=WEEKS_LATER, spider="indeks", **_range(world))
        assert world.stored() == _listed(world)


@pytest.mark.slow
def test_a_first_page_without_a_row_is_believed_when_seen_twice_a_day_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _days(tmp_path, monkeypatch, 1) as world:
        command = {"since": "2026-06-01", "until": "2026-06-01"}
        world.crawl("indeks", at=WEEKS_LATER, **command)
        assert [unread.day for unread in world.gaps(WEEKS_LATER).unread_days] == [date(2026, 6, 1)]
        world.crawl("indeks", at=later(WEEKS_LATER, hours=2), **command)
        assert not world.asked("date="), "it waits for its day"
        world.crawl("indeks", at=later(WEEKS_LATER, hours=25), **command)
        found = world.gaps(later(WEEKS_LATER, hours=25))
        assert found.is_empty
        assert [whole.day for whole in found.whole_days] == [date(2026, 6, 1)]


def test_control_believed_at_once_a_day_of_which_the_index_was_empty_for_a_moment_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    with _days(tmp_path, monkeypatch, 1) as world:
        world.strike_page(index_url(world.site.days[0]), Fault(200, body=QUIET, times=1))
        world.crawl("indeks", at=WEEKS_LATER, **_range(world))
        assert world.gaps(WEEKS_LATER).is_empty
        assert not world.stored()


# R27. A mass of addresses without an article; sitemaps.

_MEDIA = "https://foto.kompas.com/photo/read/2026/06/30/17510/contoh"


def _without_articles(world: World, body: str) -> Any:
    urls = [f"https://money.kompas.com/read/2026/06/30/1000{n:02}026/x" for n in range(20)]
    for url in urls:
        world.strike(url, Fault(200, body=body.encode()))
    return world.crawl(urls=",".join(urls))


_NONE = {
    "a new design": '<article class="article-detail"><h1>Judul</h1><p>Satu</p></article>',
    "an outage": OUTAGE.decode(),
    "pages of photographs": f'<link rel="canonical" href="{_MEDIA}"><h1>Galeri</h1>',
}


@pytest.mark.parametrize("name", first_fast(*reversed(_NONE)))
def test_twenty_addresses_without_an_article_end_with_10_and_nothing_is_skipped(
    world: World, name: str
) -> None:
    crawled = _without_articles(world, _NONE[name])
    assert crawled.code is Exit.QUALITY
    assert "changed" in crawled.end
    assert list(_states(world).values()) == ["failed"] * 20
    assert len(world.gaps().missing) == 20


def test_control_without_the_limit_twenty_pages_of_photographs_are_skipped_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "LEAST_OTHER", 1000)
    assert _without_articles(world, _NONE["pages of photographs"]).code is Exit.DONE
    assert set(_states(world).values()) == {"skipped"}


@pytest.mark.slow
def test_a_wrong_answer_for_a_sitemap_settles_nothing(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "BLOCKED_AFTER", 100)
    indexes = [f"{SECTIONS[s].front_url.rstrip('/')}/news/sitemap.xml" for s in SECTIONS]
    named = [url for url in indexes if alike.has(url)]
    struck = dict(zip(named, list(wrong_answers().values())[: len(named)], strict=True))
    for url, fault in struck.items():
        alike.strike_page(url, fault)
    alike.crawl("sitemap", settings=PLAIN)
    unread = {one.url for one in alike.gaps().unread_lists}
    assert unread == set(struck)
    _heal(alike, HEALS[0], at=EVENING, spider="sitemap")
    assert alike.gaps().is_empty
    assert alike.stored()


# R28. The first look at an article.

LISTING = (
    f'<html><div class="articleList"><div class="articleItem"><a href="{URL}">J</a></div></div>'
)
OTHER = "https://money.kompas.com/read/2026/06/29/080000026/judul-lain"
OTHER_KEY = "20260629-080000026"


def _sweep(world: World, hours: float, front: bytes = QUIET) -> Any:
    """Sweep one front, so many hours after the evening; the article's row after it."""
    world.strike_page(MONEY, Fault(200, body=front))
    world.crawl(at=later(EVENING, hours=hours), urls=MONEY)
    return world.row(KEY)


def _hours(at: datetime) -> float:
    return (at - datetime.fromisoformat(EVENING)).total_seconds() / 3600


@pytest.mark.parametrize("status", first_fast(404, 410))
def test_an_article_is_gone_when_four_looks_over_three_days_say_so(
    world: World, status: int
) -> None:
    world.strike(URL, Fault(status))
    for hours, until in ((0, 1), (1.1, 24), (24.1, 72)):
        row = _sweep(world, hours, LISTING.encode())
        assert (row.state, row.claim) == ("failed", "gone")
        assert _hours(row.next_at) == pytest.approx(until, abs=0.1)
        (missing,) = world.gaps().missing
        assert (missing.key, missing.state) == (KEY, "unconfirmed")
    row = _sweep(world, 72.2)
    assert (row.state, row.next_at) == ("gone", None)
    found = world.gaps()
    assert found.is_empty
    assert found.never_stored == 1
    assert [day.stored for day in found.days] == [0]


@pytest.mark.slow
def test_nobody_looks_before_the_time_has_come(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 0.9, LISTING.encode())
    assert not world.asked("/read/")


@pytest.mark.slow
def test_an_article_that_answers_at_a_later_look_is_stored(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(200, body=page()))
    row = _sweep(world, 24.1)
    assert (row.state, row.claim) == ("done", None)
    assert world.stored() == {KEY}
    assert world.gaps().is_empty


@pytest.mark.slow
def test_looks_that_say_other_things_between_begin_anew(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(500))
    _sweep(world, 24.2)
    world.strike(URL, Fault(404))
    row = _sweep(world, 400)
    assert (row.state, row.claim, row.looks) == ("failed", "gone", 1)


def test_control_believed_at_once_one_404_loses_an_article(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    for hours in (1.1, 24.1, 72.2):
        _sweep(world, hours)
    assert world.gaps().is_empty
    assert not world.stored()


@pytest.mark.parametrize(
    "fault", first_fast(Fault(200, body=OUTAGE), Fault(200)), ids=["outage", "empty"]
)
@pytest.mark.slow
def test_an_answer_that_proves_nothing_is_looked_at_by_the_same_times_and_for_ever(
    world: World, fault: Fault
) -> None:
    world.strike(URL, fault)
    hours = 0.0
    for wait in (1, 24, 72, 168, 168):
        row = _sweep(world, hours, LISTING.encode())
        assert row.state == "failed"
        assert _hours(row.next_at) - hours == pytest.approx(wait, abs=0.1)
        hours += wait + 0.1
    assert [missing.state for missing in world.gaps().missing] == ["failed"]


@pytest.mark.parametrize("settled", first_fast("no text", "gone"))
def test_listed_again_after_a_verdict_it_is_asked_for_at_most_daily(
    world: World, settled: str
) -> None:
    world.strike(
        URL, Fault(404 if settled == "gone" else 200, body=_NONE["pages of photographs"].encode())
    )
    for hours in (0, 1.1, 24.1, 72.2) if settled == "gone" else (72.2,):
        row = _sweep(world, hours, LISTING.encode())
    assert row.state == ("gone" if settled == "gone" else "skipped")
    _sweep(world, 90, LISTING.encode())
    assert not world.asked("/read/")
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 97)
    assert not world.asked("/read/"), "no list named it"
    _sweep(world, 98, LISTING.encode())
    assert len(world.asked("/read/")) == 1
    assert world.stored() == {KEY}


@pytest.mark.slow
def test_control_without_the_second_asking_it_stays_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admit, "_is_asked", lambda *_: False)
    world.strike(URL, Fault(200, body=_NONE["pages of photographs"].encode()))
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 98, LISTING.encode())
    assert not world.stored()


def _another_in_its_place(world: World) -> None:
    world.strike(URL, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))
    world.strike(OTHER, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))


def test_an_alias_is_one_after_two_looks_a_day_apart(world: World) -> None:
    _another_in_its_place(world)
    for hours in (0, 1.1):
        row = _sweep(world, hours, LISTING.encode())
        assert (row.state, row.claim) == ("failed", OTHER_KEY)
        assert world.stored() == {OTHER_KEY}, "the other is fetched from its own address"
        assert [missing.key for missing in world.gaps().missing] == [KEY]
    row = _sweep(world, 24.2)
    assert row.state == "skipped"
    assert world.gaps().is_empty
    assert world.rows(AliasRow.url, where=AliasRow.article_key == OTHER_KEY) == [(URL,)]


@pytest.mark.slow
def test_an_alias_is_none_while_the_other_article_is_not_stored(world: World) -> None:
    _another_in_its_place(world)
    world.strike(OTHER, Fault(500))
    for hours in (0, 1.1, 24.2, 97, 270):
        assert _sweep(world, hours, LISTING.encode()).state == "failed"
    assert {missing.key for missing in world.gaps().missing} == {KEY, OTHER_KEY}


@pytest.mark.slow
def test_an_address_that_shows_its_own_article_later_is_no_alias(world: World) -> None:
    _another_in_its_place(world)
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 24.2)
    assert world.stored() == {KEY, OTHER_KEY}
    assert world.gaps().is_empty


@pytest.mark.slow
def test_control_believed_at_once_another_article_s_page_loses_an_article(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    _another_in_its_place(world)
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 98, LISTING.encode())
    assert world.stored() == {OTHER_KEY}
    assert world.gaps().is_empty


# R29. Days that change while they are read, are read in two sittings, or too early.

ONE_BY_ONE = {"CONCURRENT_REQUESTS": 1}


@pytest.fixture
def one_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of six articles, two on a page of the index, with room for more."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    with served(tmp_path, Site(6, weight=1, per_day=9)) as world:
        yield world


def _on_page(world: World, number: int, do: Any) -> None:
    """Call *do* once, when that page of the index is asked for, before it is answered."""
    url = index_url(world.site.days[0], page=number)
    done: list[str] = []

    def on_request(asked: str) -> None:
        if asked == url and not done:
            done.append(asked)
            do()

    world.faults.on_request = on_request


def _shrink(world: World) -> None:
    """The newest article is deleted: each page loses its first row to the page before."""
    world.site.remove([world.site.on_day(world.site.days[0])[0]])


def _grow(world: World) -> None:
    world.site.publish(3)


@pytest.mark.parametrize("change", first_fast(_shrink, _grow))
def test_a_day_that_changes_while_it_is_read_is_read_anew(one_day: World, change: Any) -> None:
    _on_page(one_day, 3, lambda: change(one_day))
    one_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **_range(one_day))
    assert len(one_day.asked("page=2")) == 2
    assert one_day.stored() >= _listed(one_day)
    assert not one_day.gaps(WEEKS_LATER).unread_days


@pytest.mark.parametrize("change", first_fast(_shrink, _grow))
def test_control_without_the_second_look_at_page_1_it_is_complete_and_lacks_an_article(
    one_day: World, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    monkeypatch.setattr(sittings, "_digest", lambda _: "alike")
    monkeypatch.setattr(sittings, "_repeats_first", lambda *_: False)
    _on_page(one_day, 3, lambda: change(one_day))
    one_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **_range(one_day))
    found = one_day.gaps(WEEKS_LATER)
    assert not found.unread_days
    assert _listed(one_day) - one_day.stored() - {missing.key for missing in found.missing}


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_pages_of_two_sittings_make_no_day(one_day: World, how: str) -> None:
    day = one_day.site.days[0]
    one_day.strike_page(index_url(day, page=3), Fault(500))
    one_day.crawl("indeks", at=WEEKS_LATER, **_range(one_day))
    (unread,) = one_day.gaps(WEEKS_LATER).unread_days
    assert unread.day == day
    # A row of page 3 moves to page 2, and page 1 stays as it is.
    one_day.site.remove([one_day.site.on_day(day)[2]])
    _heal(one_day, how, at=later(WEEKS_LATER, hours=8), spider="indeks", **_range(one_day))
    assert len(one_day.asked("date=")) == 4, "three pages, and the first once more"
    assert one_day.stored() >= _listed(one_day)
    assert one_day.gaps(later(WEEKS_LATER, hours=9)).is_empty


def test_a_sitting_that_goes_on_hours_later_is_another_one(one_day: World) -> None:
    """The run was ended between pages 2 and 3; meanwhile a row of page 3 moved to page 2."""
    day = one_day.site.days[0]
    stop = {"CLOSESPIDER_PAGECOUNT": 3} | ONE_BY_ONE
    one_day.crawl("indeks", at=WEEKS_LATER, settings=stop, **_range(one_day))
    assert [url[-6:] for url in one_day.asked("date=")][1:] == ["page=2"]
    one_day.site.remove([one_day.site.on_day(day)[2]])
    at = later(WEEKS_LATER, hours=5)
    one_day.crawl("indeks", at=at, **_range(one_day))
    found = one_day.gaps(later(at, minutes=5))
    missing = {missing.key for missing in found.missing}
    assert found.unread_days or not _listed(one_day) - one_day.stored() - missing


@pytest.mark.slow
def test_control_pages_of_two_sittings_taken_for_one_lose_an_article(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "SITTING", timedelta(days=365))
    monkeypatch.setattr(sittings, "begin_anew", lambda *_: [])
    with monkeypatch.context() as first:
        first.setattr(sittings, "begin_anew", lambda _, firsts, __: firsts)
        day = one_day.site.days[0]
        one_day.strike_page(index_url(day, page=3), Fault(500))
        one_day.crawl("indeks", at=WEEKS_LATER, **_range(one_day))
    gone = one_day.site.on_day(day)[2]
    one_day.site.remove([gone])
    one_day.faults.clear()
    one_day.crawl("indeks", at=later(WEEKS_LATER, hours=8), **_range(one_day))
    assert len(_listed(one_day) - one_day.stored()) == 1
    assert one_day.gaps(later(WEEKS_LATER, hours=9)).is_empty


NEXT_NOON = "2026-07-01T12:00:00+07:00"


def test_a_day_read_before_it_settled_is_read_again(one_day: World) -> None:
    one_day.crawl("indeks", at=EVENING, **_range(one_day))
    assert not one_day.gaps(EVENING).whole_days
    late = set(one_day.site.publish(1))
    found = one_day.gaps(NEXT_NOON)
    assert [unread.why for unread in found.unread_days] == ["read before the day had settled"]
    one_day.crawl("indeks", at=NEXT_NOON, **_range(one_day))
    assert late <= one_day.stored()
    assert len(one_day.gaps(NEXT_NOON).whole_days) == 1


@pytest.mark.slow
def test_control_where_a_day_settles_at_once_its_late_articles_are_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_days, "settled_at", lambda day: datetime.combine(day, time(), WIB))
    one_day.crawl("indeks", at=EVENING, **_range(one_day))
    late = set(one_day.site.publish(1))
    one_day.crawl("indeks", at=NEXT_NOON, **_range(one_day))
    assert one_day.gaps(NEXT_NOON).is_empty
    assert not late & one_day.stored()


@pytest.mark.parametrize("how", first_fast(*HEALS))
@pytest.mark.slow
def test_a_day_completed_early_is_read_once_more_three_days_later(one_day: World, how: str) -> None:
    one_day.crawl("indeks", at=NEXT_NOON, **_range(one_day))
    late = set(one_day.site.publish(1))
    assert one_day.gaps(later(NEXT_NOON, days=2)).is_empty, "a promise is no gap"
    one_day.crawl("indeks", at=later(NEXT_NOON, days=2), **_range(one_day))
    assert not one_day.asked("date=")
    due = later(NEXT_NOON, days=3, hours=1)
    (unread,) = one_day.gaps(due).unread_days
    assert "read again" in unread.why
    if how == "gaps=1":
        one_day.crawl(at=due, gaps="1")
    else:
        one_day.crawl("indeks", at=due, **_range(one_day))
    assert late <= one_day.stored()
    assert one_day.gaps(later(NEXT_NOON, days=40)).is_empty
    one_day.crawl("indeks", at=later(NEXT_NOON, days=40), **_range(one_day))
    assert not one_day.asked("date="), "once"


@pytest.mark.slow
def test_control_without_it_a_late_article_with_an_early_time_is_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_days, "EARLY", timedelta())
    one_day.crawl("indeks", at=NEXT_NOON, **_range(one_day))
    late = set(one_day.site.publish(1))
    one_day.crawl("indeks", at=later(NEXT_NOON, days=40), **_range(one_day))
    assert one_day.gaps(later(NEXT_NOON, days=40)).is_empty
    assert not late & one_day.stored()


# R30. What was asked for and not read.


@pytest.mark.slow
def test_an_unread_page_of_a_pager_is_named_and_fetched(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Channel, "rows", 2)
    second = f"{MONEY}?page=2"
    alike.strike_page(second, Fault(500))
    alike.crawl(sections="money", depth="0")
    assert [unread.url for unread in alike.gaps().unread_lists] == [second]
    alike.faults.clear()
    alike.crawl(sections="money", depth="0", at=later(EVENING, minutes=16))
    assert alike.gaps().is_empty
    assert alike.stored() == alike.site.keys_within(0, pages=0, sections=["money"])


@pytest.mark.parametrize("what", first_fast("the page of the last sweep", "no row"))
def test_a_front_that_shows_nothing_new_for_a_moment_closes_no_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A cache, or a frame without rows; later a page of the front no longer shows all."""
    monkeypatch.setattr(Channel, "rows", 2)
    command = {"sections": "money", "pages": "1", "depth": "0"}
    with served(tmp_path, Site(56, weight=1, per_day=56)) as world:
        world.crawl(at="2026-07-01T00:10:00+07:00", **command)
        body = world.sent(MONEY) if what != "no row" else QUIET
        published = world.site.publish(56)
        world.strike_page(MONEY, Fault(200, body=body))
        world.crawl(at="2026-07-01T23:30:00+07:00", **command)
        world.faults.clear()
        world.crawl(at="2026-07-01T23:50:00+07:00", **command)
        of_front = {world.site.key(index) for index in world.site.front("money")}
        assert of_front & set(published) - world.stored()
        assert not world.gaps("2026-07-01T23:55:00+07:00").is_empty


@contextmanager
def _months(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site whose fronts show two articles, and that publishes one a day."""
    monkeypatch.setattr(Channel, "rows", 2)
    with served(folder, Site(18, weight=1, per_day=1, until=date(2026, 4, 1))) as world:
        yield world


FIRST, SECOND = "2026-04-01T23:00:00+07:00", "2026-05-11T23:00:00+07:00"


def _missed(world: World, published: tuple[str, ...]) -> set[str]:
    return set(published) & _listed(world) - world.stored()


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_span_between_two_sweeps_of_months_is_named_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with _months(tmp_path, monkeypatch) as world:
        world.crawl(at=FIRST, pages="1", depth="0")
        published = world.site.publish(40)
        world.strike("https://indeks.kompas.com/?", Fault(500))
        world.crawl(at=SECOND, pages="1", depth="0")
        assert _missed(world, published)
        found = world.gaps(SECOND)
        assert not found.is_empty
        spans = {(span.since.month, span.until.month) for span in found.unread_spans}
        assert spans == {(4, 5)}
        assert len({unread.day for unread in found.unread_days}) >= 40
        _heal(world, how, at=SECOND, pages="1", depth="0")
        assert not _missed(world, published)
        assert not world.gaps(later(SECOND, minutes=20)).unread_spans


@pytest.mark.slow
def test_control_a_front_that_closes_a_span_at_once_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "_closes", lambda *_: True)
    monkeypatch.setattr(kompas, "CATCH_UP_AFTER", timedelta(days=10_000))
    with _months(tmp_path, monkeypatch) as world:
        world.crawl(at=FIRST, pages="1", depth="0")
        published = world.site.publish(40)
        world.crawl(at=SECOND, pages="1", depth="0")
        assert _missed(world, published)
        assert world.gaps(SECOND).is_empty


@pytest.mark.parametrize("how", [HEALS[0], pytest.param(HEALS[1], marks=pytest.mark.slow)])
def test_a_back_fill_that_was_ended_in_the_middle_names_the_days_it_did_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with _days(tmp_path, monkeypatch, 6) as world:
        ended = world.crawl(
            "indeks", at=WEEKS_LATER, settings={"CLOSESPIDER_PAGECOUNT": 4} | ONE_BY_ONE,
            **_range(world),
        )  # fmt: skip
        assert ended.code is Exit.STOPPED
        found = world.gaps(WEEKS_LATER)
        assert {unread.day for unread in found.unread_days} == set(world.site.days)
        assert "requested, not started" in {unread.why for unread in found.unread_days}
        if how == "gaps=1":
            world.crawl(at=later(WEEKS_LATER, minutes=1), gaps="1")
        else:
            world.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **_range(world))
        assert world.stored() == _listed(world)
        assert world.gaps(WEEKS_LATER).is_empty


@pytest.mark.slow
def test_control_who_looks_at_days_that_were_begun_alone_does_not_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "unread_lists", lambda *_: ([], {}))
    with _days(tmp_path, monkeypatch, 6) as world:
        stop = {"CLOSESPIDER_PAGECOUNT": 1} | ONE_BY_ONE
        world.crawl("indeks", at=WEEKS_LATER, settings=stop, **_range(world))
        begun = {day for (day,) in world.rows(IndexDayRow.day)}
        named = {unread.day for unread in world.gaps(WEEKS_LATER).unread_days}
        assert named <= begun < set(world.site.days)


# A network lost in the middle of a back-fill (R30, and the exit code).


def _lose_the_network(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    left = [after]

    def is_silent(_: str) -> bool:
        left[0] -= 1
        return left[0] < 0

    silence(monkeypatch, is_silent)


@pytest.mark.parametrize("after", first_fast(30, 12))
def test_a_back_fill_that_lost_the_network_says_so_until_it_is_healed(
    alike: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    listed = _listed(alike) - set(alike.site.missing)
    with monkeypatch.context() as lost:
        _lose_the_network(lost, after)
        first = alike.crawl("indeks", at=WEEKS_LATER, **_range(alike))
        assert first.code in (Exit.QUALITY, Exit.UNREACHABLE), first.end
        again = alike.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **_range(alike))
        assert again.code in (Exit.QUALITY, Exit.UNREACHABLE), again.end
    assert not alike.gaps(WEEKS_LATER).is_empty
    at = later(WEEKS_LATER, minutes=5)
    early = alike.crawl("indeks", at=at, **_range(alike))
    if not alike.stored() >= listed:
        assert early.code is Exit.QUALITY, early.end
        healed = alike.crawl("indeks", at=alike.next_time(), **_range(alike))
        assert healed.code is Exit.DONE, healed.end
    assert alike.stored() >= listed
    assert alike.gaps(later(WEEKS_LATER, days=10)).is_empty


@pytest.mark.slow
def test_control_who_forgets_what_is_owed_says_done_with_much_missing(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        _lose_the_network(lost, 30)
        alike.crawl("indeks", at=WEEKS_LATER, **_range(alike))
    monkeypatch.setattr(take, "owed", lambda *_: Owed())
    again = alike.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **_range(alike))
    assert again.code is Exit.DONE
    assert alike.gaps(WEEKS_LATER).missing
