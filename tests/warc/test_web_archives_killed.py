"""SIGKILL while an archive is filled from web archives, and an index of 100,000 lines."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import Entry, WebArchives
from tests import archives, processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import ScrapyCli, ScrapyProcess
    from tests.warc.conftest import Keeping

NOW = "2026-07-05T00:00:00+07:00"
DEADLINE = 60.0


def is_capture(url: str) -> bool:
    return "id_/" in url or ".warc.gz" in url


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("spider", ["commoncrawl", "wayback"])
def test_killed_at_any_moment_the_same_command_completes_it(
    kept: Keeping,
    other_url: str,
    tmp_path: Path,
    spider: str,
    scrapy_cli: ScrapyCli,
    scrapy_process: ScrapyProcess,
) -> None:
    server = kept.server
    server.archives = WebArchives(kept.files(), lines=20)
    command = ("crawl", spider, "-a", "since=2026-06-01")
    env = {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": other_url,
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
        "KOMPAS_NOW": NOW,
    }
    stored: set[str] = set()
    again: set[str] = set()
    for wanted in (2, 5, 15, 30, None):
        since = len(server.requests)
        if wanted is None:
            done = scrapy_cli(*command, env=env)
            assert done.returncode == 0, done.stderr
        else:
            process = scrapy_process(*command, env=env, is_forked=True)
            deadline = time.monotonic() + DEADLINE
            while len(server.requests) - since < wanted and process.poll() is None:
                assert time.monotonic() < deadline, "the crawl did not come so far"
                time.sleep(0.002)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        asked = {one.url for one in server.requests[since:] if is_capture(one.url)}
        again |= asked & stored if spider == "wayback" else set()
        stored = {file for (file,) in kept.rows(ArticleRow.warc_file, url=other_url)}
    assert not again, "what is stored is fetched again"
    keys = [key for (key,) in kept.rows(ArticleRow.key)]
    assert sorted(keys) == sorted(key for (key,) in kept.rows(ArticleRow.key, url=other_url))


def entries(count: int) -> list[Entry]:
    """Lines of an index, of as many articles."""
    address = "https://money.kompas.com/read/2022/{:02}/{:02}/{:09}/judul-berita-yang-panjang-{}"
    digest, file = "A" * 32, Path("crawl-data/a.warc.gz")
    return [
        Entry(
            original=address.format(n % 12 + 1, n % 28 + 1, n, n),
            timestamp="20220125103011",
            statuscode="200",
            mimetype="text/html",
            digest=digest,
            path=file,
            offset=n,
            length=100,
        )
        for n in range(count)
    ]


def megabytes(folder: Path, spider: str, lines: int) -> float:
    """The most memory of a dry run over an index of that many lines."""
    listed = WebArchives([], lines=6000)
    listed.entries = entries(lines)
    with serve(Site(1), archives=listed) as server:
        env = {
            "KOMPAS_MIRROR": server.url,
            "KOMPAS_DATABASE_URL": archives.put(folder / f"{lines}.db"),
            "KOMPAS_HEALTH_FILE": str(folder / "health.json"),
        }
        command = [sys.executable, "-m", "scrapy", "crawl", spider, "-a", "since=2022-01-01"]
        log = folder / f"{lines}.log"
        with log.open("w") as output:
            process = processes.start(
                [*command, "-a", "dry_run=1"], cwd=ROOT, env=env, stdout=output, stderr=output
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert f"listed: {lines:,} captures of {lines:,} articles; " in log.read_text()
    return used.ru_maxrss / 1024


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_five_times_the_lines_of_an_index_take_no_more_memory(tmp_path: Path) -> None:
    few = megabytes(tmp_path, "wayback", 8_000)
    many = megabytes(tmp_path, "wayback", 40_000)
    assert many < 1.25 * few
