"""Run the ``scrapy`` commands of the demo as processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from kompas_crawler.sample.demo.stage import Unexpected

LIMIT = 120.0
"""Timeout of a process in seconds."""
TICK = 0.05
"""Seconds between two polls of a process."""


class Done(NamedTuple):
    """The result of a process: exit code, standard output, last line of standard error."""

    code: int
    answer: str
    last_line: str


class Runs(Protocol):
    """Runs ``scrapy ARGUMENTS`` commands in parallel, with *settings*, until they end."""

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]: ...


@dataclass
class Program:
    """One running process; its answer, on standard output, is short."""

    _process: subprocess.Popen[bytes]
    _log: Path
    _began_at: int
    _look: Callable[[], None]
    was_killed: bool = False

    def wait(self, watch: Callable[[], bool] = lambda: True) -> Done:
        """Wait for its end; kill it when *watch*, which is polled, returns false."""
        end = time.monotonic() + LIMIT
        while self._process.poll() is None:
            self._look()
            if not watch():
                self.kill()
            elif time.monotonic() > end:
                self.kill()
                raise Unexpected(f"a command did not end within {LIMIT:.0f} s")
            else:
                time.sleep(TICK)
        answer, _ = self._process.communicate()
        with self._log.open("r+b") as log:
            log.seek(self._began_at)
            said = log.read().decode("utf-8", "replace").splitlines()
            log.write(answer)
        last_line = said[-1] if said else ""
        return Done(self._process.returncode, answer.decode("utf-8", "replace"), last_line)

    def kill(self) -> None:
        """Kill it (SIGKILL); no effect if it has ended."""
        if self._process.poll() is None:
            self.was_killed = True
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill it, and release its output."""
        self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Programs:
    """Starts processes and kills those that still run at the end of the block.

    Their environment is the caller's without variables that affect a crawl. Their output goes to
    *log*; tables are at most *columns* wide. Raises ``KeyboardInterrupt`` if *is_interrupted*
    returns true before a start or during a wait.
    """

    def __init__(
        self, log: Path, columns: int, is_interrupted: Callable[[], bool] = lambda: False
    ) -> None:
        self._log = log
        self._columns = columns
        self._is_interrupted = is_interrupted
        self._started: list[Program] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._started:
            program.close()

    def start(self, *arguments: str, settings: Mapping[str, str]) -> Program:
        """Start ``scrapy ARGUMENTS`` with *settings* in its environment."""
        given = " ".join(f"{name}={value}" for name, value in settings.items())
        # -P: do not import modules from the working directory.
        command = [sys.executable, "-P", "-m", "scrapy", *arguments]
        environment = _environment() | {"COLUMNS": str(self._columns), **settings}
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        self._look()
        with self._log.open("ab") as log:
            log.write(f"\n$ {given} scrapy {' '.join(arguments)}\n".encode())
            log.flush()
            began_at = log.tell()
            process = subprocess.Popen(
                command, env=environment, stdin=null, stdout=pipe, stderr=log
            )
            self._started.append(Program(process, self._log, began_at, self._look))
        return self._started[-1]

    def _look(self) -> None:
        if self._is_interrupted():
            raise KeyboardInterrupt

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]:
        started = [self.start(*arguments, settings=settings) for arguments in commands]
        return [program.wait() for program in started]


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KOMPAS_", "SCRAPY_")) and not name.lower().endswith("_proxy")
    }
    return kept | {"PYTHONUTF8": "1", "SCRAPY_SETTINGS_MODULE": "kompas_crawler.settings"}
