"""Create a large archive in minutes, by bulk inserts.

Secondary indexes and the full-text index are created after most rows, in a tenth of the time. The
last rows are inserted in groups with the indexes in place: a new index has full pages, which every
later insert splits, and a full-text index without segments to merge, unlike an archive that grew.
"""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.corpus import START, Corpus
from kompas_crawler.archive import full_text
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from sqlalchemy import Engine

PART = 5_000
GROWN = 8
"""The share of rows inserted after the indexes are created, ..."""
GROUP = 40
"""... in groups of this size."""
PER_DAY = 900
PEOPLE, TAGS = 400, 6_000
SECTIONS = ("nasional", "money", "tekno", "bola")
TABLES = FrontierRow.metadata.tables
_COLUMNS = {name: [column.name for column in table.columns] for name, table in TABLES.items()}


def fill(engine: Engine, count: int) -> None:
    """Bring an SQLite archive, at ``HEAD``, from as many articles as it has to *count*."""
    with engine.connect() as connection:
        have = connection.exec_driver_sql("select count(*) from articles").scalar() or 0
        raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        raw.execute("rollback")
        raw.execute("pragma journal_mode = off")
        raw.execute("pragma synchronous = off")
        raw.execute("pragma foreign_keys = off")
        raw.execute("pragma cache_size = -500000")
        raw.execute("begin")
        indexes = [index for name in (*_Rows.NAMES, "frontier") for index in TABLES[name].indexes]
        for index in indexes:
            index.drop(connection)
        rows = _Rows(Corpus(), have)
        if not have:
            rows.names(raw)
        packed = count - (count - have) // GROWN
        for start in range(have, packed, PART):
            rows.write(raw, range(start, min(start + PART, packed)))
        _bands(raw, range(have, packed))
        for index in indexes:
            index.create(connection)
        full_text.index_all(connection, after=have)
        for start in range(packed, count, GROUP):
            group = range(start, min(start + GROUP, count))
            rows.write(raw, group)
            full_text.index_all(connection, after=start)
            _bands(raw, group)
        raw.execute("commit")
        raw.execute("pragma journal_mode = wal")
        raw.execute("begin")  # for the connection's end to roll back
    engine.dispose()  # the next connection is set up as a crawl's is


def published(number: int) -> datetime:
    """When the article *number* was published: ``PER_DAY`` of them on each day."""
    day, within = divmod(number, PER_DAY)
    return (START + timedelta(days=day, hours=-2, seconds=within * 60)).astimezone(WIB)


def key(number: int) -> str:
    """The key of the article *number*."""
    at = published(number)
    return f"{at:%Y%m%d-%H%M%S}{number % 10}78"


def url(number: int) -> str:
    """The address of the article *number*."""
    at = published(number)
    return f"https://money.kompas.com/read/{at:%Y/%m/%d/%H%M%S}{number % 10}78/artikel-{number}"


class _Rows:
    NAMES = ("articles", "article_people", "article_tags", "images", "links")

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self._random = Random(seed)
        self._paragraphs = [f"{corpus.text(33)}." for _ in range(5_000)]
        self._titles = [corpus.text(9) for _ in range(5_000)]

    def names(self, raw: sqlite3.Connection) -> None:
        """The people and tags there are."""
        raw.executemany(
            "insert into people (name) values (?)", [(f"Wartawan {n}",) for n in range(PEOPLE)]
        )
        raw.executemany("insert into tags (name) values (?)", [(f"tag {n}",) for n in range(TAGS)])

    def write(self, raw: sqlite3.Connection, numbers: range) -> None:
        """The rows of the articles *numbers* in all tables."""
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*self.NAMES, "frontier")}
        for number in numbers:
            self._add(rows, number)
        for name, values in rows.items():
            _insert(raw, name, values)

    def _add(self, rows: dict[str, list[dict[str, Any]]], number: int) -> None:
        pick, at = self._random, published(number)
        id_, key_, url_, seen = number + 1, key(number), url(number), stamp(at)
        body = pick.choices(self._paragraphs, k=10)
        common = {"url": url_, "section": SECTIONS[number % 4], "title": pick.choice(self._titles)}
        rows["articles"].append(
            common
            | {
                "id": id_,
                "key": key_,
                "summary": body[0],
                "body": "\n\n".join(body),
                "content_type": "Standard",
                "dateline": "JAKARTA",
                "published_at": seen,
                "word_count": 330,
                "declared_words": 330,
                "pages": 1,
                "is_complete": 1,
                "revision": 1,
                "status": "live",
                "first_seen_at": seen,
                "fetched_at": seen,
                "stored_at": seen,
                "content_hash": sha256(b"%d" % number).hexdigest(),
                "text_hash": sha256(b"t%d" % number).hexdigest(),
                "extractor_version": "1",
                "found_in": json.dumps({"title": "h1.read__title", "body": "div.read__content"}),
            }
        )
        rows["frontier"].append(
            common
            | {
                "key": key_,
                "kind": "article",
                "day": f"{at:%Y-%m-%d}",
                "scope": "kompas",
                "depth": 0,
                "priority": 20,
                "state": "done",
                "attempts": 0,
                "barren": 0,
                "unchanged": number % 3,
                "next_at": None if number % 3 == 2 else stamp(at + timedelta(days=7)),
                "last_status": 200,
                "etag": f'"{key_}-0-all"',
                "last_modified": "Tue, 30 Jun 2026 00:00:01 GMT",
                "discovered_from": f"https://money.kompas.com/?page={number % 50}",
                "discovered_at": seen,
                "visited_at": seen,
            }
        )
        rows["article_people"] += [
            {"article_id": id_, "role": role, "position": 0, "person_id": pick.randint(1, PEOPLE)}
            for role in ("author", "editor")
        ]
        rows["article_tags"] += [
            {"article_id": id_, "position": n, "tag_id": pick.randint(1, TAGS)} for n in range(4)
        ]
        rows["images"].append({"article_id": id_, "position": 0, "url": url_ + ".jpg"})
        for place in range(3):
            target = pick.randint(0, number)
            rows["links"].append(
                {"article_id": id_, "position": place}
                | {"target_key": key(target), "url": url(target), "title": common["title"]}
            )


def stamp(at: datetime) -> str:
    """An instant as SQLAlchemy writes it into SQLite."""
    return f"{at.astimezone(START.tzinfo):%Y-%m-%d %H:%M:%S}.000000"


def _insert(raw: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = [name for name in _COLUMNS[table] if name in rows[0]]
    values = [[row.get(name) for name in names] for row in rows]
    row = f"({', '.join('?' * len(names))})"
    into = f"insert into {table} ({', '.join(names)}) values "
    if len(rows) <= GROUP:  # one statement, as the archive does it: one part of the full text
        raw.execute(into + ", ".join([row] * len(rows)), [each for one in values for each in one])
    else:
        raw.executemany(into + row, values)


def _bands(raw: sqlite3.Connection, numbers: range) -> None:
    pick = Random(numbers.start)
    raw.executemany(
        "insert or ignore into signatures values (?, ?)",
        sorted((pick.getrandbits(31), number + 1) for number in numbers for _ in range(12)),
    )
