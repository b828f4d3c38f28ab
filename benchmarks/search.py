"""Search times for titles, phrases, rare and common words.

python -m benchmarks.search URL, of a filled database
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from benchmarks.corpus import Corpus
from benchmarks.measures import Measure, about, table
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search.search import condition, search

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LIMITS = {"common words": 0.3, "other words": 0.1}
"""Limits in seconds: the most frequent words, and words in less than 5 % of the articles."""


def measures(engine: Engine) -> list[Measure]:
    """Time each search, the quickest of five; the slowest of a kind counts."""
    with engine.execution_options(reads_only=True).connect() as connection:
        every = connection.scalar(select(func.count()).select_from(ArticleRow)) or 0
        print(f"searches in {every:,} articles on {engine.dialect.name}")
        slowest = dict.fromkeys(LIMITS, 0.0)
        for name, query in _cases(connection, every).items():
            seconds, hits = min(_timed(connection, query) for _ in range(5))
            kind = "common words" if "commonest" in name else "other words"
            slowest[kind] = max(slowest[kind], seconds)
            print(f"  {name:42} {seconds * 1000:7.1f} ms, {hits} shown")
    return [
        Measure(
            name=f"slowest search for {kind}, s, {about(every)} articles",
            values=[slowest[kind]],
            limit=limit,
            at_most=True,
        )
        for kind, limit in LIMITS.items()
    ]


def _cases(connection: Connection, every: int) -> dict[str, str]:
    title = connection.scalar(select(ArticleRow.title).where(ArticleRow.id == every // 2)) or ""
    words = Corpus().words
    common = words[0]
    five, one = (_word(connection, words, int(every * share)) for share in (0.05, 0.01))
    return {
        "an exact title": title,
        "three of its words as a phrase, one rare": _phrase(connection, title, every * 0.05),
        "three of its commonest words as a phrase": _phrase(connection, title, every),
        "a word in 1 % of the articles": one,
        "a word in 5 % of the articles": five,
        "both": f"{five} {one}",
        "both as a phrase": f'"{five} {one}"',
        "a word in 5 %, without the commonest": f"{five} -{common}",
        "the commonest word": common,
        "the two commonest words": f"{common} {words[1]}",
        "the two commonest words as a phrase": f'"{common} {words[1]}"',
        "the commonest with one in 5 % as a phrase": f'"{common} {five}"',
        "a rare phrase of the two commonest": f'"{common} {words[1]} {one}"',
        "words that begin so, common": f"{common[:3]}*",
        "either of two": f"{five} OR {one}",
        "nothing": "tidakada",
    }


def _timed(connection: Connection, query: str) -> tuple[float, int]:
    began = time.perf_counter()
    found = search(connection, query)
    return time.perf_counter() - began, len(found)


def _count(connection: Connection, words: str) -> int:
    every = select(func.count()).select_from(ArticleRow).where(condition(connection, words))
    return connection.scalar(every) or 0


def _phrase(connection: Connection, title: str, most: float) -> str:
    """Three words of *title* that follow each other, the rarest in *most* articles at most.

    Of several such the one whose rarest word is the commonest: it takes longest.
    """
    words = title.split()
    counts = [_count(connection, word) for word in words]
    rarest = {" ".join(words[n : n + 3]): min(counts[n : n + 3]) for n in range(len(words) - 2)}
    return '"' + max((c, p) for p, c in rarest.items() if c <= most)[1] + '"'


def _word(connection: Connection, words: list[str], most: int) -> str:
    low, high = 0, len(words) // 2
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (middle + 1, high) if _count(connection, words[middle]) > most else (low, middle)
        )
    return words[low]


if __name__ == "__main__":
    print(table(measures(open_engine(database_url(sys.argv[1], Path.cwd()), must_exist=True))))
