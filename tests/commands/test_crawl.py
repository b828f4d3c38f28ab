"""``scrapy crawl`` as a user types it: what it says, and the exit code a scheduler sees."""

from __future__ import annotations

import csv
import os
import re
import signal
import sqlite3
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.commands.crawl import Command
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, UsageProblem
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from tests.conftest import ROOT
from tests.crawling import crawl
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli, ScrapyProcess


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


def said(finished: subprocess.CompletedProcess[str]) -> str:
    """What the command said at its end; a traceback is a bug."""
    assert "Traceback" not in finished.stderr + finished.stdout, finished.stderr
    lines = [line for line in finished.stderr.splitlines() if "crawl: " in line or "error" in line]
    return lines[-1] if lines else ""


def test_an_unknown_option_is_named() -> None:
    command = Command()
    command.settings = get_project_settings()
    with pytest.raises(UsageProblem, match="unknown option --quite; see --help"):
        command._check(["kompas", "--quite"], {})


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            "kompas -a sections=moneyy",
            "unknown section 'moneyy': did you mean 'money'? Known ",
        ),
        ("kompas -a foo=1", "unknown argument foo; known are: sections, depth"),
        ("kompas -a section=bola", "unknown argument section: did you mean 'sections'? Known are"),
        ("indeks -a since=2099-01-01", "since=2099-01-01 is in the future; today is "),
        (
            "indeks -a since=2024-01-01 -a until=2099-01-01",
            "until=2099-01-01 is in the future; today is ",
        ),
        ("wayback -a since=2099-01-01", "since=2099-01-01 is in the future; today is "),
        (
            "commoncrawl -a since=2024-01-01 -a until=2099-01-01",
            "until=2099-01-01 is in the future; today is ",
        ),
        ("kompas -a depth=two", "depth='two' is not a whole number"),
        ("kompas -a limit=0", "limit='0' is not a whole number from 1 up"),
        ("kompas -a urls=https://example.com/read/2024/01/02/1/x", "not an article or a listing"),
        ("kompas -a urls=https://foto.kompas.com/photo/read/1", "not an article or a listing"),
        ("kompas -a urls=/nowhere/urls.txt", "the file cannot be read (No such file or directory)"),
        ("kompas -a tags=banjir -a urls=https://money.kompas.com", "cannot be combined"),
        ("kompas -a since=2024-01-01", "since needs tags"),
        ("kompas -a tags=", "tags names no tag"),
        ("indeks -a since=2024-01-01 -a sections=,", "sections names no section"),
        ("kompas -a urls=", "urls='': the file cannot be read"),
        ("kompas -a list=", "list='': not a .csv"),
        ("wayback -a list=", "list='': not a .csv"),
        ("commoncrawl -a since=2024-01-01 -a crawls=,", "crawls names no crawl"),
        ("kompas -a tags=banjir -a since=", "since='' is not a day"),
        ("kompas -a tags=banjir -a sections=money", "tags and sections cannot be combined"),
        ("kompas -a gaps=0 -a tags=banjir -a since=x", "since='x' is not a day"),
        ("indeks", "since is missing: -a since=YYYY-MM-DD"),
        ("indeks -a since=yesterday", "since='yesterday' is not a day; write it as YYYY-MM-DD"),
        ("indeks -a since=2024-02-02 -a until=2024-01-01", "is before since"),
        ("sitemap -a since=2024-01-01", "unknown argument since; known are: none"),
        ("nosuch", "no spider 'nosuch'; there are: commoncrawl, indeks, kompas, revisits"),
        ("kompas tekno", "one spider at a time; unexpected argument: tekno"),
        ("kompas -O /nowhere/feed.csv", "the folder /nowhere does not exist"),
        ("kompas -O /", "cannot write /: Is a directory"),
        (f"kompas -O {'x' * 300}.csv", "xxx.csv: File name too long"),
    ],
)
def test_bad_input_is_refused_before_a_crawler_exists(arguments: str, line: str) -> None:
    settings = get_project_settings()
    spider, *rest = arguments.split()
    known = dict(zip(rest[::2], rest[1::2], strict=False))
    command = Command()
    command.settings = settings
    command.crawler_process = SimpleNamespace(spider_loader=get_spider_loader(settings))  # type: ignore[assignment]
    if feed := known.get("-O"):
        settings.set("FEEDS", {feed: {"format": "csv"}})
    arguments_ = [value for name, value in pairwise(rest) if name == "-a"]
    extra = [] if rest and rest[0].startswith("-") else rest
    with pytest.raises(UsageProblem, match=re.escape(line)):
        command._check([spider, *extra], dict(pair.split("=", 1) for pair in arguments_))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
@pytest.mark.parametrize("format_", ["csv", "json", "jsonl"])
def test_a_short_feed_on_a_full_disk_ends_with_exit_3(
    format_: str, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    finished = scrapy_cli("crawl", "kompas", "-a", "limit=1", "-O", f"/dev/full:{format_}", env=env)
    assert "no space left to write the feed; free some and start again: 1 new" in said(finished)
    assert "Stored" not in finished.stderr
    assert finished.returncode == 3


def test_one_feed_that_cannot_be_written_does_not_drop_the_others_in_silence(
    env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    other = tmp_path / "a.csv"
    crawl = ("crawl", "kompas", "-a", "limit=1", "-O", str(other))
    finished = scrapy_cli(*crawl, "-O", "nix://host/b.csv", env=env)
    assert finished.returncode == 2
    assert finished.stderr.endswith("scrapy crawl: a feed cannot be written; the log says why\n")
    assert "nix" in finished.stderr
    assert scrapy_cli(*crawl, env=env).returncode == 0  # control
    assert other.exists()


@pytest.mark.parametrize("kind", [ValueError, ConfigurationProblem])
def test_a_spider_of_ones_own_may_refuse_an_argument(kind: type[ValueError]) -> None:
    class Mine(ArchiveSpider):
        name = "mine"

        def __init__(self, **_: str) -> None:
            raise kind("wave='x' is not a number")

    command = Command()
    command.settings = get_project_settings()
    loader = SimpleNamespace(list=lambda: ["mine"], load=lambda _: Mine)
    command.crawler_process = SimpleNamespace(spider_loader=loader)  # type: ignore[assignment]
    with pytest.raises(CrawlError, match="wave='x' is not a number") as raised:
        command._check(["mine"], {"wave": "x"})
    assert isinstance(raised.value, UsageProblem if kind is ValueError else kind)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            "kompas -a sections=moneyy",
            "unknown section 'moneyy': did you mean 'money'? Known ",
        ),
        ("", "name a spider, such as: scrapy crawl kompas"),
        ("kompas -O feed.doc", "doc"),
        ("kompas -a limit", "Invalid -a value, use -a NAME=VALUE"),
        ("kompas -s", "argument -s/--set: expected one argument"),
        ("kompas -L info", "no log level 'info'; there are: CRITICAL, "),
        ("kompas --pidfile /no/such/pid", "cannot write /no/such/pid: No such file or directory"),
        ("kompas --logfile /no/such/log", "cannot write /no/such/log: No such file or directory"),
    ],
)
def test_bad_input_ends_at_once_with_one_line_and_exit_2(
    arguments: str, line: str, env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    finished = scrapy_cli("crawl", *arguments.split(), env=env)
    assert finished.returncode == 2, finished.stderr
    assert [line in one for one in finished.stderr.splitlines()] == [True], finished.stderr
    assert finished.stderr.startswith("scrapy crawl: ")
    assert not server.requests
    assert not Path(env["KOMPAS_DATABASE_URL"].removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"KOMPAS_DATABASE_URL": "nonsense"}, "is not a database URL"),
        ({"KOMPAS_DATABASE_URL": "mysql://u:geheim@h/x"}, "names 'mysql'"),
        ({"KOMPAS_CONTACT": "a\nb"}, "KOMPAS_CONTACT must be"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_ends_with_one_line_and_exit_4(
    changed: dict[str, str], line: str, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    finished = scrapy_cli("crawl", "kompas", env=env | changed)
    assert finished.returncode == 4, finished.stderr
    assert line in said(finished)
    assert "geheim" not in finished.stderr


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("KOMPAS_DATABASE_URL", "sqlite:////proc/nowhere/x.db", "/proc/nowhere cannot be used"),
        ("KOMPAS_MIRROR", "http://192.0.2.1:80", "must be on this machine"),
        ("KOMPAS_REVISIT", "6 hours", "KOMPAS_REVISIT has '6 hours'"),
        (
            "KOMPAS_DATABASE",
            "x.db",
            "KOMPAS_DATABASE is not a setting; did you mean KOMPAS_DATABASE_URL",
        ),
    ],
)
def test_a_wrong_setting_is_such_a_problem_of_configuration(
    name: str, value: str, line: str, server: Server, sqlite_url: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationProblem, match=line) as met:
        crawl(
            "kompas",
            mirror=server.url,
            database_url=sqlite_url,
            folder=tmp_path,
            settings={name: value},
        )
    assert met.value.code == 4
    assert not server.requests


def test_a_crawl_that_did_its_work_ends_with_0_and_says_what_it_did(
    env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path, server: Server
) -> None:
    feed = tmp_path / "feed.csv"
    first = scrapy_cli("crawl", "kompas", "-O", str(feed), env=env)
    assert first.returncode == 0
    stored = len(server.site.keys_within(2))
    assert f"crawl: done: {stored} new" in said(first)
    key = next(csv.DictReader(feed.read_text(encoding="utf-8").splitlines()))["id"]
    forgetting = scrapy_cli("forget", key, "--dry-run", env=env)
    assert f"an export contains it: {feed}" in forgetting.stdout
    feed.unlink()
    again = scrapy_cli("crawl", "kompas", "-O", str(feed), env=env)
    assert again.returncode == 0
    assert "crawl: done: 0 new" in said(again)
    assert not feed.exists(), "an empty feed was written"


@pytest.mark.slow
def test_it_works_from_any_folder_of_the_project(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    finished = scrapy_cli("crawl", "kompas", env=env, cwd=ROOT / "tests" / "commands")
    assert finished.returncode == 0, finished.stderr


def test_a_second_crawl_on_the_same_archive_ends_with_5(
    env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    engine = open_engine(database_url(env["KOMPAS_DATABASE_URL"], tmp_path))
    lock = ArchiveLock(engine)
    lock.acquire()
    try:
        finished = scrapy_cli("crawl", "kompas", env=env)
    finally:
        lock.release()
        engine.dispose()
    assert finished.returncode == 5
    assert "another crawl is running" in said(finished)


@pytest.mark.slow
def test_an_archive_of_a_mirror_takes_nothing_from_the_live_site(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    assert scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env).returncode == 0
    finished = scrapy_cli("crawl", "kompas", env=env | {"KOMPAS_MIRROR": ""})
    assert finished.returncode == 4
    assert "of a mirror and must not be mixed with the live site" in said(finished)


@pytest.mark.slow
def test_a_database_of_a_newer_release_ends_with_4(
    env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    assert scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env).returncode == 0
    with sqlite3.connect(tmp_path / "kompas.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    finished = scrapy_cli("crawl", "kompas", env=env)
    assert finished.returncode == 4
    assert "newer release" in said(finished)


def test_a_database_that_does_not_answer_ends_with_6(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    dead = "postgresql+psycopg://user:geheim@127.0.0.1:1/nothing"
    finished = scrapy_cli("crawl", "kompas", env=env | {"KOMPAS_DATABASE_URL": dead})
    assert finished.returncode == 6, finished.stderr
    assert "does not answer" in said(finished)
    assert "geheim" not in finished.stderr + finished.stdout


def test_no_network_ends_within_seconds_with_8(
    env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    port = server.port
    server.faults["https://"] = Fault(cut_after=0)
    begun = time.monotonic()
    finished = scrapy_cli(
        "crawl", "kompas", env=env | {"KOMPAS_MIRROR": f"http://127.0.0.1:{port}"}
    )
    assert finished.returncode == 8, finished.stderr
    assert "is reachable" in said(finished)
    assert "make demo" in said(finished)
    assert time.monotonic() - begun < 30


def test_a_site_that_refuses_us_ends_with_9_and_advice(
    env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    for path in ("read", "?", ""):
        server.faults[f"https://money.kompas.com/{path}"] = Fault(status=403)
    server.faults["https://"] = Fault(status=403)
    server.faults["https://www.kompas.com/robots.txt"] = Fault(status=404)
    finished = scrapy_cli("crawl", "kompas", "-s", "DOWNLOAD_DELAY=0.01", env=env)
    assert finished.returncode == 9, finished.stderr
    assert "ask Kompas for permission" in said(finished)
    ask, fill = finished.stderr.splitlines()[-3:-1]
    assert "ask for permission: https://inside.kompas.com/about-us#meet" in ask
    assert "scrapy crawl commoncrawl" in fill


def test_a_limit_of_pages_ends_with_11_and_the_same_command_goes_on(
    env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    finished = scrapy_cli("crawl", "kompas", "-s", "CLOSESPIDER_PAGECOUNT=20", env=env)
    assert finished.returncode == 11, finished.stderr
    assert "run the same command again to continue" in said(finished)
    again = scrapy_cli("crawl", "kompas", env=env)
    assert again.returncode == 0
    with sqlite3.connect(env["KOMPAS_DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        count = connection.execute("select count(*) from articles").fetchone()[0]
    connection.close()
    assert count == len(server.site.keys_within(2))


def test_a_limit_of_articles_is_kept_and_ends_with_0(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    finished = scrapy_cli("crawl", "kompas", "-a", "limit=7", env=env)
    assert finished.returncode == 0
    assert "7 new" in said(finished)


def test_a_signal_ends_with_12_and_the_same_command_goes_on(
    env: dict[str, str],
    scrapy_cli: ScrapyCli,
    scrapy_process: ScrapyProcess,
    server: Server,
    tmp_path: Path,
) -> None:
    """Four times, once or twice each by a signal of either kind, until it may finish."""
    signals = (signal.SIGTERM, signal.SIGINT)
    for number, times in ((number, times) for times in (1, 2) for number in signals):
        log = tmp_path / f"{number.name}-{times}"
        process = scrapy_process("crawl", "kompas", "-s", "DOWNLOAD_DELAY=0.05", env=env, log=log)
        asked, deadline = len(server.requests) + 12, time.monotonic() + 60
        while len(server.requests) < asked and time.monotonic() < deadline:
            time.sleep(0.01)
        for _ in range(times):
            os.kill(process.pid, number)
            time.sleep(0.05)
        assert process.wait(30) == 12, log.read_text()
        assert "Traceback" not in log.read_text()
        assert "run the same command again" in log.read_text()
    assert scrapy_cli("crawl", "kompas", env=env).returncode == 0
    with sqlite3.connect(env["KOMPAS_DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        count = connection.execute("select count(*) from articles").fetchone()[0]
    connection.close()
    assert count == len(server.site.keys_within(2))


def test_a_signal_while_starting_ends_with_12(
    env: dict[str, str], scrapy_process: ScrapyProcess, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    process = scrapy_process("crawl", "kompas", env=env, log=log)
    deadline = time.monotonic() + 60
    while "started" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(30) == 12, log.read_text()
    assert "Traceback" not in log.read_text()


def test_an_unexpected_error_ends_with_1_and_loses_nothing(
    env: dict[str, str], scrapy_cli: ScrapyCli, server: Server
) -> None:
    broken = '{"tests.failing_pipeline.FailingPipeline": 350}'
    finished = scrapy_cli("crawl", "kompas", "-s", f"ITEM_PIPELINES={broken}", env=env)
    assert finished.returncode == 1, finished.stderr
    assert "unexpected error" in finished.stderr
    with sqlite3.connect(env["KOMPAS_DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        states = dict(connection.execute("select state, count(*) from frontier group by 1"))
    connection.close()
    assert states["failed"] > 0
    assert "pending" not in states


@pytest.mark.parametrize(("quiet", "said"), [((), "no article was fetched"), (("-q",), "")])
def test_a_dry_run_says_so_unless_it_is_quiet(
    scrapy_cli: ScrapyCli, sqlite_url: str, tmp_path: Path, quiet: tuple[str, ...], said: str
) -> None:
    env = {"KOMPAS_DATABASE_URL": sqlite_url, "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json")}
    asked = ("crawl", "indeks", "-a", "since=2024-01-01", "-a", "until=2024-01-02")
    done = scrapy_cli(*asked, "-a", "dry_run=1", *quiet, env=env)
    assert done.returncode == 0, done.stderr
    assert "2 days to read" in done.stdout
    assert (said in done.stderr) if said else ("dry run" not in done.stderr)
    assert "0 new" not in done.stderr
