"""Output to a pipe whose encoding lacks letters, such as a Windows code page."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.terminal import print_any_letter
from tests import processes
from tests.archive.build import article, key
from tests.commands.calling import call, fill
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ScrapyCli

TITLE = "Gempa Çanakkale → Судан 😀"


def piped(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """Give stdout the code page of western Europe; return its bytes."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "cp1252", write_through=True))
    return raw


@pytest.mark.parametrize(
    "command", [("search", "gempa"), ("show", key(1)), ("gaps",), ("status",), ("forget", key(1))]
)
def test_no_letter_stops_a_command(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    fill(sqlite_url, article(1, title=TITLE, section="→ Money"))
    pipe = piped(monkeypatch)
    print_any_letter()
    call(command[0], sqlite_url, *command[1:])
    if command[0] in ("search", "show"):
        assert "Gempa Çanakkale ? ????? ?" in pipe.getvalue().decode("cp1252")


def test_json_keeps_every_letter(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(sqlite_url, article(1, title=TITLE))
    pipe = piped(monkeypatch)
    print_any_letter()
    assert call("search", sqlite_url, "gempa", "--json") == 0
    assert json.loads(pipe.getvalue())[0]["title"] == TITLE


def test_control_as_python_starts_it_stops(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1, title=TITLE))
    piped(monkeypatch)
    with pytest.raises(UnicodeEncodeError):
        call("search", sqlite_url, "gempa")


def test_a_command_of_its_own_prints_any_letter(sqlite_url: str, scrapy_cli: ScrapyCli) -> None:
    fill(sqlite_url, article(1, title=TITLE))
    env = {"KOMPAS_DATABASE_URL": sqlite_url, "PYTHONIOENCODING": "ascii"}
    done = scrapy_cli("search", "gempa", env=env)
    assert done.returncode == 0, done.stderr
    assert "Gempa ?anakkale ? ????? ?" in done.stdout


def test_a_reader_that_leaves_the_pipe_ends_a_command(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as left:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdout", left)
        assert call("search", sqlite_url, "paragraf", "--json") == Exit.ERROR
    assert capsys.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a shell that closes a stream")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_closed_stream_stops_no_command(sqlite_url: str, tmp_path: Path, closed: str) -> None:
    fill(sqlite_url, article(1, title=TITLE))
    path = tmp_path / "a.csv"
    line = f'"{sys.executable}" -m scrapy export "{path}" --tag banjir,nix {closed}'
    env = {"KOMPAS_DATABASE_URL": sqlite_url}
    done = processes.run(["bash", "-c", line], cwd=ROOT, env=env, timeout=60)
    assert done.returncode == Exit.DONE
    assert "Traceback" not in done.stderr
    assert TITLE in path.read_text("utf-8")
