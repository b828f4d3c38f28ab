"""R27: a wrong answer that looks right settles nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares import throttle
from kompas_crawler.outcome import verdict
from kompas_crawler.pages import recognition
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.sample.site.words import Channel
from kompas_crawler.site.sections import SECTIONS
from tests.faults.healing import (
    HEALS,
    MONEY,
    NO_ARTICLE,
    PLAIN,
    believe_every_list,
    heal,
    row_states,
)
from tests.faults.hostile import CHALLENGE, HOME, LOGIN, OUTAGE, wrong_answers
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    pass


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
    states = row_states(alike)
    assert {struck[url]: states[url] for url in struck} == dict.fromkeys(struck.values(), "failed")
    assert {missing.url for missing in alike.gaps().missing} == set(struck)
    assert crawled.code is Exit.QUALITY, crawled.end
    heal(alike, how, at=EVENING, urls=urls)
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
    states = row_states(alike)
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


@pytest.mark.slow
@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_wrong_answer_for_a_front_settles_nothing(
    alike: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    struck = _fronts_struck(alike, monkeypatch)
    command = {"sections": "all", "depth": "0", "pages": "2"}
    alike.crawl(settings=PLAIN, **command)
    states = row_states(alike)
    assert {struck[url]: states[url] for url in struck} == dict.fromkeys(struck.values(), "failed")
    assert {unread.url for unread in alike.gaps().unread_lists} == set(struck)
    heal(alike, how, at=EVENING, **command)
    assert not alike.gaps().unread_lists
    assert set(row_states(alike).values()) == {"done"}
    assert alike.stored() >= {alike.site.key(i) for s in SECTIONS for i in alike.site.front(s)[-6:]}


def test_control_who_believes_every_list_says_no_gaps(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_every_list(monkeypatch)
    alike.strike_page(SECTIONS["money"].front_url, Fault(200, body=OUTAGE))
    alike.crawl(sections="money", depth="0")
    assert alike.site.front("money")
    assert not alike.stored()
    assert alike.gaps().is_empty


def _sweep_over_unknown_rows(world: World, *, has_rows: bool = True) -> list[Any]:
    """The spans of a front, before and after its rows had unknown addresses, or were missing."""
    row = '<div class="articleItem"><a class="article-link" href="{}">Judul</a></div>'
    front = '<html><div class="articleList">{}</div><div class="most">{}</div></html>'
    shown = [world.site.url(i) for i in reversed(world.site.front("money")[-3:])]
    rows = "".join(map(row.format, shown))
    most = "".join(f'<a class="most__link" href="{url}">Terpopuler</a>' for url in shown)
    unknown = row.format("https://money.kompas.com/artikel/judul-baru-17512") + rows.replace(
        "/read/", "/artikel/"
    )
    spans = []
    for hours, body in ((0, rows), (2, unknown if has_rows else "")):
        world.strike_page(MONEY, Fault(200, body=front.format(body, most).encode()))
        world.crawl(at=later(EVENING, hours=hours), sections="money", depth="0")
        spans += world.gaps(later(EVENING, hours=hours)).followed
    return spans


@pytest.mark.parametrize("has_rows", [True, False])
def test_a_front_whose_rows_are_not_understood_proves_nothing_by_its_side_list(
    alike: World, has_rows: bool
) -> None:
    first, second = _sweep_over_unknown_rows(alike, has_rows=has_rows)
    assert first == second


def test_control_who_takes_side_lists_for_rows_believes_it(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListingPage, "row_urls", property(lambda page: page.article_urls))
    monkeypatch.setattr(ListingPage, "unread_rows", 0)
    first, second = _sweep_over_unknown_rows(alike)
    assert first.until < second.until


def _without_articles(world: World, body: str) -> Any:
    urls = [f"https://money.kompas.com/read/2026/06/30/1000{n:02}026/x" for n in range(20)]
    for url in urls:
        world.strike(url, Fault(200, body=body.encode()))
    return world.crawl(urls=",".join(urls))


@pytest.mark.parametrize("name", first_fast(*reversed(NO_ARTICLE)))
def test_twenty_addresses_without_an_article_end_with_10_and_nothing_is_skipped(
    world: World, name: str
) -> None:
    crawled = _without_articles(world, NO_ARTICLE[name])
    assert crawled.code is Exit.QUALITY
    assert "changed" in crawled.end
    assert list(row_states(world).values()) == ["failed"] * 20
    assert len(world.gaps().missing) == 20


def test_control_without_the_limit_twenty_pages_of_photographs_are_skipped_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "LEAST_OTHER", 1000)
    assert _without_articles(world, NO_ARTICLE["pages of photographs"]).code is Exit.DONE
    assert set(row_states(world).values()) == {"skipped"}


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
    heal(alike, HEALS[0], at=EVENING, spider="sitemap")
    assert alike.gaps().is_empty
    assert alike.stored()
