"""Runs the unmodified news-watch, with its requests redirected to the mirror.

Runs in news-watch's own environment. Writes what it cost to BENCHMARK_FIGURES.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from mirror import mirrored
from newswatch.cli import cli

pages = 0
_request = aiohttp.ClientSession._request


async def _led(self: aiohttp.ClientSession, method: str, url: Any, **more: Any) -> Any:
    global pages
    pages += 1
    return await _request(self, method, mirrored(str(url)), **more)


aiohttp.ClientSession._request = _led  # type: ignore[method-assign]


def main() -> None:
    """Everything the index shows now, into a CSV."""
    output = Path(sys.argv[1])
    sys.argv = ["newswatch", "--method", "latest", "--scrapers", "kompas", "--max-pages", "1000"]
    sys.argv += ["--output_format", "csv", "--output_path", str(output)]
    cpu, wall = time.process_time(), time.perf_counter()
    cli()
    Path(os.environ["BENCHMARK_FIGURES"]).write_text(
        json.dumps(
            {
                "pages": pages,
                "cpu": time.process_time() - cpu,
                "wall": time.perf_counter() - wall,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
