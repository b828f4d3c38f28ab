"""``scrapy`` commands in processes forked with everything imported: a second less of CPU each.

What a command does when it starts anew, ``processes`` tests: kills, signals, the wheel.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import scrapy
from scrapy import cmdline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

IMPORTED = [
    __name__,
    "kompas_crawler.outcome.ending",
    "kompas_crawler.downloader.handler",
    "kompas_crawler.spiders.archive_spider",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.cookies",
]


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run ``scrapy ARGUMENTS`` to its end; past *timeout* seconds it and its children are killed.

    Raises ``subprocess.TimeoutExpired`` then, with what was printed so far.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        streams = [Connection(os.dup(file.fileno()), readable=False) for file in (out, err)]
        given = (list(arguments), str(cwd), {**os.environ, **env}, streams)
        process = context.Process(target=_scrapy, args=given)
        process.start()
        process.join(timeout)
        code = process.exitcode
        assert process.pid is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode("utf-8", "replace"))
    if code is None:
        raise subprocess.TimeoutExpired(arguments, timeout, *said)
    return subprocess.CompletedProcess(arguments, code, *said)


def _scrapy(
    arguments: Sequence[str], cwd: str, env: Mapping[str, str], streams: Sequence[Connection]
) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, stream in enumerate(streams, 1):
        os.dup2(stream.fileno(), number)
        stream.close()
    encoding, _, errors = env.get("PYTHONIOENCODING", "utf-8").partition(":")
    sys.stdout = os.fdopen(1, "w", encoding=encoding, errors=errors or "strict")
    sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace", buffering=1)
    sys.path[0] = cwd
    sys.argv = [f"{scrapy.__path__[0]}/__main__.py", *arguments]
    cmdline.execute()
