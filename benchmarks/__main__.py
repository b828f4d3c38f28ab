"""``make bench``: how fast it is, as ratios taken in one run.

    python -m benchmarks [ARTICLES] [RUNS]

Prints a table and writes ``benchmarks/results.json``. The sample site serves from
another process; CPU is counted from the spider's opening to its close.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import crawls, extraction


def main(articles: int = 1000, runs: int = 5) -> None:
    """Measure everything and show it."""
    results: dict[str, Any] = {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "scrapy": version("scrapy"),
        "articles": articles,
        "runs": runs,
        "measures": {},
    }
    for weight in (122, 240):
        results["measures"] |= _crawls(articles, runs, weight)
    _note(results["measures"], "item / bare lxml parse, time, 240 KB pages", extraction.ratios())
    results["measures"] |= _archive(articles)
    path = Path(__file__).parent / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    _show(results["measures"])
    print(f"written to {path.name}")


def _crawls(articles: int, runs: int, weight: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {"ours": [], "uvloop": []}
    with crawls.site(articles, weight) as mirror:
        urls = crawls.article_urls(mirror)
        for _ in range(runs):  # in turn, for the machine's speed drifts
            bare = crawls.bare(mirror, urls)
            fast = crawls.bare(mirror, urls, ASYNCIO_EVENT_LOOP="uvloop.Loop")
            ours = crawls.ours(mirror)
            base = bare["pages_per_cpu_second"]
            found["ours"].append(ours["pages_per_cpu_second"] / base)
            found["uvloop"].append(fast["pages_per_cpu_second"] / base)
    measures: dict[str, Any] = {}
    base_name = f"pages per CPU second / Scrapy download-only, {weight} KB pages"
    _note(measures, f"whole crawl: {base_name}", found["ours"])
    _note(measures, f"download-only with uvloop: {base_name}", found["uvloop"])
    return measures


def _archive(articles: int) -> dict[str, Any]:
    """What a first sweep and a run over nothing new ask for."""
    measures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, crawls.site(articles, 4) as mirror:
        database = Path(folder) / "kompas.db"
        first = crawls.ours(mirror, database=database)
        _note(measures, "requests per new article, first sweep", [first["pages"] / first["stored"]])
        again = crawls.ours(mirror, database=database)
        _note(measures, "articles stored by a run over nothing new", [again["stored"]])
    return measures


def _note(measures: dict[str, Any], name: str, values: list[float]) -> None:
    measures[name] = {
        "median": round(median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
    }


def _show(measures: dict[str, Any]) -> None:
    width = max(map(len, measures))
    print(f"{'measure':{width}}  median    min    max")
    for name, value in measures.items():
        print(f"{name:{width}}  {value['median']:6.2f} {value['min']:6.2f} {value['max']:6.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
