"""What the acts share: the sample site, the archive, the commands and the screen."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.archive.read.lookup import previous_versions
from kompas_crawler.exitcodes import Exit
from kompas_crawler.project import project_dir
from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kompas_crawler.items import StoredArticle
    from kompas_crawler.sample.demo.programs import Done, Runs
    from kompas_crawler.sample.demo.screen import Screen
    from kompas_crawler.sample.site.server import Server
    from kompas_crawler.sample.site.site import Site

DEPTH = 2
"""The "Baca juga" hops of a crawl without arguments."""
EVENING = datetime(2026, 6, 30, 23, 5, tzinfo=WIB)
"""When the demo begins: the sample site's last day is over."""
LATER = EVENING + timedelta(minutes=10)
"""Nothing has become due since the evening."""
NIGHT = datetime(2026, 7, 1, 4, 45, tzinfo=WIB)
"""Later than six hours after the evening's articles: these are due to be looked at again."""
MORNING = datetime(2026, 7, 1, 6, 30, tzinfo=WIB)
"""After the first articles of the next day."""
MENDED = MORNING + timedelta(minutes=5)
"""Before the time at which a failed article would be tried again anyway."""
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=WIB)
"""When the index of the day before has settled."""
AFTERNOON = NOON + timedelta(hours=2)


@dataclass(kw_only=True)
class Stage:
    """The sample site and its *server*, the archive in *folder*, and the moment it is."""

    screen: Screen
    server: Server
    programs: Runs
    folder: Path
    now: datetime = EVENING
    _told: dict[str, str] = field(init=False, default_factory=dict)

    @property
    def site(self) -> Site:
        """The sample site."""
        return self.server.site

    @property
    def keys(self) -> frozenset[str]:
        """The articles that a crawl of the site has to store."""
        return self.site.keys_within(DEPTH)

    @property
    def database_url(self) -> str:
        """The archive of the demo, as a setting names it."""
        path = self.folder / "demo.db"
        if path.is_relative_to(project_dir()):
            path = path.relative_to(project_dir())
        return f"sqlite:///{path.as_posix()}"

    @property
    def settings(self) -> dict[str, str]:
        """What the commands of the demo are told by their environment."""
        return {name: value for name, (value, _) in self.explained.items()}

    @property
    def explained(self) -> dict[str, tuple[str, str]]:
        """The settings and what each asks for."""
        health = self.folder / "demo-health.json"
        if health.is_relative_to(project_dir()):
            health = health.relative_to(project_dir())
        return {
            "KOMPAS_MIRROR": (self.server.url, "the site to read, not Kompas.com"),
            "KOMPAS_DATABASE_URL": (self.database_url, "the archive, kept in this file"),
            "KOMPAS_HEALTH_FILE": (health.as_posix(), "how the last crawl went"),
            "KOMPAS_NOW": (self.now.isoformat(), "the moment it is, in this demo"),
        }

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """The archive, opened to be read."""
        reader = Reader(self.database_url, project_dir())
        try:
            yield reader
        finally:
            reader.close()

    def articles(self) -> list[StoredArticle]:
        """All stored articles, in order of their ids."""
        with self.reading() as reader:
            return list(reader.articles(Filters(with_duplicates=True)))

    def former_texts(self, key: str) -> list[tuple[str, ...]]:
        """The paragraphs that an article had before each of its corrections."""
        with self.reading() as reader, reader.engine.connect() as connection:
            return [version.body for version in previous_versions(connection, key)]

    def run(self, doing: str, *commands: Sequence[str]) -> list[Done]:
        """Show the *commands* and run them, side by side, to their ends."""
        self.tell(*commands)
        with self.screen.busy(doing):
            return self.programs.run(*commands, settings=self.settings)

    def tell(self, *commands: Sequence[str]) -> None:
        """Show *commands* as they are typed, and those settings that were not shown before."""
        for words in commands:
            self.screen.command(*words)
        news = {
            name: (value, meaning)
            for name, (value, meaning) in self.explained.items()
            if self._told.get(name) != value
        }
        if news:
            self.screen.explained(news)
        self._told = self.settings

    def crawl(self, *arguments: str, spider: str = "kompas", code: Exit = Exit.DONE) -> None:
        """Run ``scrapy crawl`` to its end, and expect it to end with *code*."""
        (done,) = self.run("crawling", ("crawl", spider, *arguments))
        self.crawled(done, code)

    def crawled(self, done: Done, code: Exit = Exit.DONE) -> None:
        """Show the last line of a crawl, and expect it to have ended with *code*."""
        self.screen.say(done.last_line, "dim")
        expect("exit code of the crawl", done.code, int(code))

    def gaps(self, *, code: int) -> set[str]:
        """Show what ``scrapy gaps`` says, and return the articles it names."""
        (done,) = self.run("comparing", ("gaps",))
        expect("exit code of 'scrapy gaps'", done.code, code)
        for line in done.answer.splitlines():
            self.screen.say(line, "dim")
        return set(re.findall(r"\b\d{8}-\d{6,}\b", done.answer))

    def dead_links(self) -> int:
        """How many linked articles answered 404 so far, and are looked at again."""
        with self.reading() as reader, reader.engine.connect() as connection:
            return gaps.find(connection, now=self.now).dead_links

    def asked_for(self, since: int) -> tuple[int, int]:
        """How many article pages and how many lists were asked for from request *since* on."""
        paths = [request.path for request in self.server.requests[since:]]
        articles = sum("/read/" in path for path in paths)
        return articles, len(paths) - articles - paths.count("/robots.txt")
