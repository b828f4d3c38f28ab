"""Errors of this package in Scrapy's own commands are one line; others keep their traceback."""

from __future__ import annotations

import shlex
import sys

import pytest

from kompas_crawler.cli import uncaught
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from tests import processes
from tests.conftest import ROOT


@pytest.mark.slow
def test_an_error_that_ends_the_shell_is_one_line() -> None:
    command = [sys.executable, "-m", "scrapy", "shell", "-c", "1", "--nolog"]
    done = processes.run(command, cwd=ROOT, env={"KOMPAS_CONTACT": "a(b"}, timeout=60)
    assert done.returncode == Exit.CONFIGURATION
    assert done.stderr.splitlines() == [
        "scrapy: KOMPAS_CONTACT must be an address or URL in plain characters, not 'a(b'"
    ]


def test_another_error_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    error = KeyError("url")
    uncaught._end(KeyError, error, None)
    assert "KeyError: 'url'" in capsys.readouterr().err


def test_an_interruption_outside_a_command_ends_with_12(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        uncaught._end(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended.value.code == Exit.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_spider_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = KeyError("Spider not found: nosuch")
    with pytest.raises(SystemExit) as ended:
        uncaught._end(KeyError, error, None)
    assert ended.value.code == Exit.USAGE
    assert capsys.readouterr().err == "scrapy: Spider not found: nosuch\n"


def test_an_argument_that_is_no_utf_8_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnicodeEncodeError) as refused:
        "\udcff".encode()
    uncaught._end(UnicodeEncodeError, refused.value, None)  # of a text, not of an argument
    assert "UnicodeEncodeError" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["scrapy", "search", "\udcff"])
    with pytest.raises(SystemExit) as ended:
        uncaught._end(UnicodeEncodeError, refused.value, None)
    assert ended.value.code == Exit.USAGE
    assert capsys.readouterr().err == "scrapy: an argument is not text in UTF-8\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell with pipes")
@pytest.mark.parametrize("arguments", ["list", "--help"])
def test_a_reader_who_leaves_gets_no_traceback(arguments: str) -> None:
    script = f"{shlex.quote(sys.executable)} -m scrapy {arguments} | true; exit ${{PIPESTATUS[0]}}"
    done = processes.run(["bash", "-c", script], cwd=ROOT, env={}, timeout=60)
    assert (done.returncode, done.stderr) == (Exit.ERROR, "")


def test_control_characters_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigurationProblem("KOMPAS_NOW is \x1b[2J")
    with pytest.raises(SystemExit) as ended:
        uncaught._end(type(error), error, None)
    assert ended.value.code == Exit.CONFIGURATION
    assert "\x1b" not in capsys.readouterr().err
