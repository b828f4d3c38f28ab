"""``scrapy demo`` as a whole: what it prints, how it ends, and what it leaves behind."""

from __future__ import annotations

import argparse
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from scrapy.settings import Settings

from kompas_crawler.commands import demo
from kompas_crawler.exitcodes import AlreadyRunning, DatabaseUnavailable
from kompas_crawler.sample.demo import crawls
from kompas_crawler.sample.demo.play import play
from kompas_crawler.sample.demo.programs import Program, Programs, Unexpected
from kompas_crawler.sample.demo.stage import Stage
from kompas_crawler.sample.site.server import serve
from tests import processes
from tests.sample.demo.conftest import site
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kompas_crawler.sample.demo.screen import Screen
    from tests.conftest import ScrapyCli

STEPS = (
    "A killed crawl resumes",
    "What was stored",
    "One article in the archive",
    "The archive as files",
    "The same crawl again: nothing is fetched twice",
    "Corrections and revisions",
    "Gaps are listed, then filled",
    "Wrong responses of the site",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is a project, with nothing in it but its settings."""
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = kompas_crawler.settings\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_shows_all_steps_over_what_a_former_demo_left(
    project: Path, scrapy_cli: ScrapyCli
) -> None:
    (project / "sub" / "folder").mkdir(parents=True)
    (project / "data").mkdir()
    for name in ("demo.db", "demo.csv", "demo-health.json"):
        (project / "data" / name).write_text("of a demo that was killed")
    done = scrapy_cli("demo", cwd=project / "sub" / "folder", timeout=200)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^\d\. (.*)$", done.stdout, re.M) == list(STEPS)
    for line in (
        "274 of 274 articles, each once",
        "../../data/demo.jsonl: 266 rows",
        "no article is requested again",
        "{+ke-2.+}",
        "2 gaps listed",
        "No gaps: 278 of 278 articles",
    ):
        assert line in " ".join(done.stdout.split())
    assert re.search(r"Killed \(kill -9\) with \d+ articles stored", done.stdout)
    assert not re.search(r"[^\n -\uffff]|\x7f", done.stdout)
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process group is asked for its members")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_running_by_a_signal(project: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-u", "-m", "scrapy", "demo"]
    process = processes.start(command, cwd=project)
    try:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            if match := re.search(r"KOMPAS_MIRROR=http://127\.0\.0\.1:(\d+)", line):
                port = int(match[1])
            if "Killed" in line:  # and started again
                break
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (
            12,
            "scrapy demo: interrupted; all processes were stopped\n",
        )
        assert processes.is_gone(process.pid, within=30)  # the server of processes ends last
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    finally:
        processes.kill(process)


def test_two_at_once_would_spoil_each_other(screen: Screen, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".demo.lock"), pytest.raises(AlreadyRunning):
        play(screen, tmp_path, site())


# The first step.


@pytest.mark.slow
def test_a_lost_article_ends_it(screen: Screen, tmp_path: Path) -> None:
    with serve(site()) as server, Programs(tmp_path / "demo.log", 80) as programs:
        lost = max(server.site.keys_within(0))
        server.faults[server.site.article(lost).url] = Fault(status=404)
        stage = Stage(screen=screen, server=server, programs=programs, folder=tmp_path)
        line = rf"articles stored: 9\d found, 9\d expected \(missing: {lost}\)"
        with pytest.raises(Unexpected, match=line):
            crawls.killed(stage)


class Hasty(Programs):
    """Starts a program that ends at once in place of any other."""

    def start(self, *_arguments: str, settings: Mapping[str, str]) -> Program:
        return super().start("demo", "--kapan", settings=settings)


@pytest.mark.slow
def test_a_crawl_that_cannot_be_killed_ends_it(screen: Screen, tmp_path: Path) -> None:
    with serve(site()) as server, Hasty(tmp_path / "demo.log", 80) as programs:
        stage = Stage(screen=screen, server=server, programs=programs, folder=tmp_path)
        with pytest.raises(
            Unexpected, match="ended before it was killed: scrapy demo: unknown option"
        ):
            crawls.killed(stage)


# The command.


LOG = "; see data/demo.log for the output of the crawls"


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Unexpected("rows: 1 found, 2 expected"), 1, f"rows: 1 found, 2 expected{LOG}"),
        (DatabaseUnavailable("no answer"), 1, f"no answer{LOG}"),
        (
            PermissionError(13, "Permission denied", "data"),
            1,
            f"[Errno 13] Permission denied: 'data'{LOG}",
        ),
        (AlreadyRunning("another demo is running here"), 5, "another demo is running here"),
        (KeyboardInterrupt(), 12, "interrupted; all processes were stopped"),
    ],
)
def test_it_ends_with_one_line(
    error: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(demo, "play", fail)
    command = demo.Command()
    command.settings = Settings()
    command.run([], argparse.Namespace())
    assert command.exitcode == code
    assert capsys.readouterr() == ("", f"scrapy demo: {line}\n")


@pytest.mark.usefixtures("_handlers")
def test_it_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for given, line in (
        ("--kapan", "unknown option --kapan; see --help"),
        ("kapan", "unexpected argument 'kapan'; 'scrapy demo' takes options only"),
    ):
        command = demo.Command()
        command.settings = Settings()
        command.run([given], argparse.Namespace())
        assert command.exitcode == 2
        assert capsys.readouterr().err == f"scrapy demo: {line}\n"
