"""Requests per new article, and in a run without new articles."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from benchmarks import crawls
from benchmarks.measures import Measure
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = 6


def measures(articles: int = 4_000) -> list[Measure]:
    """Back-fill some days, twice; sweep the site, twice. The site counts what it is asked."""
    found = []
    with tempfile.TemporaryDirectory() as folder, crawls.site(articles, 4) as mirror:
        with urlopen(f"{mirror}/-/catalogue") as answer:
            days = json.load(answer)["days"]
        since, until = days[1], days[DAYS]  # whole days
        for name, spider, arguments, limit in (
            ("back-fill", "indeks", ("-a", f"since={since}", "-a", f"until={until}"), 1.1),
            ("sweep", "kompas", ("-a", "pages=0"), None),
        ):
            database = Path(folder) / f"{spider}.db"
            asked(mirror)  # what was before is not ours
            figures = crawls.ours(mirror, *arguments, spider=spider, database=database)
            first = asked(mirror)
            print(f"{name}: {len(first)} requests, {figures['stored']} new articles", flush=True)
            found.append(
                Measure(
                    name=f"requests / new article, {name}",
                    values=[len(first) / figures["stored"]],
                    limit=limit,
                    hoped=1.07 if limit else None,
                    at_most=True,
                )
            )
            crawls.ours(mirror, *arguments, spider=spider, database=database)
            again = asked(mirror)
            print(f"{name} over nothing new: {len(again)} requests", flush=True)
            found.append(
                Measure(
                    name=f"article requests, {name} over nothing new",
                    values=[sum(article_key(url) is not None for url, _ in again)],
                    limit=0,
                    hoped=0,
                    at_most=True,
                )
            )
    return found


def asked(mirror: str) -> list[tuple[str, int]]:
    """The requested URLs since the last call, and their statuses."""
    with urlopen(f"{mirror}/-/log") as answer:
        log: Iterable[dict[str, Any]] = json.load(answer)
    with urlopen(Request(f"{mirror}/-/log", method="DELETE")):
        pass
    return [(f"https://{one['host']}{one['path']}", one["status"]) for one in log]
