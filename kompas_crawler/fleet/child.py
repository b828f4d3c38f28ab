"""A running job: ``scrapy crawl`` in a process of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Sequence

from kompas_crawler.crawl.fleet_share import BY_WORKER
from kompas_crawler.project import project_dir

_VERDICT = "scrapy crawl: "
_LONGEST_LINE = 16 * 1024 * 1024


async def start(command: Sequence[str], options: Sequence[str]) -> Process:
    """Start ``scrapy crawl COMMAND`` with the worker's *options*."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrapy", "crawl", *command, *options),
        cwd=project_dir(),
        env=os.environ | {"KOMPAS_FLEET": BY_WORKER},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C goes to the worker, which passes it on once
    )


async def end(process: Process, report: Callable[[str], None]) -> tuple[int, str]:
    """Call *report* with each line of output; return the exit code and the last verdict line."""
    assert process.stdout is not None
    last = ""
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        if line.startswith(_VERDICT):
            last = line.removeprefix(_VERDICT)
        report(line)
    code = await process.wait()
    if code < 0:
        return code, f"killed by signal {-code}"
    return code, last or f"ended with exit code {code}"
