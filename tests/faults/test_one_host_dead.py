"""R38: one host dead among others; exit 8 is said where no host may or can be crawled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares import reach
from kompas_crawler.site.sections import SECTIONS
from tests.faults.hostile import page
from tests.faults.world import World, first_fast, later, silence
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kompas_crawler.frontier import Row


SILENT = [
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    CannotResolveHostError,
    DownloadFailedError,
]
ALL = ("money", "bola", "tekno", "travel", "health")
FORBIDDEN = b"User-agent: *\nDisallow: /\n"


def _articles(world: World, *numbers: tuple[str, int]) -> list[str]:
    """Addresses of articles of the site: a number of each section, in this order."""
    urls = [
        f"https://{slug}.kompas.com/read/2026/06/{day:02}/1000000{n:02}/x"
        for day, (slug, count) in enumerate(numbers, 1)
        for n in range(10, 10 + count)
    ]
    for url in urls:
        published = f"2026-06-{url.split('/')[6]} 10:00:00"
        world.strike(url, Fault(200, body=page(canonical=url, published=published)))
    return urls


def _robots(world: World, fault: Fault, hosts: Sequence[str]) -> None:
    for slug in hosts:
        world.strike_page(f"https://{slug}.kompas.com/robots.txt", fault)


def _dead(monkeypatch: pytest.MonkeyPatch, *slugs: str, error: type[Exception] = SILENT[0]) -> None:
    hosts = tuple(f"https://{slug}.kompas.com/" for slug in slugs)
    silence(monkeypatch, lambda url: url.startswith(hosts), error)


def _states(world: World) -> dict[str, list[str]]:
    """The states of rows by section."""
    found: dict[str, list[str]] = {}
    rows = world.rows(FrontierRow.url, FrontierRow.state, FrontierRow.next_at)
    for url, state, next_at in sorted(rows):
        assert state != "failed" or next_at is not None
        found.setdefault(url.split("/")[2].partition(".")[0], []).append(state)
    return found


@pytest.mark.parametrize("error", first_fast(*SILENT))
def test_the_run_goes_on_past_a_dead_host_and_its_rows_wait(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    urls = _articles(world, ("money", 4), ("bola", 3), ("tekno", 3))
    with monkeypatch.context() as dead:
        _dead(dead, "money", error=error)
        crawled = world.crawl(urls=",".join(urls))
    assert crawled.code is Exit.QUALITY, crawled.end
    assert _states(world) == {"money": ["failed"] * 4, "bola": ["done"] * 3, "tekno": ["done"] * 3}
    assert len(world.gaps().missing) == 4
    healed = world.crawl(urls=",".join(urls), at=world.next_time())
    assert healed.code is Exit.DONE, healed.end
    assert world.gaps().is_empty


@pytest.mark.parametrize("is_first", first_fast(True, False))
@pytest.mark.parametrize(
    "dead_hosts", first_fast(("money", "bola"), ("money",)), ids=["two", "one"]
)
def test_dead_hosts_with_many_rows_end_no_run(
    world: World, monkeypatch: pytest.MonkeyPatch, dead_hosts: tuple[str, ...], *, is_first: bool
) -> None:
    """Whether they are asked before all others, or after them."""
    urls = _articles(world, *((slug, 24) for slug in dead_hosts), ("tekno", 3))
    _dead(monkeypatch, *dead_hosts)
    ordered = urls if is_first else urls[::-1]
    crawled = world.crawl(urls=",".join(ordered), settings={"CONCURRENT_REQUESTS": 1})
    assert _states(world)["tekno"] == ["done"] * 3
    assert crawled.code is Exit.QUALITY, crawled.end
    assert "nor any other host is reachable" not in crawled.end


def _row(slug: str) -> Row:
    return cast("Row", SimpleNamespace(url=f"https://{slug}.kompas.com/read/x"))


@pytest.mark.parametrize("in_flight", [(), ("bola",), ("money", "bola")])
@pytest.mark.parametrize("has_answered", [True, False])
def test_hosts_that_are_settled_last_are_not_all_hosts(
    in_flight: tuple[str, ...], *, has_answered: bool
) -> None:
    """Rows are settled in groups, so the last ones may be those of dead hosts alone."""
    counts = reach.Reach(MemoryStatsCollector(get_crawler()))
    if has_answered:
        counts.answered(_row("tekno"))
    others, error = list(map(_row, in_flight)), DownloadTimeoutError("no answer")
    found = [counts.is_lost(_row(slug), error, others) for slug in ("money", "bola") * 24]
    assert any(found) is not has_answered


def test_a_dead_host_that_answered_before_it_died_ends_no_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = _articles(world, ("tekno", 1), ("money", 24), ("bola", 2))
    _dead(monkeypatch, "money")
    crawled = world.crawl(urls=",".join(urls), settings={"CONCURRENT_REQUESTS": 1})
    assert crawled.code is Exit.QUALITY, crawled.end
    assert _states(world)["bola"] == ["done"] * 2


def test_control_where_one_silent_host_means_no_network_the_run_ends_with_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "LOST_HOSTS", 1)
    urls = _articles(world, ("money", 40), ("tekno", 3))
    _dead(monkeypatch, "money")
    crawled = world.crawl(urls=",".join(urls), settings={"CONCURRENT_REQUESTS": 1})
    assert crawled.code is Exit.UNREACHABLE
    assert "nor any other host" in crawled.end


@pytest.mark.parametrize("error", first_fast(*SILENT))
def test_where_every_host_is_dead_there_is_no_network(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    urls = _articles(world, *((slug, 2) for slug in ALL))
    with monkeypatch.context() as dead:
        silence(dead, lambda _: True, error)
        crawled = world.crawl(urls=",".join(urls))
        assert crawled.code is Exit.UNREACHABLE, crawled.end
        assert "is reachable" in crawled.end
        assert len(world.gaps().missing) == len(urls)
    at = later("2026-07-02T23:00:00+07:00", hours=1)
    assert world.crawl(urls=",".join(urls), at=at).code is Exit.DONE
    assert len(world.stored()) == len(urls)


@pytest.mark.parametrize("number", first_fast(1, 2))
def test_also_where_all_there_is_to_do_is_of_one_dead_host(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    urls = _articles(world, ("money", number))
    _dead(monkeypatch, "money")
    assert world.crawl(urls=",".join(urls)).code is Exit.UNREACHABLE


def test_a_network_lost_in_the_middle_ends_with_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = _articles(world, *((slug, 24) for slug in ALL))
    left = [20]

    def is_silent(_: str) -> bool:
        left[0] -= 1
        return left[0] < 0

    silence(monkeypatch, is_silent)
    crawled = world.crawl(urls=",".join(urls), settings={"CONCURRENT_REQUESTS": 1})
    assert crawled.code is Exit.UNREACHABLE, crawled.end
    waiting = [state for states in _states(world).values() for state in states]
    assert "done" in waiting
    assert len(world.gaps().missing) == len(waiting) - waiting.count("done")


# Answers that cannot be decoded.


def _undecodable(world: World, urls: Sequence[str]) -> None:
    for url in urls:
        fault = world.faults[url]
        assert isinstance(fault, Fault)
        fault.packed, fault.flip = "gzip", 6


@pytest.mark.slow
def test_an_answer_that_cannot_be_decoded_is_an_answer(world: World) -> None:
    urls = _articles(world, ("money", 24), ("bola", 24), ("tekno", 24), ("travel", 3))
    _undecodable(world, urls[:72])
    crawled = world.crawl(urls=",".join(urls))
    assert crawled.code is Exit.QUALITY, crawled.end
    states = _states(world)
    assert states["travel"] == ["done"] * 3
    assert {*states["money"], *states["bola"], *states["tekno"]} == {"failed"}
    for url in urls:
        fault = world.faults[url]
        assert isinstance(fault, Fault)
        fault.packed, fault.flip = None, 0
    assert world.crawl(urls=",".join(urls), at=world.next_time()).code is Exit.DONE


@pytest.mark.parametrize("number", first_fast(5, 1, 24))
def test_hosts_whose_every_answer_cannot_be_decoded_have_answered(
    world: World, number: int
) -> None:
    urls = _articles(world, *((slug, number) for slug in ALL[:3]))
    _undecodable(world, urls)
    crawled = world.crawl(urls=",".join(urls))
    assert crawled.code is Exit.QUALITY, crawled.end
    assert "reached" not in crawled.end


def test_control_counted_as_no_answer_they_end_the_run_with_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "is_silence", lambda _: True)
    urls = _articles(world, ("money", 24), ("bola", 24), ("tekno", 24), ("travel", 3))
    _undecodable(world, urls[:72])
    one_by_one = {"CONCURRENT_REQUESTS": 1}  # the host that answers comes last
    assert world.crawl(urls=",".join(urls), settings=one_by_one).code is Exit.UNREACHABLE


@pytest.mark.parametrize("status", first_fast(500, 503, 403))
def test_five_refusals_of_all_hosts_are_answers(world: World, status: int) -> None:
    urls = _articles(world, *((slug, 1) for slug in ALL))
    for url in urls:
        world.strike(url, Fault(status))
    crawled = world.crawl(urls=",".join(urls))
    assert crawled.code is (Exit.BLOCKED if status == 403 else Exit.QUALITY), crawled.end


# robots.txt.

ROBOTS = {
    "forbids": Fault(200, body=FORBIDDEN),
    "cannot be had": Fault(503),
    "is cut short": Fault(200, body=FORBIDDEN, packed="gzip", clip=9),
    "is a challenge": Fault(202),
}


@pytest.mark.parametrize("name", first_fast(*ROBOTS))
def test_a_robots_txt_that_lets_no_page_through_on_any_host_ends_with_8_or_9(
    world: World, name: str
) -> None:
    """A wall before robots.txt is a refusal: the crawl says how to go on without the site."""
    urls = _articles(world, *((slug, 2) for slug in ALL[:3]))
    _robots(world, ROBOTS[name], ALL)
    crawled = world.crawl(urls=",".join(urls))
    is_wall = "challenge" in name
    assert crawled.code is (Exit.BLOCKED if is_wall else Exit.UNREACHABLE), crawled.end
    assert ("refuses" if is_wall else "robots.txt") in crawled.end
    assert "network" not in crawled.end
    assert not world.asked("/read/")
    assert len(world.gaps().missing) == len(urls)
    world.faults.pages.clear()
    healed = world.crawl(urls=",".join(urls), at="2026-07-03T12:00:00+07:00")
    assert healed.code is Exit.DONE, healed.end


@pytest.mark.parametrize("name", first_fast(*ROBOTS))
def test_of_one_host_it_makes_that_host_s_rows_wait(world: World, name: str) -> None:
    urls = _articles(world, ("money", 24), ("tekno", 3))
    _robots(world, ROBOTS[name], ["money"])
    crawled = world.crawl(urls=",".join(urls))
    assert crawled.code is Exit.QUALITY, crawled.end
    assert _states(world) == {"money": ["failed"] * 24, "tekno": ["done"] * 3}
    assert not world.asked("money.kompas.com/read/")


def test_half_a_robots_txt_gives_no_freedom(world: World) -> None:
    """Without a length, and cut before the rule that forbids."""
    front = SECTIONS["money"].front_url
    half = Fault(200, body=b"User-agent: *\n", headers={"Content-Length": ""}, cut_after=500)
    world.strike_page(f"{front}robots.txt", half)
    identity = {"DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "identity"}}
    crawled = world.crawl(urls=",".join(_articles(world, ("money", 2))), settings=identity)
    assert crawled.code is Exit.UNREACHABLE, crawled.end
    assert not world.asked("/read/")
