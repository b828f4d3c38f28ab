"""``tools/venv.sh``: it installs what the locks hold, and says why it does not."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kompas_crawler.project import how_to_install
from tests import processes
from tests.test_project import LOCKS, ROOT, needs_sh, pyproject
from tools import extras


@needs_sh
def test_unknown_kind_of_venv_is_refused() -> None:
    said = processes.run(["sh", "tools/venv.sh", "nonsense"], cwd=ROOT, timeout=30)
    assert said.returncode == 2
    assert said.stderr == "usage: sh tools/venv.sh runtime|dev [EXTRA ...|all]\n"


PYTHON = """#!/bin/sh
echo "$*" >>calls
case "$*" in
"-m pip config list") env | sed -n "s/^PIP_\\(NO_IN\\|IN\\)/:env:.\\1/p" | tr A-Z_ a-z- ;;
"tools/extras.py check "*) shift 2 && echo "$*" ;;
*--require-hashes*)
    [ -n "$REASON" ] || exit 0
    echo "WARNING: of no interest"
    echo "ERROR: $REASON"
    exit 1 ;;
esac
"""


def venv_of(folder: Path, reason: str, **environment: str) -> tuple[int, str, str]:
    """What ``tools/venv.sh`` does where pip refuses the lock: code, what is said, pip's calls."""
    for name in ("tools/venv.sh", "pyproject.toml", *LOCKS):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "python").write_text(PYTHON)
    (programs / "python").chmod(0o755)
    (programs / "pip").write_text(f"{folder}/.venv/")
    said = processes.run(
        ["sh", "tools/venv.sh", "runtime"],
        cwd=folder,
        timeout=30,
        env={**os.environ, "REASON": reason, **environment},
    )
    calls = (folder / "calls").read_text().splitlines()
    wanted = [call for call in calls if "pip install" in call or "extras.py lock" in call]
    wanted = [call for call in wanted if "--target .venv/uv" not in call]
    return said.returncode, said.stderr, "\n".join(wanted)


def a_checkout(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / ".venv").mkdir()
    for name in ("Makefile", "scrapy.cfg"):
        shutil.copy(ROOT / name, folder)
    monkeypatch.chdir(folder)
    return folder / ".venv"


def test_a_missing_extra_is_installed_by_make_in_its_own_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(a_checkout(tmp_path, monkeypatch)))
    assert how_to_install("excel", "warc") == "make install ARGS=excel,warc"


def test_and_by_pip_in_any_other_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_checkout(tmp_path, monkeypatch)
    words = shlex.split(how_to_install("excel", "fleet", "postgres"))
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    declared = pyproject()["project"]["optional-dependencies"]
    wanted = {name for extra in ("excel", "fleet", "postgres") for name in declared[extra]}
    assert set(map(Requirement, words[4:])) == set(map(Requirement, wanted))
    assert len(words[4:]) == len(wanted)


@pytest.mark.parametrize("extra", ["all", "excel"])
def test_extras_take_their_versions_and_hashes_from_the_lock(
    extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def missing(wanted: list[str], _blocks: list[str]) -> set[str]:
        asked.extend(wanted)
        return {"xlsxwriter"}

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(extras, "_missing", missing)
    assert extras.main("lock", [extra]) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"^(\S+)==", printed, re.MULTILINE) == ["xlsxwriter"]
    assert "--hash=sha256:" in printed
    declared = pyproject()["project"]["optional-dependencies"]
    names = list(declared) if extra == "all" else [extra]
    assert asked == [line for name in names for line in declared[name]]


def test_an_unknown_extra_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert extras.main("check", ["exel"]) == 2
    assert capsys.readouterr().err.startswith("there is no extra exel; there are: all, postgres, ")


WITHHELD = "No matching distribution found for lxml==6.0.2"
CHANGED = "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."


@needs_sh
@pytest.mark.parametrize("value", ["", "0"])
def test_a_withheld_file_does_not_lead_to_unlocked_ones(tmp_path: Path, value: str) -> None:
    code, said, calls = venv_of(tmp_path, WITHHELD, KOMPAS_UNLOCKED=value)
    assert code == 1
    lines = said.splitlines()
    assert lines[0] == "Installing into .venv ..."
    assert lines[1].endswith(f".venv/install.log): ERROR: {WITHHELD}")
    assert "KOMPAS_UNLOCKED=1" in lines[2]
    assert len(lines) == 3
    assert "--require-hashes" in calls
    assert len(calls.splitlines()) == 1


@needs_sh
def test_control_where_asked_to_it_installs_without_hashes(tmp_path: Path) -> None:
    code, said, calls = venv_of(tmp_path, WITHHELD, KOMPAS_UNLOCKED="1")
    assert code == 0, said
    assert WITHHELD in said
    assert calls.splitlines()[-1] == "-m pip install --prefer-binary -e ."


@needs_sh
def test_a_changed_file_is_refused_even_then(tmp_path: Path) -> None:
    code, said, calls = venv_of(tmp_path, CHANGED, KOMPAS_UNLOCKED="1")
    assert code == 1
    assert "nothing was installed instead" in said
    assert len(calls.splitlines()) == 1


OFFLINE = """no network
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'X'
ERROR: No matching distribution found for lxml==6.0.2"""


@needs_sh
@pytest.mark.parametrize("value", ["", "1"])
def test_without_a_network_the_network_is_named(tmp_path: Path, value: str) -> None:
    code, said, calls = venv_of(tmp_path, OFFLINE, KOMPAS_UNLOCKED=value)
    assert code == 1
    assert said.splitlines()[1].startswith("The package index cannot be reached: check the network")
    assert "lxml" not in said
    assert len(calls.splitlines()) == 1


@needs_sh
def test_an_upgrade_installs_the_extras_that_were_there(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    venv.mkdir()
    for name in ("runtime", "excel", "warc", "extractors", "left-out-since"):
        (venv / f"installed-{name}").write_text("the key of the former release\n")
    code, said, calls = venv_of(tmp_path, "", KOMPAS_UNLOCKED="")
    assert code == 0, said
    assert said.splitlines()[-1] == "Installing the extras: excel warc ..."
    assert calls.splitlines()[-1] == "tools/extras.py lock excel warc"
    key = (venv / "installed-runtime").read_text()
    assert [(venv / f"installed-{name}").read_text() for name in ("excel", "warc")] == [key, key]


UV = """#!/bin/sh
echo "uv $*" >>calls
exit "$CODE"
"""


@needs_sh
@pytest.mark.parametrize(
    ("code", "told", "programs"),
    [
        ("0", {}, ["uv", "uv"]),
        ("2", {}, ["uv", "pip", "uv", "pip"]),
        ("0", {"PIP_INDEX_URL": "https://index.example/simple"}, ["pip", "pip"]),
        ("0", {"PIP_NO_INDEX": "1"}, ["pip", "pip"]),
    ],
)
def test_uv_installs_unless_it_fails_or_pip_was_told_where_to_ask(
    code: str, told: dict[str, str], programs: list[str], tmp_path: Path
) -> None:
    uv = tmp_path / ".venv" / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV)
    uv.chmod(0o755)
    ended, said, calls = venv_of(tmp_path, "", CODE=code, **told)
    assert ended == 0, said
    assert ["uv" if line.startswith("uv ") else "pip" for line in calls.splitlines()] == programs
    assert all("--require-hashes" in line or "-e ." in line for line in calls.splitlines())


def test_the_last_python_that_the_message_names_is_one_that_ci_tries() -> None:
    said = (ROOT / "tools/venv.sh").read_text()
    (last,) = re.findall(r"use Python 3\.11 to (3\.\d+)", said)
    assert f'python: "{last}"' in (ROOT / ".github/workflows/check.yml").read_text()
