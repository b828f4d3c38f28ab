"""The ``scrapy`` commands of the demo, as programs of their own: started, watched, killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kompas_crawler.sample.demo.expectations import Unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LIMIT = 120.0
"""Seconds after which a program is held to be stuck."""
TICK = 0.05
"""Seconds between two looks at a program."""


class Done(NamedTuple):
    """How a program ended: its exit code, what it answered, and its last line for people."""

    code: int
    answer: str
    last_line: str


class Runs(Protocol):
    """Runs commands side by side, each ``scrapy ARGUMENTS`` with *settings*, to their ends."""

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]: ...


class Program:
    """One program under way."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        log: Path,
        look: Callable[[], None],
    ) -> None:
        self.was_killed = False
        self._look = look
        self._log = log
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed in ``_done``
        self._began_at = log.stat().st_size
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._answer,
                stderr=errors,
            )

    def wait(self, watch: Callable[[], bool] = lambda: True) -> Done:
        """Wait for the end; kill it as soon as *watch*, asked again and again, says no."""
        end = time.monotonic() + LIMIT
        while self._process.poll() is None:
            self._look()
            if not watch():
                return self.kill()
            if time.monotonic() > end:
                self.kill()
                raise Unexpected(f"a command was not done within {LIMIT:.0f} s")
            time.sleep(TICK)
        return self._done()

    def kill(self) -> Done:
        """End it at once (SIGKILL), without a chance to tidy up; harmless when it is over."""
        if self._process.poll() is None:
            self.was_killed = True
            self._process.kill()
            self._process.wait()
        return self._done()

    def _done(self) -> Done:
        answer = b""
        if not self._answer.closed:
            with self._answer as file:
                file.seek(0)
                answer = file.read()
        with self._log.open("r+b") as log:
            log.seek(self._began_at)
            said = log.read().decode("utf-8", "replace").splitlines()
            log.write(answer)
        last_line = said[-1] if said else ""
        return Done(self._process.returncode, answer.decode("utf-8", "replace"), last_line)


class Programs:
    """Starts programs; what still runs when the block ends is killed.

    They have the caller's environment without what would change how a crawl goes. What
    they print goes to *log*; their tables are *columns* wide at most. ``KeyboardInterrupt``
    is raised where *is_interrupted* says so, before a start or while one is waited for.
    """

    def __init__(
        self, log: Path, columns: int, is_interrupted: Callable[[], bool] = lambda: False
    ) -> None:
        self._log = log
        self._columns = columns
        self._is_interrupted = is_interrupted
        self._started: list[Program] = []

    def __enter__(self) -> Programs:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._started:
            program.kill()

    def start(self, *arguments: str, settings: Mapping[str, str]) -> Program:
        """Start ``scrapy ARGUMENTS`` with *settings* in its environment."""
        given = " ".join(f"{name}={value}" for name, value in settings.items())
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {given} scrapy {' '.join(arguments)}\n")
        # -P: what lies in the current folder is no module.
        command = [sys.executable, "-P", "-m", "scrapy", *arguments]
        environment = _environment() | {"COLUMNS": str(self._columns), **settings}
        self._look()
        program = Program(command, environment, self._log, self._look)
        self._started.append(program)
        return program

    def _look(self) -> None:
        """Raise ``KeyboardInterrupt`` when the demo is to end."""
        if self._is_interrupted():
            raise KeyboardInterrupt

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]:
        """Run each ``scrapy ARGUMENTS``, side by side, to their ends."""
        started = [self.start(*arguments, settings=settings) for arguments in commands]
        return [program.wait() for program in started]


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KOMPAS_", "SCRAPY_")) and not name.lower().endswith("_proxy")
    }
    return kept | {"PYTHONUTF8": "1"}
