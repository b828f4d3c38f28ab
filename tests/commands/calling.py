"""Commands called inside the test's own process, on an archive filled by hand."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.cmdline import ScrapyArgumentParser
from scrapy.settings import Settings

from kompas_crawler import settings as project_settings
from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.store import articles
from tests.archive.build import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kompas_crawler.items import FetchedArticle


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The archive at *url*, with its tables."""
    engine = open_engine(read_url(url, Path.cwd()))
    try:
        schema.upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def fill(url: str, *made: FetchedArticle) -> None:
    """Store *made*, one after the other, in the archive at *url*."""
    with opened(url) as engine:
        for article in made:
            with engine.begin() as connection:
                articles.save(connection, [article], run_id=None, now=NOW)


def call(name: str, url: str, *arguments: str, **settings: Any) -> int:
    """Run ``scrapy NAME ARGUMENTS`` on the archive at *url*; return its exit code."""
    command = import_module(f"kompas_crawler.commands.{name}").Command()
    command.settings = Settings()
    command.settings.setmodule(project_settings, priority="project")
    command.settings.set("KOMPAS_DATABASE_URL", url, priority="cmdline")
    for key, value in settings.items():
        command.settings.set(key, value, priority="cmdline")
    parser = ScrapyArgumentParser(prog=f"scrapy {name}", conflict_handler="resolve")
    command.add_options(parser)
    options, rest = parser.parse_known_args(arguments)
    command.run(rest, options)
    return int(command.exitcode)
