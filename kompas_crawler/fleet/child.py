"""One job at work: a crawl in a process of its own, exactly the one a person would type."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from kompas_crawler.crawl.fleet_share import BY_WORKER
from kompas_crawler.project import project_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SAID = "scrapy crawl: "
_LONGEST_LINE = 1024 * 1024


class Child:
    """A crawl that runs; ``say`` is given each line of what it says."""

    def __init__(self, process: asyncio.subprocess.Process, say: Callable[[str], None]) -> None:
        self._process = process
        self._say = say
        self._last = ""

    @classmethod
    async def start(
        cls, command: Sequence[str], options: Sequence[str], say: Callable[[str], None]
    ) -> Child:
        """Begin ``scrapy crawl COMMAND`` with the worker's own *options*."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scrapy", "crawl", *command, *options),
            cwd=project_dir(),
            env=os.environ | {"KOMPAS_FLEET": BY_WORKER},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for the worker, which passes it on once
        )
        return cls(process, say)

    async def end(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and the line in which the crawl said how it went."""
        assert self._process.stdout is not None
        while True:
            try:
                raw = await self._process.stdout.readline()
            except ValueError:  # a line past all measure
                continue
            if not raw:
                break
            line = raw.decode(errors="replace").rstrip()
            if line.startswith(_SAID):
                self._last = line.removeprefix(_SAID)
            self._say(line)
        code = await self._process.wait()
        if code < 0:
            return code, f"killed by signal {-code}"
        return code, self._last or f"ended with exit code {code}"

    def stop(self) -> None:
        """Ask it to end; asked twice it ends at once."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End it whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
