"""Migrating the database to this version's schema, by Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from kompas_crawler.exitcodes import ConfigurationProblem

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0015"
"""The newest migration in ``migrations/versions``; checked by a test."""
UNFINISHED = f"unfinished {HEAD}"
"""The version of a copy until it is complete."""

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
    """Return the database's migration, ``None`` for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("select version_num from alembic_version"))
    return None if version is None else str(version)


def check(connection: Connection) -> None:
    """Refuse a database that is not at ``HEAD``, for commands that only read."""
    found = current(connection)
    if found is None:
        raise ConfigurationProblem(
            "the database contains no archive yet; create it with: scrapy crawl kompas"
        )
    if found != HEAD:
        refuse_foreign(found)
        raise ConfigurationProblem(
            "the archive is of an older release; upgrade it with: scrapy crawl kompas"
        )


def upgrade(engine: Engine) -> None:
    """Create or migrate the tables. Raises ``ConfigurationProblem`` for a newer release."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
        found = current(connection)
        if found == HEAD:
            return
        if found is not None:
            refuse_foreign(found)
        elif inspect(connection).has_table("articles"):
            raise ConfigurationProblem(
                "the database has a table 'articles' that is not this archive's; "
                "choose another database"
            )
        from alembic import command

        if found is None:
            _create(connection)
            command.stamp(alembic_config(connection), "head")
        else:
            command.upgrade(alembic_config(connection), "head")


def _create(connection: Connection) -> None:
    """Create the tables of the models, and what they do not declare."""
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
        raise ConfigurationProblem(
            "the database contains an unfinished copy of an archive; "
            "complete it with the same: scrapy copy-archive URL, or delete it"
        )
    if found < HEAD:
        raise ConfigurationProblem(
            f"the archive is older than the first release (schema {found}), which this program "
            "cannot upgrade; upgrade it first with the program that made it, "
            "or set KOMPAS_DATABASE_URL to another database"
        )
    raise ConfigurationProblem(
        f"the archive is of a newer release (schema {found}, this program knows {HEAD}); "
        "update the program"
    )
