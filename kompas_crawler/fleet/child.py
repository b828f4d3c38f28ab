"""A running job: ``scrapy crawl`` in a process of its own."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from kompas_crawler.crawl.fleet_share import BY_WORKER
from kompas_crawler.project import project_dir

_VERDICT = "scrapy crawl: "
_LONGEST_LINE = 1024 * 1024


class Child:
    """A running crawl; *report* is called with each line of its output."""

    def __init__(self, process: asyncio.subprocess.Process, report: Callable[[str], None]) -> None:
        self._process = process
        self._report = report

    @classmethod
    async def start(
        cls, command: Sequence[str], options: Sequence[str], report: Callable[[str], None]
    ) -> Self:
        """Start ``scrapy crawl COMMAND`` with the worker's *options*."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scrapy", "crawl", *command, *options),
            cwd=project_dir(),
            env=os.environ | {"KOMPAS_FLEET": BY_WORKER},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C goes to the worker, which passes it on once
        )
        return cls(process, report)

    async def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and the crawl's last verdict line."""
        assert self._process.stdout is not None
        last = ""
        while True:
            try:
                raw = await self._process.stdout.readline()
            except ValueError:  # longer than _LONGEST_LINE
                continue
            if not raw:
                break
            line = raw.decode(errors="replace").rstrip()
            if line.startswith(_VERDICT):
                last = line.removeprefix(_VERDICT)
            self._report(line)
        code = await self._process.wait()
        if code < 0:
            return code, f"killed by signal {-code}"
        return code, last or f"ended with exit code {code}"

    def stop(self) -> None:
        """Send SIGTERM; a second one ends the crawl at once."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
