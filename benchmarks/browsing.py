"""``scrapy browse`` on a large archive: seconds until it answers, and of each kind of page."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks import crawls
from benchmarks.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = "kata17"
MOST_SECONDS = 60.0


def measures(environment: Mapping[str, str], count: int, key: str, day: str) -> list[Measure]:
    """Start the server on an archive of *count* articles, and ask for each kind of page."""
    pages = {
        "landing": "/",
        "newest": "/articles",
        "a word": f"/articles?words={WORDS}",
        "a month": f"/articles?since={day[:8]}01&until={day}",
        "a tag": f"/tag/{quote('tag 17')}",
        "an author": f"/author/{quote('Orang 17')}",
        "a day": f"/day/{day}",
        "an article": f"/article/{key}",
    }
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "scrapy", "browse", "--port", str(port)]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=crawls.ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            while not _answers(address) and process.poll() is None:
                if time.perf_counter() - began > MOST_SECONDS:
                    raise SystemExit("scrapy browse does not answer")
                time.sleep(0.02)
            ready = time.perf_counter() - began
            seconds = {name: _quickest(address + path) for name, path in pages.items()}
        finally:
            process.terminate()
    shown = ", ".join(f"{name} {1000 * spent:.0f}" for name, spent in seconds.items())
    print(f"  browse   ready in {ready:.1f} s; ms: {shown}", flush=True)
    slowest = max(seconds.values())
    name = f"scrapy browse, {count:,} articles"
    return [
        Measure(name=f"{name}: s until it answers", values=[ready], limit=2, at_most=True),
        Measure(name=f"{name}: s of the slowest page", values=[slowest], limit=0.5, at_most=True),
    ]


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/-/versions.json"):
            return True
    except URLError:
        return False


def _quickest(url: str) -> float:
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        with urlopen(url) as answer:
            answer.read()
        spent.append(time.perf_counter() - began)
    return min(spent)
