"""Programs that check our files, in an environment of their own below ``.venv-peers``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


PACKAGES = ("wacz", "frictionless[excel,json]")


def program(name: str) -> Path:
    """A program of ``PACKAGES``; skips the test where they cannot be installed."""
    folder = ROOT / ".venv-peers" / "validators"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "installed").exists():
            python = str(folder / "bin" / "python")
            pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile"]
            for command in (
                [sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)],
                [*pip, "--quiet", "--retries", "1", "--timeout", "15", *PACKAGES],
            ):
                done = processes.run(command, cwd=ROOT, timeout=500)
                if done.returncode:
                    pytest.skip(f"{name} cannot be installed here: {done.stderr[-200:]}")
            (folder / "installed").touch()
    return folder / "bin" / name
