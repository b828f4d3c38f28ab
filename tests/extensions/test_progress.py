"""What a crawl shows while it runs and at its end: at a terminal, in a file, and not at all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.crawl import progress_line
from kompas_crawler.outcome import summary
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import ArticleKey
from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty")
SLOWLY = ("-s", "DOWNLOAD_DELAY=0.05")
OFTEN = ("-s", "LOGSTATS_INTERVAL=0.5")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(40)) as server:
        yield server


@pytest.fixture
def env(server: Server, tmp_path: Path) -> dict[str, str]:
    return {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
    }


def days_of(server: Server) -> tuple[str, str]:
    """The first and last day on which the site published."""
    days = sorted(ArticleKey.parse(article.key).day for article in server.site.articles)
    return f"since={days[0]}", f"until={days[-1]}"


# Elsewhere than at a terminal


@pytest.mark.slow
def test_a_log_under_cron_has_plain_lines_and_no_control_characters(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    said = scrapy_cli("crawl", "kompas", *SLOWLY, *OFTEN, env=env | {"TERM": "xterm-256color"})
    assert said.returncode == 0
    assert said.stdout == ""
    assert said.stderr.replace("\n", "").isprintable()
    assert re.search(
        r"INFO: \d+ pages · \d+ new · 0 updated · .* a minute · \d+ left\n", said.stderr
    )


@pytest.mark.slow
def test_a_back_fill_says_how_many_days_are_done(
    env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    since, until = days_of(server)
    said = scrapy_cli("crawl", "indeks", "-a", since, "-a", until, *SLOWLY, *OFTEN, env=env)
    assert said.returncode == 0, said.stderr
    done = [tuple(map(int, two)) for two in re.findall(r"INFO: (\d+) of (\d+) days", said.stderr)]
    assert done, said.stderr
    assert done == sorted(done)
    assert re.search(r"INFO: (\d+) days to read", said.stderr)[1] == str(done[-1][1])  # type: ignore[index]
    assert done[0][0] < done[-1][1]


def test_the_table_at_the_end_goes_where_the_log_goes(
    env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    said = scrapy_cli("crawl", "kompas", "--logfile", str(log), env=env)
    assert said.stderr.splitlines()[-1].startswith("scrapy crawl: done: ")
    assert re.search(r"INFO:   pages {7}\d+ in \d+ s", log.read_text())


@pytest.mark.parametrize(
    "options",
    [
        "-q",
        *(pytest.param(o, marks=pytest.mark.slow) for o in ("--quiet", "-L WARNING", "--nolog")),
    ],
)
def test_a_good_end_is_not_printed_where_only_errors_are(
    options: str, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    first = scrapy_cli("crawl", "kompas", "-a", "limit=1", *options.split(), env=env)
    assert "The site's notice, " in first.stderr, "once an archive"
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", *options.split(), env=env)
    lines = [line for line in said.stderr.splitlines() if "Reading the mirror" not in line]
    assert (said.returncode, lines, said.stdout) == (0, [], "")


@pytest.mark.slow
def test_a_bad_end_is_printed_also_when_quiet(env: dict[str, str], scrapy_cli: ScrapyCli) -> None:
    said = scrapy_cli("crawl", "kompas", "-q", "-s", "CLOSESPIDER_PAGECOUNT=1", env=env)
    assert said.returncode == 11
    line = said.stderr.splitlines()[-1]
    assert line.startswith(
        "scrapy crawl: stopped at its limit of pages; run the same command again"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("level", "is_told"), [("DEBUG", True), ("INFO", False)])
def test_all_figures_are_logged_only_at_debug(
    level: str, is_told: bool, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", "-L", level, env=env)
    assert ("DEBUG: scheduler/dequeued: " in said.stderr) is is_told
    assert "Dumping Scrapy stats" not in said.stderr


# At a terminal


@pytest.mark.slow
@needs_terminal
@pytest.mark.parametrize("columns", [80, 160])
def test_a_terminal_shows_it_live_and_ctrl_c_says_how_to_go_on(
    columns: int, env: dict[str, str], server: Server
) -> None:
    since, until = days_of(server)
    arguments = ["crawl", "indeks", "-a", since, "-a", until, "-s", "DOWNLOAD_DELAY=0.1"]
    screen = _at_a_terminal(arguments, env | {"COLUMNS": str(columns)}, stop_at=" days")
    assert re.search(r"\d+ pages · \d+ new .* left", screen)
    assert "shutting down gracefully" in screen
    assert (
        f"  resume with  scrapy crawl indeks -a {since} -a {until} -s DOWNLOAD_DELAY=0.1" in screen
    )
    last = screen.rstrip().splitlines()[-1]
    assert last.startswith("scrapy crawl: interrupted; run the same command again to continue: ")


def _at_a_terminal(arguments: list[str], env: dict[str, str], *, stop_at: str) -> str:
    """What a terminal got; the program is interrupted once *stop_at* was seen."""
    import pty

    mine, its = pty.openpty()
    process = subprocess.Popen(
        [*processes.dies_with_parent("KILL"), sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", **env},
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    seen, deadline = b"", time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            try:
                got = os.read(mine, 4096)
            except OSError:  # the other end is closed
                break
            is_new = stop_at.encode() not in seen
            seen += got
            if is_new and stop_at.encode() in seen and b" pages" in seen:
                process.send_signal(signal.SIGINT)
        assert process.wait(30) == 12, seen.decode()
    finally:
        processes.kill(process)  # type: ignore[arg-type]
        os.close(mine)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode()).replace("\r\n", "\n")


# The words


def test_the_table_has_no_row_without_something_to_say_and_fits_80_columns() -> None:
    assert summary.table({}, {}, {}) == []
    sections = {f"section-{n}": {"new": 1000, "unchanged": 7} for n in range(60)}
    fields = {"money": {"articles": 1000, "authors": 999, "editors": 1000, "tags": 0}}
    stats = {
        "pages/done": 1_234_567,
        "elapsed_time_seconds": 1e6,
        "listings/read": 99_999,
        "listings/new_links": 1_000_000,
        "retry/count": 12_000,
        "downloader/response_bytes": 10**12,
        **{f"downloader/response_status_count/{n}": 100_000 for n in range(200, 220)},
        **dict.fromkeys(summary.NOTICED, 1000),
    }
    lines = summary.table(stats, sections, fields)
    assert [line.split()[0] for line in lines] == [
        *("pages", "answers", "sections", "fields", "noticed")
    ]
    assert max(map(len, lines)) <= 79
    assert "authors 99 % · editors 100 % · tags 0 % · summary 0 %" in lines[3]


def test_days_left_are_shown_once_there_is_a_pace() -> None:
    assert progress_line.days(0, 10, 5) == "0 of 10 days"
    assert progress_line.days(10, 10, 5) == "10 of 10 days"
    assert progress_line.days(5, 10, 600) == "5 of 10 days, 10 minutes left"
    assert progress_line.days(0, 1, 5) == "0 of 1 day"
