"""Search times for titles, phrases, rare and common words.

python -m benchmarks.search [--rows N] [--url URL] [--filled]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, text

from benchmarks.corpus import Corpus
from kompas_crawler.archive import full_text, schema
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search.search import condition, search

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LIMITS = {"common": 0.3, "other": 0.1}
"""Limits in seconds: the most frequent words, and words in less than 5 % of the articles."""


def main() -> None:
    """Fill a database, unless it is, and time searches."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--url", help="an empty database (default: SQLite in a new folder)")
    parser.add_argument("--filled", action="store_true", help="--url was filled by this before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/kompas.db"
        engine = open_engine(database_url(url, Path.cwd()))
        if not options.filled:
            fill(engine, options.rows)
        with engine.execution_options(reads_only=True).connect() as connection:
            measure(connection)
        engine.dispose()


def fill(engine: Engine, rows: int) -> None:
    """Store *rows* articles."""
    schema.upgrade(engine)
    spent, left = 0.0, Corpus().rows(rows)
    while part := list(islice(left, 500)):
        began = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(insert(ArticleRow), part)
        spent += time.perf_counter() - began
    began = time.perf_counter()
    with engine.begin() as connection:
        full_text.index_all(connection)
    spent += time.perf_counter() - began
    print(f"{rows} articles stored on {engine.dialect.name}, {spent / rows * 1000:.2f} ms each")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        command = "vacuum analyze" if engine.dialect.name == "postgresql" else "analyze"
        connection.execute(text(command))


def measure(connection: Connection) -> None:
    """Time each search, the quickest of five, and say where a limit is missed."""
    every = connection.scalar(select(func.count()).select_from(ArticleRow)) or 0
    title = connection.scalar(select(ArticleRow.title).where(ArticleRow.id == every // 2)) or ""
    words = Corpus().words
    common = words[0]
    five, one = (_word(connection, words, int(every * share)) for share in (0.05, 0.01))
    cases = {
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
    print(f"{every} articles on {connection.dialect.name}")
    for name, query in cases.items():
        seconds, hits = min(_timed(connection, query) for _ in range(5))
        limit = LIMITS["common" if "commonest" in name else "other"]
        mark = "" if seconds <= limit else f"  (over {limit * 1000:.0f} ms)"
        print(f"  {name:42} {seconds * 1000:7.1f} ms, {hits} shown{mark}")
    first = search(connection, title)[0].title
    print(f"  the first hit for the title is {'the article' if first == title else 'ANOTHER'}")


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
    main()
