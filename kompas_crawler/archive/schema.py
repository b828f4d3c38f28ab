"""Migrating the database to this version's schema, by Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from kompas_crawler.exitcodes import ConfigurationProblem

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0015"  # the newest migration in ``migrations/versions``; checked by a test
UNFINISHED = f"unfinished {HEAD}"  # the version of a copy until it is complete

_LOCK_ID = 0x6B6F6D70  # "komp": several workers may start at once on PostgreSQL


def alembic_config(connection: Connection | None = None) -> Config:
    """Build Alembic's configuration, without a file."""
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def current(connection: Connection) -> str | None:
    """Return the database's migration, ``None`` for an empty database.

    Raises ``ConfigurationProblem`` for the database of another program.
    """
    found = inspect(connection)
    if found.default_schema_name is None:
        raise ConfigurationProblem("the search_path of the database names no schema; correct it")
    tables = found.get_table_names()
    if {"alembic_version", "frontier"}.issubset(tables):
        version = connection.scalar(text("select version_num from alembic_version"))
        return None if version is None else str(version)
    if connection.dialect.name == "postgresql":  # may have other tables beside an archive's
        tables = [name for name in ("alembic_version", "articles", "frontier") if name in tables]
    if tables:
        why = f"of another program, with a table {tables[0]!r}; set KOMPAS_DATABASE_URL to another"
        raise ConfigurationProblem(f"the database is {why}")
    return None


def check(connection: Connection) -> None:
    """Refuse a database that is not at ``HEAD``, for commands that only read."""
    found = current(connection)
    if found is None:
        raise ConfigurationProblem("there is no archive yet; create it with: scrapy crawl kompas")
    if found != HEAD:
        refuse_foreign(found)
        raise ConfigurationProblem("archive of an older release; upgrade it: scrapy crawl kompas")


def upgrade(engine: Engine) -> None:
    """Create or migrate the tables. Raises ``ConfigurationProblem`` for a newer release."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
        found = current(connection)
        if found == HEAD:
            return
        from alembic import command

        if found is None:
            _create(connection)
            command.stamp(alembic_config(connection), "head")
        else:
            refuse_foreign(found)
            command.upgrade(alembic_config(connection), "head")


def _create(connection: Connection) -> None:
    from kompas_crawler.archive.crawl_models import FrontierRow
    from kompas_crawler.archive.migrations import unmapped

    FrontierRow.metadata.create_all(connection, checkfirst=False)
    unmapped.create_index(connection)
    unmapped.create_others(connection)


def refuse_foreign(found: str) -> None:
    """Raise ``ConfigurationProblem`` for a schema that this program does not know."""
    from alembic.script import ScriptDirectory

    migrations = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    if found in {migration.revision for migration in migrations}:
        return
    if found.startswith("unfinished"):
        why = "an unfinished copy; repeat scrapy copy-archive by the same release, or delete it"
    elif found < HEAD:
        why = f"older than the first release (schema {found}); upgrade it first with the program "
        why += "that made it, or set KOMPAS_DATABASE_URL to another database"
    else:
        why = f"of a newer release (schema {found}, this program knows {HEAD}); update the program"
    raise ConfigurationProblem(f"the archive is {why}")
