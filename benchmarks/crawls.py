"""Whole crawls of the sample site in processes of their own, and what each cost."""

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
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
CLOCK = '{"benchmarks.cpu.CpuClock": 1000}'


@contextmanager
def site(articles: int, weight: int) -> Iterator[str]:
    """A sample site in another process, warm: its address as a mirror."""
    command = [sys.executable, "-m", "scrapy", "sample-site", "--articles", str(articles)]
    command += ["--port", "0", "--weight", str(weight)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()


def article_urls(mirror: str) -> list[str]:
    """The mirror's address of every article a sweep stores, each with its whole text."""
    with urlopen(f"{mirror}/-/catalogue") as answer:
        catalogue = json.load(answer)
    articles = catalogue["articles"] if isinstance(catalogue, dict) else catalogue
    return [f"{mirror}/{a['url'].removeprefix('https://')}?page=all" for a in articles]


def bare(mirror: str, urls: list[str], **settings: str) -> dict[str, Any]:
    """Download *urls* with Scrapy alone."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "urls"
        names.write_text("\n".join(urls))
        options = [part for item in settings.items() for part in ("-s", "=".join(item))]
        command = [sys.executable, "-m", "scrapy", "runspider", "benchmarks/bare.py"]
        command += ["-L", "ERROR", "-s", f"EXTENSIONS={CLOCK}", *options]
        env = {"SCRAPY_SETTINGS_MODULE": "benchmarks.plain", "BENCHMARK_URLS": str(names)}
        return _figures(command, Path(folder), env)


def ours(mirror: str, *arguments: str, database: Path | None = None) -> dict[str, Any]:
    """Sweep the sample site into a new archive, or into *database*."""
    with tempfile.TemporaryDirectory() as folder:
        path = database or Path(folder) / "kompas.db"
        command = [sys.executable, "-m", "scrapy", "crawl", "kompas", "-a", "pages=0"]
        command += ["-L", "ERROR", *arguments]
        env = {
            "KOMPAS_MIRROR": mirror,
            "KOMPAS_DATABASE_URL": f"sqlite:///{path}",
            "KOMPAS_HEALTH_FILE": str(Path(folder) / "health.json"),
            "BENCHMARK_EXTENSION": "1",
        }
        return _figures([*command, "-s", "EXTENSIONS=" + _with_clock()], Path(folder), env)


def _with_clock() -> str:
    from kompas_crawler import settings

    return json.dumps(settings.EXTENSIONS | json.loads(CLOCK))


def _figures(command: list[str], folder: Path, env: dict[str, str]) -> dict[str, Any]:
    figures = folder / "figures.json"
    known = os.environ | {"PYTHONPATH": str(ROOT), "BENCHMARK_FIGURES": str(figures)} | env
    subprocess.run(command, cwd=ROOT, env=known, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads(figures.read_text())
    found["pages_per_cpu_second"] = found["pages"] / found["cpu"]
    return found
