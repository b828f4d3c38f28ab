"""What ``make bench`` says of its figures, and that what it measures is what a crawl does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from benchmarks import filling, layers, measures, politeness, storage
from benchmarks.measures import Measure
from kompas_crawler.archive import schema, stored_articles
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import Model, SketchRow
from kompas_crawler.archive.read.search.search import search

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.mark.parametrize(
    ("values", "limit", "at_most", "holds"),
    [
        ([0.9, 0.8, 0.2], 0.75, False, True),
        ([0.9, 0.7, 0.2], 0.75, False, False),
        ([1.2, 1.6, 9.0], 1.6, True, True),
        ([0], 0, True, True),
        ([1], 0, True, False),
        ([3], None, False, None),
    ],
)
def test_the_median_is_held_against_the_limit(
    values: list[float], limit: float | None, at_most: bool, holds: bool | None
) -> None:
    one = Measure(name="x", values=values, limit=limit, at_most=at_most)
    assert one.reaches(limit) is holds
    assert one.as_json()["holds"] is holds


def test_the_table_is_aligned_and_says_what_does_not_hold() -> None:
    said = measures.table(
        [
            Measure(name="crawl / download", values=[0.51, 0.6, 0.7], limit=0.75, hoped=0.9),
            Measure(name="memory", values=[1.04], limit=1.2, hoped=1.05, at_most=True),
            Measure(name="uvloop", values=[1.2, 1.3]),
        ]
    )
    assert said.splitlines() == [
        "measure           limit   hoped   measured  ends        runs  holds",
        "crawl / download  ≥ 0.75  ≥ 0.9   0.6       0.51 - 0.7     3  NO",
        "memory            ≤ 1.2   ≤ 1.05  1.04                     1  yes",
        "uvloop                            1.25      1.2 - 1.3      2",
    ]


def test_figures_of_other_parts_stay(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for value in (1.0, 2.0):
        measures.keep([Measure(name="a", values=[value])], path)
    measures.keep([Measure(name="b", values=[3.0])], path)
    kept = json.loads(path.read_text())["measures"]
    assert {name: one["median"] for name, one in kept.items()} == {"a": 2.0, "b": 3.0}


_LOOP = "thread (1): MainThread;run (scrapy/crawler.py:1);_start_twisted (scrapy/crawler.py:2)"
_WRITER = "thread (2): archive-writer;_run (kompas_crawler/archive/writer.py:1)"


@pytest.mark.parametrize(
    ("stack", "loop", "writer"),
    [
        (f"{_LOOP};_parse (kompas_crawler/pages/document.py:9);htmlParse", "parse", None),
        (
            f"{_LOOP};body (kompas_crawler/pages/body.py:1);clean (kompas_crawler/site/text.py:3)",
            "extraction",
            None,
        ),
        (f"{_LOOP};_gunzip (scrapy/utils/gz.py:4);inflate", "gunzip", None),
        (
            f"{_LOOP};_split (kompas_crawler/site/urls.py:3);gc_collect_main",
            "garbage collection",
            None,
        ),
        (f"{_LOOP};read (x.py:1);take_gil;pthread_cond_timedwait;0x1", None, None),
        (f"{_WRITER};_insert (kompas_crawler/archive/store/articles.py:2);step", None, "articles,"),
        (f"{_WRITER};do_commit (sqlalchemy/engine/default.py:2);pwrite64", None, "commit"),
        (f"{_WRITER};do_commit (sqlalchemy/engine/default.py:2);fdatasync", None, None),
        ("thread (1): MainThread;<module> (scrapy/__main__.py:1)", None, None),  # the start
    ],
)
def test_a_sample_counts_to_its_layer(stack: str, loop: str | None, writer: str | None) -> None:
    of_loop, of_writer = layers.sorted_out([f"{stack} 3"])
    for found, expected in ((of_loop, loop), (of_writer, writer)):
        assert found.total() == (3 if expected else 0)
        assert all(name.startswith(expected or "") for name in found)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(database_url(f"sqlite:///{tmp_path}/kompas.db", tmp_path))
    schema.upgrade(engine)
    return engine


def test_a_filled_archive_is_one_that_a_crawl_would_have_made(engine: Engine) -> None:
    filling.fill(engine, 60)
    filling.fill(engine, 90)
    with engine.connect() as connection:
        article = stored_articles.by_key(connection, filling.key(75))
        assert article is not None
        assert len(article.body) == 10
        assert article.published_at == filling.published(75)
        assert article.authors
        assert len(article.tags) == 4
        assert len(article.related) == 3
        assert search(connection, " ".join(article.body[3].split()[:6]))
        assert connection.scalar(select(func.count()).select_from(SketchRow)) == 12 * 90
        assert connection.scalar(select(func.count()).select_from(FrontierRow)) == 90
        names = connection.exec_driver_sql("select name from sqlite_master").scalars().all()
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
    engine.dispose()
    indexes = {index.name for table in Model.metadata.tables.values() for index in table.indexes}
    assert indexes <= set(names)
    assert "article_words" in names


@pytest.mark.slow
def test_a_group_is_stored_as_a_crawl_stores_it(engine: Engine) -> None:
    filling.fill(engine, 60)
    subject = storage.Subject(engine, 60)
    for _ in range(2):
        assert subject.store().cpu > 0
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select count(*), count(duplicate_of), sum(revision > 1) from articles"
        ).one()
    engine.dispose()
    assert rows[0] == 60 + 2 * storage.NEW
    assert rows[1] == 1  # the second group has a text of the first
    assert 1 <= rows[2] <= 2 * storage.CORRECTED


@pytest.mark.slow
def test_the_site_counts_what_it_is_asked() -> None:
    found = {one.name: one.measured for one in politeness.measures(articles=160)}
    assert found["article requests, back-fill over nothing new"] == 0
    assert found["article requests, sweep over nothing new"] == 0
    assert 1 < found["requests / new article, back-fill"] < 1.4
