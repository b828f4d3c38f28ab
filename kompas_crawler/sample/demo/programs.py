"""Run the ``scrapy`` commands of the demo as processes."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from scrapy import cmdline

from kompas_crawler import forking
from kompas_crawler.exitcodes import CrawlError

LIMIT = 120.0  # timeout of a process in seconds
TICK = 0.2  # seconds between two polls of a process


class Done(NamedTuple):
    """The result of a process: exit code, standard output, last line of standard error."""

    code: int
    answer: str
    last_line: str


def processes() -> Any:
    """How programs are started: with the imports of every command."""
    return forking.processes(
        __name__,
        "kompas_crawler.outcome.ending",
        "kompas_crawler.downloader.handler",
        "kompas_crawler.spiders.archive_spider",
        "scrapy.core.downloader.handlers.http11",
        "scrapy.downloadermiddlewares.cookies",
    )


def be_scrapy(arguments: Sequence[str], environ: Mapping[str, str], out: Path, err: Path) -> None:
    """Run ``scrapy ARGUMENTS`` as this process, which appends its output to files."""
    os.environ.clear()
    os.environ.update(environ)
    encoding, _, errors = environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), number)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, errors=errors or None)
    sys.stderr = os.fdopen(2, "w", 1, encoding=encoding, errors="backslashreplace")
    sys.argv = ["scrapy", *arguments]
    cmdline.execute()


@dataclass
class Program:
    """One running ``scrapy`` command; its answer, on standard output, is short."""

    _process: BaseProcess
    _answer: Path
    _log: Path
    _began_at: int  # in the log
    _look: Callable[[], None]
    was_killed: bool = False

    def wait(self, is_wanted: Callable[[], bool] = lambda: True) -> Done:
        """Wait for its end; kill it when *is_wanted*, which is polled, returns false."""
        end = time.monotonic() + LIMIT
        while self._process.is_alive():
            self._look()
            if not is_wanted():
                self.kill()
            elif time.monotonic() > end:
                self.kill()
                raise Unexpected(f"a command did not end within {LIMIT:.0f} s")
            else:
                self._process.join(TICK)
        answer = self._answer.read_bytes() if self._answer.exists() else b""
        with self._log.open("r+b") as log:
            log.seek(self._began_at)
            lines = log.read().decode("utf-8", "replace").splitlines()
            log.write(answer)
        last_line = lines[-1] if lines else ""
        return Done(self._process.exitcode or 0, answer.decode("utf-8", "replace"), last_line)

    def kill(self) -> None:
        """Kill it (SIGKILL); no effect if it has ended."""
        if self._process.is_alive():
            self.was_killed = True
            self._process.kill()
            self._process.join()


class Programs(ExitStack):
    """Starts processes and kills those that still run at the end of the block.

    Their environment is the caller's without variables that affect a crawl. Their output goes to
    *log*, *columns* wide. Raises ``KeyboardInterrupt`` once *is_interrupted* returns true.
    """

    def __init__(
        self, log: Path, columns: int, is_interrupted: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__()
        self._log = log
        self._columns = columns
        self._is_interrupted = is_interrupted
        self._answers = self.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))

    def start(self, *arguments: str, settings: Mapping[str, str]) -> Program:
        """Start ``scrapy ARGUMENTS`` with *settings* in its environment."""
        given = " ".join(f"{name}={value}" for name, value in settings.items())
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {given} scrapy {' '.join(arguments)}\n")
        self._look()
        environment = _environment() | {"COLUMNS": str(self._columns), **settings}
        began_at = self._log.stat().st_size
        answer = Path(self._answers, str(began_at))
        what = (arguments, environment, answer, self._log)
        process = processes().Process(target=be_scrapy, args=what)
        process.start()
        program = Program(process, answer, self._log, began_at, self._look)
        self.callback(program.kill)
        return program

    def _look(self) -> None:
        if self._is_interrupted():
            raise KeyboardInterrupt

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]:
        """Run ``scrapy ARGUMENTS`` commands in parallel, with *settings*, until they end."""
        started = [self.start(*arguments, settings=settings) for arguments in commands]
        return [program.wait() for program in started]


def _environment() -> dict[str, str]:
    base = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KOMPAS_", "SCRAPY_")) and not name.lower().endswith("_proxy")
    }
    return base | {"PYTHONIOENCODING": "utf-8", "SCRAPY_SETTINGS_MODULE": "kompas_crawler.settings"}


class Unexpected(CrawlError):  # noqa: N818
    """A result differs from the sample site."""
