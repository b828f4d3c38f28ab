"""The crawl goes as gently as asked, over all hosts; every figure is from the server's log."""

from __future__ import annotations

from email.utils import formatdate
from itertools import pairwise
from time import monotonic, time
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from kompas_crawler.middlewares.throttle import NotSent, PolitenessMiddleware
from kompas_crawler.polite.pace import MAX_DELAY, Pace, polite_delay, retry_after
from tests.downloader.probe import Crawled, crawl
from tests.downloader.scripted import Asked, Reply, Scripted, in_turn, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

POLITE: dict[str, Any] = {
    "DOWNLOADER_MIDDLEWARES": {
        "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
        "kompas_crawler.middlewares.throttle.PolitenessMiddleware": 840,
    },
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "RETRY_TIMES": 5,
}
NOT_POLITE = POLITE | {
    "DOWNLOADER_MIDDLEWARES": {"kompas_crawler.middlewares.robots.RobotsMiddleware": 100}
}
PAGES = tuple(f"https://money.kompas.com/{number}" for number in range(8))
MANY = tuple(f"https://money.kompas.com/{number}" for number in range(40))
HOSTS = tuple(
    f"https://{name}.kompas.com/" for name in ("money", "tekno", "bola", "travel", "health")
)
LATE = 0.1  # how late a busy machine may note a request, in seconds


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        server.answers["/money.kompas.com/robots.txt"] = Reply(404)
        yield server


def visit(site: Scripted, *urls: str, **settings: Any) -> Crawled:
    return crawl(*urls, KOMPAS_MIRROR=site.url, **(POLITE | settings))


def span(site: Scripted) -> float:
    """Seconds from the first request to the last."""
    return site.log[-1].at - site.log[0].at


def refuse_first(status: int, *headers: tuple[str, str], times: int = 1) -> Any:
    """Refuse the first requests, then answer."""
    return in_turn(*[Reply(status, b"", headers)] * times, Reply())


# One delay over all hosts


def test_one_delay_holds_over_all_hosts_and_robots_txt(site: Scripted) -> None:
    crawled = visit(site, *HOSTS, DOWNLOAD_DELAY=0.1)

    assert len(site.log) == 10  # a robots.txt and a page of each
    assert span(site) >= 9 * 0.1 - LATE
    assert len(crawled.responses) == 5


def test_control_scrapys_slots_are_one_a_host(site: Scripted) -> None:
    crawl(*HOSTS, KOMPAS_MIRROR=site.url, **(NOT_POLITE | {"DOWNLOAD_DELAY": 0.3}))

    assert span(site) < 9 * 0.3 - 1


def test_a_crawl_delay_is_obeyed(site: Scripted) -> None:
    site.answers["/money.kompas.com/robots.txt"] = Reply(
        body=b"User-agent: *\nCrawl-delay: 0.2", headers=(("Content-Type", "text/plain"),)
    )

    visit(site, *PAGES[:3], DOWNLOAD_DELAY=0)

    assert span(site) >= 3 * 0.2 - LATE


def test_control_without_a_crawl_delay_nothing_waits(site: Scripted) -> None:
    visit(site, *PAGES[:3], DOWNLOAD_DELAY=0)

    assert span(site) < 0.4


@pytest.mark.parametrize(
    ("mirror", "priority", "delay"),
    [
        ("", "project", 1.0),
        ("http://127.0.0.1:8010", "project", 0.0),
        ("http://127.0.0.1:8010", "spider", 1.0),
        ("http://127.0.0.1:8010", "cmdline", 1.0),
    ],
)
def test_under_a_mirror_nothing_waits_unless_set(mirror: str, priority: str, delay: float) -> None:
    settings = Settings({"KOMPAS_MIRROR": mirror})
    settings.set("DOWNLOAD_DELAY", 1, priority=priority)

    assert polite_delay(settings) == delay


# Retry-After


def test_retry_after_holds_every_request_to_the_second(site: Scripted) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(429, ("Retry-After", "1"))

    crawled = visit(site, *PAGES[:4], DOWNLOAD_DELAY=0.3)

    refused, again = site.times("/money.kompas.com/0")
    later = [asked.at for asked in site.log if asked.at > refused]
    assert 1.0 <= min(later) - refused < 2.0
    assert again in later
    assert {response.status for response in crawled.responses.values()} == {200}
    assert crawled.stats["politeness/held_seconds"] == 1


def test_control_scrapy_does_not_hear_retry_after(site: Scripted) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(429, ("Retry-After", "1"))

    crawl(PAGES[0], KOMPAS_MIRROR=site.url, **NOT_POLITE)

    refused, again = site.times("/money.kompas.com/0")
    assert again - refused < 0.5


def test_retry_after_may_be_a_moment(site: Scripted) -> None:
    def refuse_until_asked_again(asked: Asked) -> Reply:
        if len(site.times(asked.path)) > 1:
            return Reply()
        return Reply(503, b"", (("Retry-After", formatdate(time() + 2, usegmt=True)),))

    site.answers["/money.kompas.com/0"] = refuse_until_asked_again

    visit(site, PAGES[0])

    refused, again = site.times("/money.kompas.com/0")
    assert 1.0 <= again - refused < 4.0


def test_a_burst_of_refusals_is_waited_out_once(site: Scripted) -> None:
    for number in range(8):
        answer = refuse_first(429, ("Retry-After", "1"))
        site.answers[f"/money.kompas.com/{number}"] = answer

    crawled = visit(site, *PAGES)

    assert crawled.stats["finish_reason"] == "finished"
    assert len(crawled.responses) == 8
    assert crawled.stats["politeness/held"] <= 2  # not one wait after the other
    assert span(site) < 4


def test_robots_txt_waits_as_well(site: Scripted) -> None:
    path = "/money.kompas.com/robots.txt"
    site.answers[path] = in_turn(Reply(503, b"", (("Retry-After", "1"),)), Reply(404))

    crawled = visit(site, PAGES[0])

    refused, again = site.times(path)
    assert again - refused >= 1.0
    assert crawled.responses[PAGES[0]].status == 200


@pytest.mark.parametrize(
    "value", [b"", b"-1", b"1.5", b"soon", b"Wed, 99 Jan 2024 09:00:30 GMT", "¹".encode(), None]
)
def test_a_retry_after_that_says_nothing_is_none(value: bytes | None) -> None:
    assert retry_after(value) is None


def test_a_moment_that_has_passed_is_no_wait() -> None:
    assert retry_after(b"Wed, 31 Jan 2024 09:00:30 GMT") == 0.0


# Backing off


def test_refusals_without_a_moment_double_the_delay(site: Scripted) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(503, times=3)

    crawled = visit(site, PAGES[0], DOWNLOAD_DELAY=0.05)

    times = site.times("/money.kompas.com/0")
    first, second, third = (after - before for before, after in pairwise(times))
    assert (first >= 0.1, second >= 0.2, third >= 0.4) == (True, True, True)
    assert third < 2.0
    assert crawled.responses[PAGES[0]].status == 200


@pytest.mark.parametrize("value", ["0", "Wed, 31 Jan 2024 09:00:30 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_of_no_time_still_raises_the_delay(
    site: Scripted, status: int, value: str
) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(status, ("Retry-After", value), times=2)

    crawled = visit(site, PAGES[0], DOWNLOAD_DELAY=0.05)

    times = site.times("/money.kompas.com/0")
    first, second = (after - before for before, after in pairwise(times))
    assert (first >= 0.1, second >= 0.2) == (True, True)
    assert crawled.stats["politeness/slowed"] == 2


def test_control_scrapy_does_not_back_off(site: Scripted) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(503, times=3)

    crawl(PAGES[0], KOMPAS_MIRROR=site.url, **(NOT_POLITE | {"DOWNLOAD_DELAY": 0.05}))

    times = site.times("/money.kompas.com/0")
    assert times[-1] - times[0] < 0.6


def test_the_delay_grows_to_a_limit_and_eases_back() -> None:
    moment = 0.0
    pace = Pace(1.0, now=lambda: moment)

    assert [pace.slow_down() for _ in range(7)] == [2, 4, 8, 16, 32, MAX_DELAY, MAX_DELAY]
    steps = 0
    while pace.delay > 1.0:
        pace.ease()
        steps += 1
    assert steps == 19
    pace.ease()
    assert pace.delay == 1.0


def test_a_long_crawl_delay_is_never_cut_by_backing_off() -> None:
    pace = Pace(1.0)
    pace.keep_at_least(90)

    assert pace.slow_down() == 90


# Blocked


@pytest.mark.parametrize("status", [202, 401, 403, 429])
def test_a_site_that_refuses_us_ends_the_run(site: Scripted, status: int) -> None:
    site.otherwise = Reply(status)

    crawled = visit(site, *MANY, DOWNLOAD_DELAY=0.02)

    assert crawled.stats["finish_reason"] == "blocked"
    assert crawled.stats["politeness/refused"] >= 5
    assert len(site.log) < 30  # robots.txt, five refusals, and what was under way
    assert not {type(error) for error in crawled.errors.values()} - {NotSent}


def test_control_scrapy_goes_on_when_refused(site: Scripted) -> None:
    site.otherwise = Reply(403)

    crawled = crawl(*MANY, KOMPAS_MIRROR=site.url, **(NOT_POLITE | {"DOWNLOAD_DELAY": 0.01}))

    assert crawled.stats["finish_reason"] == "finished"
    assert len(site.log) == 41


def test_refusals_with_successes_between_do_not_end_it(site: Scripted) -> None:
    for number in range(1, 8, 2):
        site.answers[f"/money.kompas.com/{number}"] = Reply(403)
    site.answers["/money.kompas.com/0"] = Reply(404)

    crawled = visit(site, *PAGES, *PAGES, DOWNLOAD_DELAY=0.01)

    assert crawled.stats["politeness/refused"] == 8
    assert crawled.stats["finish_reason"] == "finished"


def test_hosts_that_keep_their_robots_txt_shut_do_not_end_it(site: Scripted) -> None:
    for url in HOSTS:
        site.answers[url.removeprefix("https:/") + "robots.txt"] = Reply(403)

    crawled = visit(site, *HOSTS, DOWNLOAD_DELAY=0.01)

    assert crawled.stats["finish_reason"] == "finished"
    assert len(crawled.responses) == 5


def test_a_wait_that_is_too_long_ends_the_run(site: Scripted) -> None:
    site.otherwise = Reply(503, b"", (("Retry-After", "7200"),))

    crawled = visit(site, *PAGES, DOWNLOAD_DELAY=0.2)

    assert crawled.stats["finish_reason"] == "blocked"
    assert len(site.log) == 2


def test_a_run_that_ends_does_not_sit_out_a_wait(site: Scripted) -> None:
    site.answers["/money.kompas.com/0"] = refuse_first(429, ("Retry-After", "600"))
    began = monotonic()

    crawled = visit(site, *PAGES, DOWNLOAD_DELAY=0.05, CLOSESPIDER_TIMEOUT=1)

    assert monotonic() - began < 30
    assert crawled.stats["finish_reason"] == "closespider_timeout"
    assert NotSent in {type(error) for error in crawled.errors.values()}


def test_a_run_that_ends_says_nothing_of_a_host_it_could_not_ask(site: Scripted) -> None:
    site.otherwise = Reply(503, b"", (("Retry-After", "600"),))
    page = "https://tekno.kompas.com/"

    crawled = visit(site, page, CLOSESPIDER_TIMEOUT=1)

    assert site.paths() == ["/tekno.kompas.com/robots.txt"]
    assert type(crawled.errors[page]) is NotSent
    assert "robots/hosts_unreachable" not in crawled.stats


@pytest.mark.parametrize(("asked", "delay"), [({}, 0.0), ({"DOWNLOAD_DELAY": 0.5}, 4.0)])
def test_a_mirror_is_asked_without_the_delays_of_hosts_unless_a_delay_is_set(
    asked: dict[str, float], delay: float
) -> None:
    settings = Settings({"KOMPAS_MIRROR": "http://127.0.0.1:1"})
    settings.update(asked, "cmdline")
    middleware = PolitenessMiddleware(Crawler(Spider, settings), Pace(0.5), {"slow.test": 4.0})
    assert middleware.paces["slow.test"].base == delay
