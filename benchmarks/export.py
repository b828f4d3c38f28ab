"""``scrapy export`` to CSV compared with SQLite's dump of the same columns."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import crawls, filling
from benchmarks.measures import Measure
from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 200_000
SHELL = shutil.which("sqlite3")

DUMP = """
select key, url, title, summary, body, section, subsection, content_type, dateline,
  (select group_concat(name, '; ') from (
    select name from article_people join people on people.id = person_id
    where article_id = articles.id and role = 'author' order by position)),
  (select group_concat(name, '; ') from (
    select name from article_people join people on people.id = person_id
    where article_id = articles.id and role = 'editor' order by position)),
  source,
  (select group_concat(name, '; ') from (
    select name from article_tags join tags on tags.id = tag_id
    where article_id = articles.id order by position)),
  topic, published_at, updated_at,
  (select group_concat(url, '; ') from (
    select url from images where article_id = articles.id order by position)),
  (select group_concat(url, '; ') from (
    select url from links where article_id = articles.id order by position)),
  word_count, declared_words, pages, is_complete, duplicate_of, revision, status,
  first_seen_at, fetched_at, content_hash, extractor_version
from articles where duplicate_of is null order by key
"""


def measures(rows: int = ROWS, runs: int = 3) -> list[Measure]:
    """Export and dump an archive alternately, *runs* times."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "kompas.db"
        engine = open_engine(database_url(f"sqlite:///{database}", database.parent))
        schema.upgrade(engine)
        filling.fill(engine, rows)
        engine.dispose()
        dump = _by_shell if SHELL else _by_python
        values = []
        for _ in range(runs):
            theirs = _seconds(lambda: dump(database))
            ours = _seconds(lambda: _by_us(database))
            values.append(ours / theirs)
            print(
                f"{rows:,} articles as CSV: {ours:.1f} s of CPU,"
                f" {'sqlite3 -csv' if SHELL else 'csv and sqlite3 of Python'} {theirs:.1f} s",
                flush=True,
            )
        _compare(Path(folder), rows)
    name = "sqlite3 -csv" if SHELL else "Python's sqlite3 and csv"
    return [
        Measure(
            name=f"CSV of {rows:,} / {name}, time", values=values, limit=4, hoped=3, at_most=True
        )
    ]


def _seconds(run: Callable[[], None]) -> float:
    before = os.times()
    run()
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def _by_us(database: Path) -> None:
    path = database.with_name("ours.csv")
    command = [sys.executable, "-m", "scrapy", "export", str(path)]
    env = os.environ | {"KOMPAS_DATABASE_URL": f"sqlite:///{database}"}
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=crawls.ROOT, env=env, check=True, stdout=quiet, stderr=quiet)


def _by_shell(database: Path) -> None:
    assert SHELL is not None
    with database.with_name("theirs.csv").open("wb") as file:
        subprocess.run([SHELL, "-csv", str(database), DUMP], check=True, stdout=file)


def _by_python(database: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.export", str(database)]
    subprocess.run(command, cwd=crawls.ROOT, check=True)


def _compare(folder: Path, rows: int) -> None:
    csv.field_size_limit(10**9)
    counts = []
    for name, head in (("ours.csv", 1), ("theirs.csv", 0)):
        with (folder / name).open(newline="", encoding="utf-8") as file:
            counts.append(sum(1 for _ in csv.reader(file)) - head)
    if counts != [rows, rows]:
        raise SystemExit(f"the files hold {counts} rows, not {rows} each")


def main(path: Path) -> None:
    """Dump the archive at *path* with Python's own modules."""
    with (
        closing(sqlite3.connect(path)) as connection,
        path.with_name("theirs.csv").open("w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows(connection.execute(DUMP))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
