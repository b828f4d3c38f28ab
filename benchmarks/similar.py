"""Near-duplicates: cost per article, recall and precision."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select, text

from benchmarks.corpus import Corpus, row
from benchmarks.labelled import ONE_TEXT, SEVERAL_TEXTS
from benchmarks.measures import Measure
from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, SimilarityRow
from kompas_crawler.archive.store import near_duplicates, shared_passages

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


def measures(rows: int = 20_000) -> list[Measure]:
    """Store *rows* articles and the labelled pairs in groups, as a crawl does, and look."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(database_url(f"sqlite:///{folder}/kompas.db", Path(folder)))
        schema.upgrade(engine)
        pairs, cost = fill(engine, rows)
        found = judge(engine, pairs)
        engine.dispose()
    measured = [Measure(name=f"near-duplicates: CPU ms to note one of {rows:,}", values=[cost.cpu])]
    for kind, count in found.by_kind.items():
        if kind in ONE_TEXT:
            least = 99 if "60 words" in kind or "longer" in kind else 90
            name = f"near-duplicates found of {PAIRS}: {kind}"
            measured.append(Measure(name=name, values=[count], limit=least))
    name = f"near-duplicates: wrong copies among {rows:,}"
    return [*measured, Measure(name=name, values=[found.wrong], limit=0, at_most=True)]


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
        keys = dict(connection.execute(select(ArticleRow.id, ArticleRow.key)).all())
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


def explained(connection: Connection) -> list[str]:
    """The plan of the look-up, line by line."""
    dialect = connection.dialect.name
    prefix = "explain" if dialect == "postgresql" else "explain query plan"
    statement = text(f"{prefix} {shared_passages.SHARING[dialect].text}")
    values = {"bands": [1, 2] if dialect == "postgresql" else "[1, 2]", "most": 3}
    return [str(line[-1]) for line in connection.execute(statement, values)]
