"""Shared by the steps: the sample site, the archive, the commands and the screen."""

from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters, Reader, count
from kompas_crawler.exitcodes import CrawlError, Exit
from kompas_crawler.items import StoredArticle
from kompas_crawler.project import project_dir
from kompas_crawler.sample.demo.programs import Done, Programs, Unexpected
from kompas_crawler.sample.demo.screen import INDENT, Screen
from kompas_crawler.sample.site.server import Server
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import KEY, WIB
from kompas_crawler.spiders.kompas import DEFAULT_DEPTH

EVENING = datetime(2026, 6, 30, 23, 5, tzinfo=WIB)  # after the sample site's last article
SHOWN = 3  # maximum members of a set in a message


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raise ``Unexpected`` unless *found* equals *wanted*.

    >>> expect("articles", {"a", "b"}, {"b", "c"})
    Traceback (most recent call last):
    kompas_crawler.sample.demo.programs.Unexpected: articles: 2 found, 2 expected (missing: c; unexpected: a)
    """  # noqa: E501
    if found == wanted:
        return
    if not (isinstance(found, Set) and isinstance(wanted, Set)):
        raise Unexpected(f"{what}: {found} found, {wanted} expected")
    sides = {"missing": sorted(wanted - found), "unexpected": sorted(found - wanted)}
    parts = [f"{side}: {', '.join(map(str, some[:SHOWN]))}" for side, some in sides.items() if some]
    raise Unexpected(f"{what}: {len(found)} found, {len(wanted)} expected ({'; '.join(parts)})")


@dataclass(kw_only=True)
class Stage:
    """The sample site and its *server*, the archive in *folder*, and the current time."""

    screen: Screen
    server: Server
    programs: Programs
    folder: Path
    now: datetime = EVENING
    indexed: frozenset[str] = frozenset()  # articles that only the index lists, once it was read
    _shown_settings: dict[str, str] = field(init=False, default_factory=dict)

    @property
    def site(self) -> Site:
        return self.server.site

    @property
    def keys(self) -> frozenset[str]:
        """The articles that a crawl of the site must store."""
        return self.site.keys_within(DEFAULT_DEPTH) | self.indexed

    def _path(self, name: str) -> str:
        path = self.folder / name
        is_inside = path.is_relative_to(project_dir())
        return (path.relative_to(project_dir()) if is_inside else path).as_posix()

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self._path('demo.db')}"

    @property
    def described(self) -> dict[str, tuple[str, str]]:
        """The settings in the environment of the commands, with their descriptions."""
        return {
            "KOMPAS_MIRROR": (self.server.url, "the site to read, not Kompas.com"),
            "KOMPAS_DATABASE_URL": (self.database_url, "the archive"),
            "KOMPAS_HEALTH_FILE": (self._path("demo-health.json"), "the result of the last crawl"),
            "KOMPAS_REVISIT": ("6h,1d,7d", "when to read an article again"),
            "KOMPAS_NOW": (self.now.isoformat(), "the time in this demo"),
        }

    @property
    def settings(self) -> dict[str, str]:
        return {name: value for name, (value, _) in self.described.items()}

    def _reader(self) -> closing[Reader]:
        return closing(Reader(self.database_url, project_dir()))

    def articles(self) -> list[StoredArticle]:
        with self._reader() as reader:
            return list(reader.articles(Filters(with_duplicates=True)))

    def count(self) -> int:
        """The number of stored articles; 0 without an archive."""
        with suppress(CrawlError), self.connected() as connection:
            return count(connection, Filters(with_duplicates=True))
        return 0

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        with self._reader() as reader, reader.engine.connect() as connection:
            yield connection

    def gaps_found(self) -> gaps.Gaps:
        with self.connected() as connection:
            return gaps.find(connection, now=self.now)

    def run(self, doing: str, *commands: Sequence[str]) -> list[Done]:
        """Show the *commands* and run them in parallel until they end."""
        self.show(*commands)
        with self.screen.console.status(f"{doing} ..."):
            return self.programs.run(*commands, settings=self.settings)

    def show(self, *commands: Sequence[str]) -> None:
        """Show *commands*, and settings that are new or changed."""
        for words in commands:
            self.screen.command(*words)
        news = [
            (f"{name}={value}", meaning)
            for name, (value, meaning) in self.described.items()
            if self._shown_settings.get(name) != value
        ]
        if news:
            self.screen.pairs(*news, indent=2 * INDENT)
        self._shown_settings = self.settings

    def crawl(self, *arguments: str, spider: str = "kompas", code: Exit = Exit.DONE) -> None:
        """Run ``scrapy crawl``; expect the exit code *code*."""
        (done,) = self.run("crawling", ("crawl", spider, *arguments))
        self.crawled(done, code)

    def crawled(self, done: Done, code: Exit = Exit.DONE) -> None:
        """Show the last line of a crawl; expect the exit code *code*."""
        self.screen.say(done.last_line, "dim")
        expect("exit code of the crawl", done.code, int(code))

    def gaps(self, *, code: int) -> set[str]:
        """Show the output of ``scrapy gaps``; return the keys in it."""
        (done,) = self.run("comparing", ("gaps",))
        expect("exit code of 'scrapy gaps'", done.code, code)
        for line in done.answer.splitlines():
            self.screen.say(line, "dim")
        return set(KEY.findall(done.answer))

    def requested(self, since: int) -> tuple[int, int]:
        """The numbers of requests for articles and for lists from request *since*."""
        paths = [request.path for request in self.server.requests[since:]]
        articles = sum("/read/" in path for path in paths)
        return articles, len(paths) - articles - paths.count("/robots.txt")
