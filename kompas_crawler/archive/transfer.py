"""Copy a whole archive into another database, SQLite or PostgreSQL, or an SQLite file as it is.

Rows are copied table by table, in the order of their primary keys. The target's schema version
marks it as unfinished until both archives have equal digests, so that no command uses a part.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, String, Table, collate, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive import full_text, schema
from kompas_crawler.archive.crawl_models import FrontierCountRow
from kompas_crawler.archive.database import explained, explaining, immutable, opened
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.types import KeyText
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, DatabaseUnavailable, DiskFull
from kompas_crawler.log import bar

TABLES = [t for t in Model.metadata.sorted_tables if t is not FrontierCountRow.__table__]
"""Parents before their children, without the one that triggers fill."""
BATCH = 1000  # rows per transaction


def move(source: Connection, url: URL) -> dict[str, int]:
    """Copy the archive of *source*, a snapshot, to *url* and compare; return the rows by table."""
    with opened(url) as target:
        with explaining(url):
            _prepare(target)
        rows = {t.name: source.scalar(select(func.count()).select_from(t)) or 0 for t in TABLES}
        total = sum(rows.values())
        bar.run("copying", total, _copy(source, target))
        here, there = dict[str, str](), dict[str, str]()
        with explaining(url), target.connect() as connection:
            connection.execution_options(reads_only=True)
            digests = chain(_digests(source, here), _digests(connection, there))
            bar.run("comparing", 2 * total, digests)
        if wrong := [name for name in rows if here[name] != there[name]]:
            raise CrawlError(f"the copy is not equal in {', '.join(wrong)}; delete it and repeat")
        with explaining(url):
            _finish(target)
    return rows


def _prepare(target: Engine) -> None:
    """Create the tables of *target* and mark it as unfinished, or keep those of a begun copy.

    Raises ``ConfigurationProblem`` if it contains an archive, or a copy of another release.
    """
    with target.connect() as connection:
        if schema.current(connection) == schema.UNFINISHED:
            return
    schema.upgrade(target)
    with target.begin() as connection:
        if any(connection.execute(select(table).limit(1)).first() for table in TABLES):
            line = "the target contains an archive already; choose an empty database or a new file"
            raise ConfigurationProblem(line)
        _set_version(connection, schema.UNFINISHED)


def _copy(source: Connection, target: Engine) -> Iterator[int]:
    """Copy the rows that *target* lacks; yield the number of rows of each step.

    After an interruption it continues, unless the rows that were copied have changed since: then
    it copies their table and the following ones again.
    """
    for number, table in enumerate(TABLES):
        there = _copied(source, target, table)
        if there is None:
            with target.begin() as connection:
                for outdated in reversed(TABLES[number:]):
                    connection.execute(outdated.delete())
            there = 0
        yield there
        names = [column.key for column in table.columns]
        for part in chunks(islice(_rows(source, table), there, None), BATCH):
            _insert(target, table, [dict(zip(names, row, strict=True)) for row in part])
            yield len(part)


def _copied(source: Connection, target: Engine, table: Table) -> int | None:
    """Count the rows of *target*; ``None`` if they are not the first ones of *source*."""
    count, wanted = 0, _rows(source, table)
    with explaining(target.url), target.connect() as connection:
        connection.execution_options(reads_only=True)
        for row in _rows(connection, table):
            if row != next(wanted, None):
                return None
            count += 1
    return count


def _insert(target: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        with target.begin() as connection:
            connection.execute(table.insert(), rows)
    except DBAPIError as error:
        key = ", ".join(str(rows[0][column.key]) for column in table.primary_key)
        line = f"the target refuses a row of {table.name} at or after {key}: {error.orig}"
        raise explained(error, target.url) or CrawlError(line) from None


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Stream the rows, ordered by primary key; texts by byte, on both databases."""
    by_byte = connection.dialect.name == "postgresql"
    keys = [
        collate(column, "C") if by_byte and isinstance(column.type, String) else column
        for column in table.primary_key
    ]
    size = KeyText.length  # SQLite keeps longer keys, PostgreSQL refuses them
    columns = (func.substr(c, 1, size) if c.type is KeyText else c for c in table.columns)
    query = select(*columns).order_by(*keys).execution_options(yield_per=BATCH)
    with connection.execute(query) as found:
        yield from map(tuple, found)


def _digests(connection: Connection, made: dict[str, str]) -> Iterator[int]:
    """Add the SHA-256 of each table's rows to *made*; yield the sizes of batches."""
    for table in TABLES:
        digest = hashlib.sha256()
        for part in chunks(_rows(connection, table), BATCH):
            for row in part:
                digest.update(json.dumps(row, default=str, sort_keys=True).encode())
            yield len(part)
        made[table.name] = digest.hexdigest()


def _finish(target: Engine) -> None:
    """Make *target* an archive like any other, after its rows were verified."""
    with target.begin() as connection:
        full_text.index_all(connection)
        if target.dialect.name == "postgresql":
            for table in TABLES:
                if (column := table.autoincrement_column) is not None:
                    last = f"(select max({column.name}) from {table.name})"
                    sequence = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
                    connection.execute(text(f"select setval({sequence}, {last})"))
            connection.execute(text("analyze"))  # else plans assume empty tables
        _set_version(connection, schema.HEAD)


def _set_version(connection: Connection, version: str) -> None:
    connection.execute(text("update alembic_version set version_num = :to"), {"to": version})


def copy_into(url: URL, path: Path, note: Callable[[], int | None] = lambda: None) -> None:
    """Copy the SQLite archive at *url* to the new file *path*, and call *note* now and then.

    The copy is of one moment, also during a crawl.
    """
    source = Path(str(url.database))
    fixed = "" if immutable(url, source) is url else "&immutable=1"
    name = f"{source.as_uri()}?mode=ro{fixed}"
    try:
        with closing(sqlite3.connect(name, uri=True, timeout=60)) as connection:
            connection.set_progress_handler(note, 100_000)  # also lets Python handle Ctrl-C
            connection.execute("vacuum into ?", [str(path)])
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise DiskFull(f"the disk is full, no copy was made at {path.parent}") from None
        raise DatabaseUnavailable(f"copying the archive failed: {error}") from None
