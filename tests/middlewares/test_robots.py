"""robots.txt is obeyed host by host, and where it cannot be had nothing is fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest
from scrapy import signals

from kompas_crawler.middlewares.robots import (
    RobotsForbidden,
    RobotsMiddleware,
    RobotsUnreachable,
)
from kompas_crawler.polite.robots_file import MemoryStore
from tests.downloader.probe import Crawled, crawl
from tests.downloader.scripted import Asked, Reply, Scripted, in_turn, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler

OURS: dict[str, Any] = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
    },
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
}
SCRAPYS: dict[str, Any] = {"ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS_PER_DOMAIN": 16}

FRONT = "https://money.kompas.com/"
ROBOTS = "/money.kompas.com/robots.txt"
NOW = datetime(2024, 1, 31, 9, 0, tzinfo=UTC)


def text(body: str | bytes, status: int = 200, kind: str = "text/plain") -> Reply:
    return Reply(
        status, body if isinstance(body, bytes) else body.encode(), (("Content-Type", kind),)
    )


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        yield server


def visit(site: Scripted, *urls: str, **settings: Any) -> Crawled:
    return crawl(*(urls or (FRONT,)), KOMPAS_MIRROR=site.url, **(OURS | settings))


def pages(site: Scripted) -> list[str]:
    return [path for path in site.paths() if not path.endswith("/robots.txt")]


# Many requests at once

SIX = tuple(f"https://money.kompas.com/komentar/{number}" for number in range(6))


def test_six_forbidden_requests_at_once_are_all_refused(site: Scripted) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nDisallow: /komentar/*")

    crawled = visit(site, *SIX)

    assert pages(site) == []
    assert {type(error) for error in crawled.errors.values()} == {RobotsForbidden}
    assert len(crawled.errors) == 6
    assert site.paths() == [ROBOTS]
    assert crawled.stats["robots/forbidden"] == 6
    assert crawled.stats["robots/fetched"] == 1


def test_control_scrapys_own_middleware_fetches_most_of_them(site: Scripted) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nDisallow: /komentar/*")

    crawl(*SIX, KOMPAS_MIRROR=site.url, **SCRAPYS)

    assert pages(site)  # four of six, with Scrapy 2.19 on an idle machine


def test_control_scrapys_own_middleware_fetches_when_the_file_fails(site: Scripted) -> None:
    site.answers[ROBOTS] = text("", 503)

    crawl(FRONT, KOMPAS_MIRROR=site.url, **SCRAPYS)

    assert pages(site) == ["/money.kompas.com/"]


# What comes in the place of the file


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_file_means_no_rules(
    site: Scripted, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nDisallow: /", status)

    crawled = visit(site)

    assert crawled.responses[FRONT].status == 200
    assert crawled.stats["robots/absent"] == 1
    assert "money.kompas.com/robots.txt is missing or empty" in caplog.text


@pytest.mark.parametrize("status", [429, 500, 502, 503, 304, 302])
def test_a_file_that_fails_closes_its_host(site: Scripted, status: int) -> None:
    site.answers[ROBOTS] = text("", status)
    other = "https://tekno.kompas.com/"

    crawled = visit(site, FRONT, other)

    assert type(crawled.errors[FRONT]) is RobotsUnreachable
    assert crawled.responses[other].status == 200
    assert pages(site) == ["/tekno.kompas.com/"]
    assert crawled.stats["robots/unreachable"] == 1
    assert crawled.stats["robots/hosts_unreachable"] == 1


def test_a_cut_connection_closes_the_host(site: Scripted) -> None:
    def cut(_: Asked) -> None:
        return None

    site.answers[ROBOTS] = cut

    assert type(visit(site).errors[FRONT]) is RobotsUnreachable
    assert pages(site) == []


def test_a_file_that_does_not_come_in_time_closes_the_host(site: Scripted) -> None:
    site.answers[ROBOTS] = Reply(body=b"User", headers=(("Content-Length", "1000"),))

    assert type(visit(site, DOWNLOAD_TIMEOUT=0.3).errors[FRONT]) is RobotsUnreachable
    assert pages(site) == []


def test_a_file_that_fails_once_is_asked_for_again(site: Scripted) -> None:
    site.answers[ROBOTS] = in_turn(text("", 503), text("User-agent: *\nAllow: /"))

    crawled = visit(site, RETRY_TIMES=2)

    assert site.paths() == [ROBOTS, ROBOTS, "/money.kompas.com/"]
    assert crawled.responses[FRONT].status == 200


@pytest.mark.parametrize(("redirects", "outcome"), [(5, RobotsForbidden), (6, RobotsUnreachable)])
def test_follows_five_redirects(site: Scripted, redirects: int, outcome: type[Exception]) -> None:
    for number in range(redirects):
        here = ROBOTS if number == 0 else f"/www.kompas.com/{number}"
        there = f"https://www.kompas.com/{number + 1}"
        site.answers[here] = Reply(301, b"", (("Location", there),))
    site.answers[f"/www.kompas.com/{redirects}"] = text("User-agent: *\nDisallow: /")

    assert type(visit(site).errors[FRONT]) is outcome


def test_a_page_of_html_has_no_rules(site: Scripted) -> None:
    site.answers[ROBOTS] = text("<!doctype html><p>Beranda", kind="text/html")

    crawled = visit(site)

    assert crawled.responses[FRONT].status == 200
    assert crawled.stats["robots/markup"] == 1


def test_rules_called_html_are_rules(site: Scripted) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nDisallow: /", kind="text/html")

    assert type(visit(site).errors[FRONT]) is RobotsForbidden


def test_reads_the_first_500_kib(site: Scripted) -> None:
    filler = "# isi\n" * (600 * 1024 // 6)
    inside = "https://money.kompas.com/dalam"
    outside = "https://money.kompas.com/luar"
    site.answers[ROBOTS] = text(f"User-agent: *\nDisallow: /dalam\n{filler}Disallow: /luar\n")

    crawled = visit(site, inside, outside)

    assert type(crawled.errors[inside]) is RobotsForbidden
    assert crawled.responses[outside].status == 200


def test_obeys_the_rules_written_for_us(site: Scripted) -> None:
    site.answers[ROBOTS] = text(
        "User-agent: *\nDisallow:\n\nUser-agent: Kompas-Crawler\nDisallow: /"
    )

    assert type(visit(site).errors[FRONT]) is RobotsForbidden


# A day passes


class Yesterday(MemoryStore):
    """A store with one copy that allows all, ``age`` old."""

    def __init__(self, age: timedelta, body: bytes = b"User-agent: *\nAllow: /") -> None:
        super().__init__({"https://money.kompas.com": (NOW - age, body)})


def revisit(site: Scripted, store: MemoryStore) -> Crawled:
    """Visit with *store* in the middleware, at the moment ``NOW``."""

    class WithStore(RobotsMiddleware):
        @classmethod
        def from_crawler(cls, crawler: Crawler) -> Self:
            return cls(crawler, store)

    middlewares = OURS["DOWNLOADER_MIDDLEWARES"] | {
        "kompas_crawler.middlewares.robots.RobotsMiddleware": None,
        WithStore: 100,
    }
    return visit(site, DOWNLOADER_MIDDLEWARES=middlewares, KOMPAS_NOW=NOW.isoformat())


def test_a_fresh_copy_is_not_fetched_again(site: Scripted) -> None:
    revisit(site, Yesterday(timedelta(hours=22)))

    assert site.paths() == ["/money.kompas.com/"]


def test_a_change_is_seen_after_a_day(site: Scripted) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nDisallow: /")
    store = Yesterday(timedelta(hours=24))

    assert type(revisit(site, store).errors[FRONT]) is RobotsForbidden
    assert store["https://money.kompas.com"][1] == b"User-agent: *\nDisallow: /"


@pytest.mark.parametrize(
    ("age", "is_used"),
    [(timedelta(hours=23.5), True), (timedelta(hours=24), False), (-timedelta(hours=1), False)],
)
def test_a_failing_file_leaves_the_last_copy_for_a_day(
    site: Scripted, age: timedelta, is_used: bool
) -> None:
    site.answers[ROBOTS] = text("", 503)

    crawled = revisit(site, Yesterday(age))

    assert (FRONT in crawled.responses) is is_used
    assert crawled.stats.get("robots/kept", 0) == int(is_used)


def test_a_page_of_html_does_not_wipe_out_rules(site: Scripted) -> None:
    site.answers[ROBOTS] = text("<html>", kind="text/html")
    store = Yesterday(timedelta(hours=23.5), b"User-agent: *\nDisallow: /")

    assert type(revisit(site, store).errors[FRONT]) is RobotsForbidden


def test_a_failure_is_never_kept(site: Scripted) -> None:
    site.answers[ROBOTS] = text("", 503)
    store = MemoryStore()

    revisit(site, store)

    assert store == {}


def test_the_parsed_rules_are_passed_on(site: Scripted) -> None:
    site.answers[ROBOTS] = text("User-agent: *\nCrawl-delay: 7")
    heard: list[float | None] = []

    class Listener:
        @classmethod
        def from_crawler(cls, crawler: Crawler) -> Listener:
            listener = cls()
            crawler.signals.connect(listener.parsed, signals.robots_parsed)
            return listener

        def parsed(self, robotparser: Any) -> None:
            heard.append(robotparser.crawl_delay("kompas-crawler"))

    visit(site, EXTENSIONS={Listener: 1})

    assert heard == [7.0]
