"""The same under Twisted's reactor, with Scrapy's real handler: mirror, guard and politeness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.downloader.scripted import Reply, Scripted, in_turn, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
GUARD: dict[str, Any] = {"TWISTED_DNS_RESOLVER": "kompas_crawler.downloader.guard.GuardedResolver"}
NO_GUARD: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": dict.fromkeys(
        ("http", "https"), "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
    )
}
FRONT = "https://money.kompas.com/"

pytestmark = pytest.mark.slow  # each a process of its own


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        yield server


def reactor_crawl(
    *urls: str,
    hosts: dict[str, str] | None = None,
    proxy: str = "",
    no_proxy: str = "*.no-proxy.test",
    **settings: Any,
) -> Any:
    """Crawl in a new process with a reactor; *hosts* are names with their addresses."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.downloader.reactor_crawl"],
        input=json.dumps({"urls": urls, "settings": settings, "hosts": hosts or {}}),
        cwd=ROOT,
        env=os.environ | {"http_proxy": proxy, "no_proxy": no_proxy if proxy else ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_mirror_answers_under_true_addresses(site: Scripted) -> None:
    moved = "https://tekno.kompas.com/lama"
    there = "https://tekno.kompas.com/baru"
    site.answers["/tekno.kompas.com/lama"] = Reply(301, b"", (("Location", there),))

    crawled = reactor_crawl(FRONT, moved, KOMPAS_MIRROR=site.url, **GUARD)

    assert crawled["responses"] == {FRONT: [FRONT, 200, "hello"], moved: [there, 200, "hello"]}
    assert sorted(site.paths()) == [
        "/money.kompas.com/",
        "/tekno.kompas.com/baru",
        "/tekno.kompas.com/lama",
    ]


def test_robots_and_retry_after_hold_under_the_reactor(site: Scripted) -> None:
    site.answers["/money.kompas.com/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /x")
    site.answers["/money.kompas.com/"] = in_turn(Reply(429, b"", (("Retry-After", "1"),)), Reply())
    middlewares = {
        "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
        "kompas_crawler.middlewares.throttle.PolitenessMiddleware": 840,
    }

    crawled = reactor_crawl(
        FRONT,
        *(f"{FRONT}x{number}" for number in range(6)),
        KOMPAS_MIRROR=site.url,
        DOWNLOADER_MIDDLEWARES=middlewares,
        RETRY_TIMES=2,
    )

    refused, again = site.times("/money.kompas.com/")
    assert 1.0 <= again - refused < 3.0
    assert len(site.log) == 3
    assert set(crawled["errors"].values()) == {"RobotsForbidden"}


PRIVATE = ("127.0.0.1", "dalam.kompas.com", "2130706433", "localhost")
NAMES = {"dalam.kompas.com": "127.0.0.1"}


def test_nothing_private_is_reached(site: Scripted) -> None:
    urls = [f"http://{host}:{site.port}/" for host in PRIVATE]

    crawled = reactor_crawl(*urls, hosts=NAMES, RETRY_TIMES=2, **GUARD)

    assert site.log == []
    assert crawled["errors"] == dict.fromkeys(urls, "AddressRefused")
    assert crawled["stats"]["addresses/refused"] == 4
    assert "retry/count" not in crawled["stats"]


def test_control_without_the_guard_it_is_reached(site: Scripted) -> None:
    urls = [f"http://{host}:{site.port}/" for host in PRIVATE]

    crawled = reactor_crawl(*urls, hosts=NAMES, **NO_GUARD)

    assert crawled["responses"] == {url: [url, 200, "hello"] for url in urls}


@pytest.mark.parametrize("host", ["127.0.0.1", "dalam.kompas.com"])
@pytest.mark.parametrize(("guards", "reached"), [(GUARD, []), (NO_GUARD, ["/"])])
def test_a_redirect_into_this_machine_is_refused_and_in_the_control_followed(
    site: Scripted, host: str, guards: dict[str, Any], reached: list[str]
) -> None:
    with serving() as outside:  # it may be reached: the user's proxy has the same name
        outside.otherwise = Reply(302, b"", (("Location", f"http://{host}:{site.port}/"),))
        names = NAMES | {"money.kompas.com": "127.0.0.1"}
        page = f"http://money.kompas.com:{outside.port}/"
        proxy = "http://money.kompas.com"
        crawled = reactor_crawl(
            page, hosts=names, proxy=proxy, no_proxy="kompas.com,127.0.0.1", **guards
        )
        assert outside.paths() == ["/"]

    assert site.paths() == reached
    assert crawled["errors"] == ({} if reached else {page: "AddressRefused"})


def test_the_resolver_alone_refuses_too(site: Scripted) -> None:
    url = f"http://127.0.0.1:{site.port}/"

    crawled = reactor_crawl(url, **NO_GUARD, **GUARD)

    assert site.log == []
    assert crawled["errors"] == {url: "CannotResolveHostError"}


@pytest.mark.parametrize("name", ["127.0.0.1", "proksi.kantor"])
def test_the_users_own_proxy_is_exempt(site: Scripted, name: str) -> None:
    crawled = reactor_crawl(
        "http://money.kompas.com/",
        proxy=f"http://{name}:{site.port}",
        hosts={"proksi.kantor": "127.0.0.1"},
        **GUARD,
    )

    assert site.paths() == ["http://money.kompas.com/"]
    assert crawled["errors"] == {}


MANY_HEADERS = (("Content-Type", "text/html"), *((f"X-{n}", "a" * 8000) for n in range(80)))


def test_headers_without_an_end_fail(site: Scripted) -> None:
    site.answers["/money.kompas.com/"] = Reply(200, b"hello", MANY_HEADERS)
    crawled = reactor_crawl(FRONT, KOMPAS_MIRROR=site.url, **GUARD)
    assert crawled["errors"] == {FRONT: "DownloadFailedError"}


def test_control_scrapys_handler_takes_headers_of_any_number(site: Scripted) -> None:
    url = f"{site.url}/many"
    site.answers["/many"] = Reply(200, b"hello", MANY_HEADERS)
    assert reactor_crawl(url, **NO_GUARD)["responses"] == {url: [url, 200, "hello"]}
