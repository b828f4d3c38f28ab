"""SIGKILL at any moment, then the same command: nothing lost, nothing stored twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow, LinkRow
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.crawl.in_flight import BATCH
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.frontier import State
from kompas_crawler.middlewares.supply import LOW
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.settings import CONCURRENT_REQUESTS
from kompas_crawler.site.urls import row_key
from tests.failing_commits import EXTENSIONS as SPLIT_COMMITS
from tests.sample.site.catalogue import redirects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli, ScrapyProcess

ARTICLES = 150
IN_FLIGHT = BATCH + LOW * CONCURRENT_REQUESTS
"""Pages downloading, and pages fetched that wait for their commit: no more than are taken."""
DEADLINE = 60.0


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(ARTICLES)


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site) as server:
        yield server


def articles_asked(server: Server, since: int = 0) -> Counter[str]:
    """How often each article was answered with its text, by path, past *since* requests."""
    return Counter(
        r.host + r.path for r in server.requests[since:] if "/read/" in r.path and r.status == 200
    )


def archive(url: str) -> tuple[list[str], set[tuple[str, str]]]:
    """The keys of the stored articles, and the edges between them."""
    reader = Reader(url, Path.cwd())
    keys = [article.id for article in reader.articles(Filters(with_duplicates=True))]
    with reader.engine.connect() as connection:
        found = connection.execute(
            select(ArticleRow.key, LinkRow.target_key).join(
                ArticleRow, ArticleRow.id == LinkRow.article_id
            )
        )
        edges = {(key, target) for key, target in found}
    reader.close()
    return keys, edges


def wait_for(is_met: Callable[[], bool], process: object) -> None:
    deadline = time.monotonic() + DEADLINE
    while not is_met():
        assert time.monotonic() < deadline, "the crawl did not come so far"
        assert process.poll() is None, "the crawl ended before it was killed"  # type: ignore[attr-defined]
        time.sleep(0.002)


# Points of a crawl, by what the server has been asked for.
_POINTS = {
    "at the first listing": lambda server: len(server.requests) >= 2,
    "in the listings": lambda server: len(server.requests) >= 20,
    "at the first article": lambda server: len(articles_asked(server)) >= 1,
    "after 10 articles": lambda server: len(articles_asked(server)) >= 10,
    "after 25 articles": lambda server: len(articles_asked(server)) >= 25,
    "after 40 articles": lambda server: len(articles_asked(server)) >= 40,
    "after 60 articles": lambda server: len(articles_asked(server)) >= 60,
    "after 80 articles": lambda server: len(articles_asked(server)) >= 80,
    "after 100 articles": lambda server: len(articles_asked(server)) >= 100,
    "after 115 articles": lambda server: len(articles_asked(server)) >= 115,
    "after 125 articles": lambda server: len(articles_asked(server)) >= 125,
    "near the end": lambda server: len(articles_asked(server)) >= 134,
}


def killed(
    is_met: Callable[[], bool], env: dict[str, str], start: ScrapyProcess, *options: str
) -> None:
    """Crawl until the moment *is_met* tells, then kill."""
    process = start("crawl", "kompas", *options, env=env, is_forked=True)
    wait_for(is_met, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def settled(url: str) -> set[str]:
    """The paths of the articles that are dealt with."""
    reader = Reader(url, Path.cwd())
    with reader.engine.connect() as connection:
        urls = connection.scalars(
            select(FrontierRow.url).where(
                FrontierRow.kind == "article", FrontierRow.state != State.PENDING
            )
        ).all()
    reader.close()
    return {f"{url.removeprefix('https://')}?page=all" for url in urls}


@pytest.fixture
def env(server: Server, database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": database_url,
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
    }


@pytest.fixture
def sqlite_env(server: Server, tmp_path: Path) -> dict[str, str]:
    return {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", [0, 1])
def test_the_same_command_completes_what_a_kill_cut_off(
    first: int,
    server: Server,
    site: Site,
    database_url: str,
    env: dict[str, str],
    scrapy_cli: ScrapyCli,
    scrapy_process: ScrapyProcess,
) -> None:
    """Killed at every second point, begun again after each, and left to finish at last."""
    # Some pages have another address that leads to them: fetched for its own row.
    led_to = {f"{url.removeprefix('https://')}?page=all" for url in redirects(site).values()}
    done: set[str] = set()
    answered: set[str] = set()
    for point in [*list(_POINTS)[first::2], None]:
        since = len(server.requests)
        if point is not None:
            killed(partial(_POINTS[point], server), env, scrapy_process)
        else:
            finished = scrapy_cli("crawl", "kompas", env=env)
            assert finished.returncode == 0, finished.stderr
        asked = set(articles_asked(server, since))
        again = asked - led_to
        assert not again & done, f"what was committed is fetched again: {point}"
        assert len(again & answered) <= IN_FLIGHT, f"more again than can be in flight: {point}"
        done, answered = settled(database_url), asked
    keys, edges = archive(database_url)
    assert len(keys) == len(set(keys)), "an article is stored twice"
    assert set(keys) == site.keys_within(2)
    assert edges == {(k, row_key(link.url)) for k in keys for link in site.article(k).related}


def is_between_two_commits(url: str) -> bool:
    """Whether a row is done whose article is not stored."""
    try:
        reader = Reader(url, Path.cwd())
    except CrawlError:  # no archive yet
        return False
    done_alone = select(FrontierRow.key).where(
        FrontierRow.kind == "article",
        FrontierRow.state == State.DONE,
        FrontierRow.key.not_in(select(ArticleRow.key)),
    )
    with reader.engine.connect() as connection:
        found = connection.scalars(done_alone.limit(1)).all()
    reader.close()
    return bool(found)


@pytest.mark.slow
def test_control_without_one_transaction_a_page_a_kill_loses_articles(
    site: Site,
    sqlite_env: dict[str, str],
    scrapy_cli: ScrapyCli,
    scrapy_process: ScrapyProcess,
) -> None:
    split_commits = ("-s", f"EXTENSIONS={SPLIT_COMMITS}")
    url = sqlite_env["KOMPAS_DATABASE_URL"]
    killed(lambda: is_between_two_commits(url), sqlite_env, scrapy_process, *split_commits)
    finished = scrapy_cli("crawl", "kompas", env=sqlite_env)
    assert finished.returncode == 0, finished.stderr
    keys, _ = archive(url)
    assert set(keys) < site.keys_within(2), "the matrix would not notice a loss"
