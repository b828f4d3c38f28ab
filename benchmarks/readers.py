"""Readers over a large archive: status, gaps, report, show, search and forget, each as typed.

python -m benchmarks.readers [--rows N] [--url URL] [--filled]

The articles are small and made by the database itself; what counts here is how many.
"""

# ruff: noqa: E501 - statements of SQL, a line each
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, open_engine

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FIRST = datetime(2021, 1, 1, tzinfo=UTC)
NOW = FIRST + timedelta(days=1826)  # five years, the length of what there is
SECTIONS = 14


def main() -> None:
    """Fill a database, unless it is, and time the commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", help="an empty database (default: SQLite in a new folder)")
    parser.add_argument("--filled", action="store_true", help="--url was filled by this before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/kompas.db"
        if not options.filled:
            engine = open_engine(database_url(url, Path.cwd()))
            began = time.perf_counter()
            fill(engine, options.rows)
            print(f"{options.rows} articles in {time.perf_counter() - began:.0f} s")
            engine.dispose()
        measure(url, Path(folder))


def fill(engine: Engine, rows: int) -> None:
    """Make *rows* articles, spread over the years, with all that hangs on them."""
    schema.upgrade(engine)
    with engine.begin() as connection:
        _numbers(connection, rows)
        for statement in _statements(rows):
            connection.execute(text(statement))
        connection.execute(text("drop table numbers"))
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for table in ("articles", "people", "tags", "frontier", "revisions", "runs"):
                connection.execute(
                    text(
                        f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                        f" from {table}"
                    )
                )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_postgresql = engine.dialect.name == "postgresql"
        connection.execute(text("vacuum analyze" if is_postgresql else "analyze"))


def _numbers(connection: Connection, rows: int) -> None:
    """A table of the articles' numbers, from 1, with their times and keys."""
    kind = "timestamptz" if connection.dialect.name == "postgresql" else "datetime"
    connection.execute(
        text(f"create table numbers (i bigint primary key, at {kind}, day date, key text)")
    )
    step = (NOW - FIRST) / (rows + 1)
    wanted = text("insert into numbers values (:i, :at, :day, :key)")
    is_sqlite = connection.dialect.name == "sqlite"
    part = []
    for i in range(1, rows + 1):
        at = FIRST + step * i
        local = at + timedelta(hours=7)
        part.append(
            {
                "i": i,
                "at": f"{at:%Y-%m-%d %H:%M:%S.%f}" if is_sqlite else at,
                "day": f"{local:%Y-%m-%d}" if is_sqlite else local.date(),
                "key": f"{local:%Y%m%d}-{i:08d}",
            }
        )
        if len(part) == 10_000 or i == rows:
            connection.execute(wanted, part)
            part = []


def _words(count: int, most: int, start: int) -> str:
    """An expression for *count* words out of *most*, other ones for each number."""
    words = [f"'kata' || (i * {7919 + 2 * n} / {n % 7 + 1} % {most})" for n in range(start, count)]
    return " || ' ' || ".join(words)


def _statements(rows: int) -> list[str]:
    head = "'https://money.kompas.com/read/' || replace(cast({t}day as text), '-', '/') || '/'"
    address = head + " || substr({t}key, 10) || '/judul-' || {t}i"
    url = address.format(t="")
    people, tags, unknown = min(3000, rows), min(20_000, rows), max(rows // 10, 1)
    far = "case when n.i % 5 = 0 then n.i * 7919 % 50 + 1"
    far += f" else (n.i * 104729 + {{n}}) % {rows} + 1 end"
    return [
        f"insert into people (id, name) select i, 'Orang ' || i from numbers where i <= {people}",
        f"insert into tags (id, name) select i, 'tag ' || i from numbers where i <= {tags}",
        (
            "insert into runs (id, spider, arguments, started_at, finished_at, version, outcome,"
            " exit_code, counts) select i, 'kompas', '{}', at, at, '1', 'done', 0, '{}'"
            f" from numbers where i % {max(rows // 3000, 1)} = 0"
        ),
        (
            "insert into articles (id, key, url, title, summary, body, section, subsection,"
            " content_type, published_at, word_count, declared_words, pages, is_complete, revision,"
            " status, first_seen_at, fetched_at, stored_at, content_hash, text_hash,"
            f" extractor_version, found_in) select i, key, {url}, {_words(6, 5000, 0)},"
            f" {_words(12, 9000, 3)}, {_words(30, 60_000, 5)}, 'Bagian ' || (i * i % {SECTIONS}),"
            " case when i % 3 = 0 then 'Anak' end, case when i % 9 > 0 then 'Standard' end, at, 25, 25,"
            " 1, i % 100 > 0, case when i % 30 = 0 then 2 else 1 end,"
            " case when i % 400 = 0 then 'gone' else 'live' end, at, at, at, cast(i as text),"
            " cast(i as text), '1', '{\"title\": \"h1\"}' from numbers order by numbers.i"
        ),
        (
            "update articles set duplicate_of = (select key from numbers where i = articles.id - 1),"
            " duplicate_reason = 'same text', similarity = 1 where id % 50 = 0 and id > 1"
        ),
        (
            "insert into revisions (article_id, number, title, summary, body, tags, content_hash,"
            f" fetched_at, replaced_at, reason) select i, 1, 'Dulu ' || i, 'x', {_words(30, 900, 5)},"
            " '[]', cast(i as text), at, at, 'news' from numbers where i % 30 = 0 order by numbers.i"
        ),
        (
            "insert into article_people (article_id, role, position, person_id)"
            f" select i, 'author', 0, i * 31 % {people} + 1 from numbers"
        ),
        (
            "insert into article_people (article_id, role, position, person_id)"
            f" select i, 'editor', 0, i * 17 % {people} + 1 from numbers"
        ),
        *(
            "insert into article_tags (article_id, position, tag_id)"
            f" select i, {n}, i * {31 + n} % {tags} + 1 from numbers"
            for n in range(3)
        ),
        (
            "insert into images (article_id, position, url)"
            " select i, 0, 'https://asset.kompas.com/' || i || '.jpg' from numbers"
        ),
        *(
            "insert into links (article_id, position, target_key, url, title)"
            f" select n.i, {n}, t.key, {address.format(t='t.')}, 'Judul ' || t.i"
            f" from numbers n join numbers t on t.i = {far.format(n=n)} where n.i % 10 >= {n * 3}"
            for n in range(3)
        ),
        (
            "insert into frontier (key, kind, url, section, day, title, scope, depth, priority, state,"
            " attempts, barren, unchanged, next_at, discovered_at, visited_at) select key, 'article',"
            f" {url}, 'section ' || (i * i % {SECTIONS}), day, 'Judul ' || i, 'kompas', 0, 20, 'done',"
            " 0, 0, 0, case when i % 60 = 0 then at end, at, at from numbers order by numbers.i"
        ),
        (
            "insert into frontier (key, kind, url, section, day, scope, depth, priority, state,"
            " attempts, barren, unchanged, discovered_at) select key || '9', 'article',"
            f" {url}, 'section ' || (i * i % {SECTIONS}), day, 'kompas', 3, 50,"
            " case when i % 50 = 0 then 'failed' when i % 3 = 0 then 'gone' when i % 3 = 1 then"
            " 'skipped' else 'pending' end, 0, 0, 0, at from numbers"
            f" where i % {max(rows // unknown, 1)} = 0"
        ),
        (
            "insert into links (article_id, position, target_key, url, title)"
            f" select i, 9, key || '8', {url}, 'Tak dikenal' from numbers where i % 20 = 0"
        ),
        (
            "insert into index_days (site, day, listed, pages, read_all, complete, swept_at)"
            " select 'all', day, count(*), 30, max(i) % 40 > 0, true, max(at) from numbers"
            " group by day"
        ),
    ]


def measure(url: str, folder: Path) -> None:
    """Run each command as a person does, in a process of its own."""
    engine = open_engine(database_url(url, Path.cwd()))
    with engine.connect() as connection:
        count, last, linked = connection.execute(
            text("select count(*), max(key), min(key) from articles")
        ).one()
        middle = connection.scalar(
            text("select key from articles order by key limit 1 offset :n"), {"n": count // 2}
        )
    engine.dispose()
    print(f"{count} articles on {engine.dialect.name}")
    for arguments in (
        ("status",),
        ("gaps",),
        ("gaps", "--since", f"{NOW - timedelta(days=7):%Y-%m-%d}"),
        ("show", last),
        ("show", linked),
        ("show", middle, "--revisions"),
        ("search", "kata17"),
        ("report", str(folder / "all.html")),
        ("report", str(folder / "year.html"), "--since", f"{NOW - timedelta(days=365):%Y-%m-%d}"),
        ("doctor",),
        ("forget", middle, "--dry-run"),
        ("forget", middle),
    ):
        seconds, code, first = _timed(url, arguments)
        shown = " ".join(Path(word).name for word in arguments)
        print(f"  {shown:34} {seconds:6.2f} s, exit {code}  {first[:70]}", flush=True)


def _timed(url: str, arguments: tuple[str, ...]) -> tuple[float, int, str]:
    command = [sys.executable, "-m", "scrapy", *arguments]
    environment = {
        **os.environ,
        "KOMPAS_DATABASE_URL": url,
        "KOMPAS_NOW": NOW.isoformat(),
        "KOMPAS_MIRROR": "",
    }
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return time.perf_counter() - began, done.returncode, lines[-1] if lines else ""


if __name__ == "__main__":
    main()
