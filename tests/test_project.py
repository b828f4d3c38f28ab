"""The project around the code: make targets, scripts, locks, the layout of the package."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kompas_crawler.project import how_to_install
from tests import processes
from tools import extras

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "kompas_crawler"
SCRIPTS = (".ci/run", "tools/venv.sh", "tools/lock.sh", "tools/extractors.sh")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-fleet.lock")

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sh")
needs_make = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None, reason="make is not installed"
)


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules() -> list[str]:
    """Names of the package's modules but Alembic's, which only it can run."""
    paths = [path.relative_to(ROOT).with_suffix("") for path in sorted(PACKAGE.rglob("*.py"))]
    return [
        ".".join(path.parts).removesuffix(".__init__")
        for path in paths
        if "migrations" not in path.parts
    ]


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


# Targets


@needs_make
def test_make_without_a_target_lists_every_target() -> None:
    said = processes.run(["make"], cwd=ROOT, timeout=30)
    listed = re.findall(r"^make ([a-z-]+) +\S", said.stdout, re.MULTILINE)
    (targets,) = re.findall(r"^TARGETS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed == targets.split()
    assert said.returncode == 0


@needs_make
def test_ci_does_what_make_check_does() -> None:
    said = processes.run(["make", "--dry-run", "check"], cwd=ROOT, timeout=30).stdout
    for tool in ("tools/venv.sh dev", "ruff check .", "ruff format --check .", "mypy", "pytest"):
        assert tool in said
    assert "not slow" not in said
    assert "exec make check\n" in (ROOT / ".ci/run").read_text()


@needs_sh
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_is_executable_and_plain_sh(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(path)], check=True)


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


def test_the_audit_takes_one_version_of_its_tool() -> None:
    """And of no other package that a workflow installs by name."""
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        for command in re.findall(r"pip install (.+)", workflow.read_text()):
            names = [word for word in command.split() if not word.startswith("-")]
            is_locked = "--require-hashes" in command or names == ["."]
            assert is_locked or all("==" in name for name in names), f"{workflow.name}: {command}"


# Locks


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_versions_and_hashes_alone(lock: str) -> None:
    """No index, address or path: what the one who wrote it had set is nobody else's."""
    allowed = re.compile(
        r"# Written by: make lock"
        r"|[a-z0-9-]+==[0-9][0-9a-z.]*( ; [a-zA-Z0-9_ .'()<>=!]+)? \\"
        r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not allowed.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("lock", "is_dev"), [("requirements.lock", False), ("requirements-dev.lock", True)]
)
def test_lock_is_in_the_ranges_of_pyproject(lock: str, is_dev: bool) -> None:
    project = pyproject()["project"]
    wanted: list[str] = list(project["dependencies"])
    if is_dev:
        wanted += [line for lines in project["optional-dependencies"].values() for line in lines]
        groups = pyproject()["dependency-groups"]
        # Others are measured as they come today, so that group is not locked.
        wanted += [line for name, lines in groups.items() if name != "bench" for line in lines]
    versions = pinned(lock)
    stale = []
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            stale.append(f"{requirement}: locked is {version}")
    assert stale == [], "run: make lock"


def test_the_locks_agree() -> None:
    runtime, dev, fleet = map(pinned, LOCKS)
    assert runtime.items() <= fleet.items() <= dev.items()


def test_postgres_is_an_extra() -> None:
    assert "postgres" in pyproject()["project"]["optional-dependencies"]


# The package


@pytest.mark.parametrize("module", modules())
def test_module_is_importable(module: str) -> None:
    importlib.import_module(module)


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(f) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def test_file_names_say_what_is_inside() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "misc"}
    paths = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*")]
    assert [str(p) for p in paths if p.stem in vague] == []


def is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def test_no_test_is_a_docstring_alone() -> None:
    assert [
        f"{path.relative_to(ROOT)}: {each.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
        if all(is_docstring(line) for line in each.body)
    ] == []


def test_every_file_of_the_package_is_shipped() -> None:
    patterns = pyproject()["tool"]["setuptools"]["package-data"]["kompas_crawler"]
    shipped = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    files = (p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    left_out = [p for p in sorted(files) if p.suffix != ".py" and p not in shipped]
    assert [str(p.relative_to(ROOT)) for p in left_out] == [], (
        "add them to [tool.setuptools.package-data] in pyproject.toml"
    )
