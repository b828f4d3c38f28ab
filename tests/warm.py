"""``scrapy`` commands in processes forked with everything imported: a second less of CPU each.

What a command does when it starts anew, ``processes`` tests: signals, the wheel.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.programs import be_scrapy, processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.process import BaseProcess


class Started:
    """A running command, with what tests use of ``subprocess.Popen``."""

    def __init__(self, process: BaseProcess) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code


def start(arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Started:
    """Start ``scrapy ARGUMENTS``, at the head of a process group of its own."""
    given = (str(cwd), list(arguments), {**os.environ, **env}, log, log)
    process = processes().Process(target=_scrapy, args=given)
    process.start()
    return Started(process)


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run ``scrapy ARGUMENTS`` to its end; past *timeout* seconds it and its children are killed.

    Raises ``subprocess.TimeoutExpired`` then, with what was printed so far.
    """
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        given = (str(cwd), list(arguments), {**os.environ, **env}, out, err)
        process = processes().Process(target=_scrapy, args=given)
        process.start()
        process.join(timeout)
        code = process.exitcode
        assert process.pid is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        said = [path.read_text("utf-8", "replace") if path.exists() else "" for path in (out, err)]
    if code is None:
        raise subprocess.TimeoutExpired(arguments, timeout, *said)
    return subprocess.CompletedProcess(arguments, code, *said)


def _scrapy(
    cwd: str, arguments: Sequence[str], env: Mapping[str, str], out: Path, err: Path
) -> None:
    os.setsid()  # a group of its own, which can be killed whole
    os.chdir(cwd)
    sys.path[0] = cwd
    be_scrapy(arguments, env, out, err)
