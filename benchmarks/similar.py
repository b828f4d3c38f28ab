"""Near-duplicates: cost per article, recall and precision.

python -m benchmarks.similar [--rows N] [--url URL]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select, text

from benchmarks.corpus import Corpus, row
from benchmarks.labelled import ONE_TEXT, SEVERAL_TEXTS
from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, SimilarityRow
from kompas_crawler.archive.sql import pairs as pairs_of
from kompas_crawler.archive.store import near_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Engine

GROUP = 50
PAIRS = 100
"""Of each kind, spread over the articles."""


class Cost(NamedTuple):
    """Milliseconds for an article that is like no other."""

    wall: float
    cpu: float


class Found(NamedTuple):
    """How many of the pairs are one text, by kind, or similar; how many were marked wrongly."""

    by_kind: dict[str, int]
    similar: dict[str, int]
    wrong: int
    recall: float
    precision: float


def main() -> None:
    """Store the articles and the labelled pairs in groups, as a crawl does, and look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", help="an empty database (default: SQLite in a new folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/kompas.db"
        engine = open_engine(database_url(url, Path.cwd()))
        schema.upgrade(engine)
        pairs, cost = fill(engine, options.rows)
        found = judge(engine, pairs)
        print(
            f"{options.rows} articles on {engine.dialect.name}:"
            f" {cost.wall:.3f} ms each, {cost.cpu:.3f} of our own CPU"
        )
        for kind, count in found.by_kind.items():
            alike = found.similar[kind]
            print(f"  {kind:36} {count:4} of {PAIRS} called one text, {alike:4} similar")
        print(f"  recall {found.recall:.4f}, precision {found.precision:.4f}, {found.wrong} wrong")
        for line in plan(engine):
            print(f"  {line}")
        engine.dispose()


def fill(engine: Engine, rows: int) -> tuple[list[tuple[str, str, str]], Cost]:
    """Store *rows* articles and the pairs; return pairs (kind, key, key) and the cost."""
    corpus, pairs, late = Corpus(), [], []
    kinds = [*ONE_TEXT.items(), *SEVERAL_TEXTS.items()]
    for number in range(PAIRS * len(kinds)):
        kind, change = kinds[number % len(kinds)]
        body = corpus.table() if "table" in kind else corpus.body()
        one = row(10**6 + number, corpus.text(9), corpus.text(18), body)
        other = row(2 * 10**6 + number, one["title"], corpus.text(18), change(corpus, body))
        pairs.append((kind, one["key"], other["key"]))
        late += [other, one] if number % 2 else [one, other]
    firsts, seconds = late[::2], late[1::2]
    _store(engine, firsts)
    wall, cpu = _store(engine, corpus.rows(rows))
    _store(engine, seconds)
    return pairs, Cost(wall / rows * 1000, cpu / rows * 1000)


def _store(engine: Engine, rows: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """Store *rows* in groups; return the seconds that noting them took, and of our own CPU."""
    wall, cpu, left = 0.0, 0.0, iter(rows)
    while group := list(islice(left, GROUP)):
        with engine.begin() as connection:
            ids = connection.scalars(
                insert(ArticleRow).returning(ArticleRow.id, sort_by_parameter_order=True), group
            ).all()
            noted = [
                near_duplicates.Noted(id_, one["key"], one["body"].split("\n\n"))
                for id_, one in zip(ids, group, strict=True)
            ]
            began = time.perf_counter(), time.thread_time()
            near_duplicates.note(connection, noted, datetime.now(UTC))
            wall += time.perf_counter() - began[0]
            cpu += time.thread_time() - began[1]
    return wall, cpu


def judge(engine: Engine, pairs: list[tuple[str, str, str]]) -> Found:
    """Compare what is marked with what was made."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(ArticleRow.key, ArticleRow.duplicate_of).where(
                ArticleRow.duplicate_of.is_not(None)
            )
        )
        marked = {row.key: row.duplicate_of for row in rows}
        keys = pairs_of(connection.execute(select(ArticleRow.id, ArticleRow.key)))
        both = connection.execute(select(SimilarityRow.article_id, SimilarityRow.other_id))
        alike = {(keys[one], keys[other]) for one, other in both}
    by_kind = dict.fromkeys([*ONE_TEXT, *SEVERAL_TEXTS], 0)
    similar = dict.fromkeys(by_kind, 0)
    for kind, one, other in pairs:
        is_one = marked.pop(other, None) == one or marked.pop(one, None) == other
        by_kind[kind] += is_one
        similar[kind] += (one, other) in alike
    right = sum(by_kind[kind] for kind in ONE_TEXT)
    wrong = sum(by_kind[kind] for kind in SEVERAL_TEXTS) + len(marked)
    return Found(
        by_kind, similar, wrong, right / (PAIRS * len(ONE_TEXT)), right / max(1, right + wrong)
    )


def plan(engine: Engine) -> list[str]:
    """How the database looks for the articles that share a hash."""
    with engine.connect() as connection:
        return explained(connection)


def explained(connection: Connection) -> list[str]:
    """The plan of the look-up, line by line."""
    dialect = connection.dialect.name
    prefix = "explain" if dialect == "postgresql" else "explain query plan"
    statement = text(f"{prefix} {near_duplicates.SHARING[dialect].text}")
    return [
        str(line[-1])
        for line in connection.execute(
            statement, {"bands": [1, 2] if dialect == "postgresql" else "[1, 2]"}
        )
    ]


if __name__ == "__main__":
    main()
