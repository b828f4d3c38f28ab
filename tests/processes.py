"""Starting programs in tests so that none outlives its test, whatever ends the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.warm import Started


def dies_with_parent(with_signal: str) -> list[str]:
    """What to put before a command so that Linux ends it when its parent dies, even by kill -9.

    Nothing on systems that have no such thing.
    """
    setpriv = shutil.which("setpriv") if sys.platform.startswith("linux") else None
    return [setpriv, "--pdeathsig", with_signal] if setpriv else []


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int | IO[str] = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """Start *command* without input, at the head of a process group of its own."""
    return subprocess.Popen(
        [*dies_with_parent("KILL"), *command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        start_new_session=sys.platform != "win32",
    )


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run *command* to its end; past *timeout* seconds it and its children are killed.

    Raises ``subprocess.TimeoutExpired`` then, with what was printed so far.
    """
    process = start(command, cwd=cwd, env=env)
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        stdout, stderr = process.communicate()
        raise subprocess.TimeoutExpired(command, timeout, stdout, stderr) from None
    finally:
        kill(process)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def kill(process: subprocess.Popen[str] | Started) -> None:
    """Kill *process* and what it started; nothing happens when all are gone."""
    if sys.platform == "win32":
        assert isinstance(process, subprocess.Popen)
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of the dead
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_gone(group: int, *, within: float) -> bool:
    """Whether the last process of a *group* ends *within* so many seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
