"""The project around the code: make targets, scripts, locks, the layout of the package."""

from __future__ import annotations

import ast
import importlib
import os
import re
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

from tests import processes

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
