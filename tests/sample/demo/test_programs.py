"""The commands of the demo are programs that end with it, whatever ends it."""

from __future__ import annotations

import argparse
import signal
import sys
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings

from kompas_crawler.commands import demo
from kompas_crawler.sample.demo import programs as module
from kompas_crawler.sample.demo.programs import Programs, Unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SITE = ("sample-site", "--port", "0", "--articles", "1")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "demo.log"


@pytest.mark.slow
def test_a_program_answers_and_is_logged(log: Path) -> None:
    with Programs(log, 80) as programs:
        (done,) = programs.run(("demo", "--kapan"), settings={"KOMPAS_NOW": "besok"})
    assert done.code == 2
    assert done.last_line == "scrapy demo: unknown option --kapan; see --help"
    head, *_, last = log.read_text("utf-8").strip().splitlines()
    assert (head, last) == ("$ KOMPAS_NOW=besok scrapy demo --kapan", done.last_line)


def test_what_would_change_a_crawl_is_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KOMPAS_REVISIT", "SCRAPY_LOG_LEVEL", "https_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HOME", "/rumah")
    environment = module._environment()
    assert environment["HOME"] == "/rumah"
    assert not [name for name, value in environment.items() if value == "x"]


def test_what_still_runs_is_killed_at_the_end(log: Path) -> None:
    with Programs(log, 80) as programs:
        program = programs.start(*SITE, settings={})
    assert program.was_killed
    assert program._process.exitcode == (1 if sys.platform == "win32" else -9)


def test_a_program_is_killed_as_soon_as_it_is_not_wanted(log: Path) -> None:
    looks = iter([True, True, False])
    with Programs(log, 80) as programs:
        program = programs.start(*SITE, settings={})
        program.wait(lambda: next(looks))
    assert program.was_killed
    assert next(looks, "none left") == "none left"


def test_a_program_that_is_stuck_ends_the_demo(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 0.3)
    with (
        Programs(log, 80) as programs,
        pytest.raises(Unexpected, match="a command did not end within 0 s"),
    ):
        programs.run(SITE, settings={})


def test_an_interruption_is_heard_before_a_program_begins(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.processes(), "Process", lambda **_: pytest.fail("it began"))
    with Programs(log, 80, lambda: True) as programs, pytest.raises(KeyboardInterrupt):
        programs.start(*SITE, settings={})


def test_an_interruption_while_one_runs_leaves_none_running(log: Path) -> None:
    came = False
    with Programs(log, 80, lambda: came) as programs:
        program = programs.start(*SITE, settings={})
        came = True
        with pytest.raises(KeyboardInterrupt):
            program.wait()
    assert program.was_killed


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseProcess]]:
    """Every program starts with a Ctrl-C that comes before its start is noted."""
    started: list[BaseProcess] = []
    start = BaseProcess.start

    def start_and_interrupt(process: BaseProcess) -> None:
        start(process)
        started.append(process)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(BaseProcess, "start", start_and_interrupt)
    yield started
    for process in started:
        process.kill()
        process.join()


@pytest.mark.usefixtures("_handlers")
def test_a_signal_while_a_program_starts_leaves_none_running(
    log: Path, starting: list[BaseProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(_1: object, _2: object, _3: object, is_interrupted: Callable[[], bool]) -> None:
        with Programs(log, 80, is_interrupted) as programs:
            programs.run(SITE, settings={})

    monkeypatch.setattr(demo, "play", play)
    command = demo.Command()
    command.settings = Settings()
    command.run([], argparse.Namespace())
    assert command.exitcode == 12
    assert [process.exitcode is not None for process in starting] == [True]


@pytest.mark.usefixtures("_handlers")
def test_control_a_signal_that_raises_leaves_it_running(
    log: Path, starting: list[BaseProcess]
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), Programs(log, 80) as programs:
        programs.start(*SITE, settings={})
    assert [process.exitcode == -signal.SIGKILL for process in starting] == [False]
