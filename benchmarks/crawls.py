"""Crawls of the sample site in separate processes, and their cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Began = Callable[[subprocess.Popen[bytes]], None]

ROOT = Path(__file__).parent.parent
CLOCK = '{"benchmarks.cpu.CpuClock": 1000}'


@contextmanager
def site(articles: int, weight: int) -> Iterator[str]:
    """A sample site in another process, warm: its address as a mirror."""
    command = [sys.executable, "-m", "tests.sample.site.control", str(articles), str(weight)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def article_urls(mirror: str) -> list[str]:
    """The mirror's URL of every article that a sweep stores, with its complete text."""
    with urlopen(f"{mirror}/-/catalogue") as answer:
        catalogue = json.load(answer)
    articles = catalogue["articles"] if isinstance(catalogue, dict) else catalogue
    return [f"{mirror}/{a['url'].removeprefix('https://')}?page=all" for a in articles]


def bare(mirror: str, urls: list[str], **settings: str) -> dict[str, Any]:
    """Download *urls* with a bare Scrapy spider."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "urls"
        names.write_text("\n".join(urls))
        options = [part for item in settings.items() for part in ("-s", "=".join(item))]
        command = [sys.executable, "-m", "scrapy", "runspider", "benchmarks/bare.py"]
        command += ["-L", "ERROR", "-s", f"EXTENSIONS={CLOCK}", *options]
        env = {"SCRAPY_SETTINGS_MODULE": "benchmarks.plain", "BENCHMARK_URLS": str(names)}
        return _figures(command, Path(folder), env)


def ours(
    mirror: str,
    *arguments: str,
    spider: str = "kompas",
    database: Path | None = None,
    began: Began | None = None,
    under: Sequence[str] = (),
) -> dict[str, Any]:
    """Crawl the sample site into a new archive, or into *database*; without arguments, all.

    *began* is called with the crawl's process; *under* is a command that runs it, if any.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = database or Path(folder) / "kompas.db"
        command = [*under, sys.executable, "-m", "scrapy", "crawl", spider]
        command += ["-L", "ERROR", *(arguments or ("-a", "pages=0"))]
        env = {
            "KOMPAS_MIRROR": mirror,
            "KOMPAS_DATABASE_URL": f"sqlite:///{path}",
            "KOMPAS_HEALTH_FILE": str(Path(folder) / "health.json"),
        }
        command += ["-s", "EXTENSIONS=" + _with_clock()]
        return _figures(command, Path(folder), env, began)


def _with_clock() -> str:
    from kompas_crawler import settings

    return json.dumps(settings.EXTENSIONS | json.loads(CLOCK))


def _figures(
    command: list[str], folder: Path, env: dict[str, str], began: Began | None = None
) -> dict[str, Any]:
    figures, said = folder / "figures.json", folder / "said"
    known = os.environ | {"PYTHONPATH": str(ROOT), "BENCHMARK_FIGURES": str(figures)} | env
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=known, stdout=output, stderr=output)
        try:
            if began is not None:
                began(process)
            code = process.wait()
        finally:
            process.kill()
            process.wait()
    if code:
        raise SystemExit(f"a crawl ended with {code}:\n{said.read_text()[-2000:]}")
    found: dict[str, Any] = json.loads(figures.read_text())
    found["pages_per_cpu_second"] = found["pages"] / found["cpu"]
    return found
