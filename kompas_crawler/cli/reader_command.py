"""Base of the commands without a crawler: no log, one-line errors."""

import argparse
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings
from sqlalchemy import Connection

from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import (
    ConfigurationProblem,
    CrawlError,
    Exit,
    UsageProblem,
    as_problem,
)
from kompas_crawler.log.terminal import safe
from kompas_crawler.project import project_dir
from kompas_crawler.spiders import arguments as read

LISTED: dict[str, Any] = {"metavar": "A,B", "action": "append", "default": []}
"""An option that repeats and takes commas."""
NAMES = {
    "section": "only these sections: slugs or labels",
    "tag": "with one of these tags",
    "author": "by one of these authors",
    "content_type": "such as Standard or Kolom",
}
"""The filters by name, and their help."""


def add_days(parser: argparse._ActionsContainer) -> None:
    """Add the options of a period."""
    parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
    parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or earlier")


def add_filters(parser: argparse._ActionsContainer) -> None:
    """Add the options that choose articles, all but the words."""
    add_days(parser)
    for name, words in NAMES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", **LISTED, help=words)


def days(opts: argparse.Namespace) -> tuple[date | None, date | None]:
    """The period that *opts* choose; raises ``UsageProblem``."""
    with as_problem(UsageProblem):
        since, until = read.day("since", opts.since), read.day("until", opts.until)
    if since and until and since > until:
        raise UsageProblem(f"--since {since} is after --until {until}")
    return since, until


def filters(opts: argparse.Namespace, **more: Any) -> Filters:
    """The articles that *opts* choose, with *more* filters; raises ``UsageProblem``."""
    since, until = days(opts)
    with as_problem(UsageProblem):
        if more.get("query") is not None:
            parse(more["query"])
        names: Any = {name: read.names(*getattr(opts, name)) for name in NAMES}
    return Filters(since=since, until=until, **names, **more)


class ReaderCommand(ScrapyCommand):
    """A command without a crawler; a subclass implements ``read``.

    Its docstring is the help: the first paragraph is the short description. ``usage`` names its
    arguments.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    settings: Settings
    usage: ClassVar[str] = ""

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return (inspect.getdoc(type(self)) or "").partition(".\n\n")[0]

    def long_desc(self) -> str:
        return " ".join((inspect.getdoc(type(self)) or "").partition(".\n\n")[2].split())

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        unknown = [arg for arg in args if arg.startswith("--")]
        try:
            if unknown:
                raise UsageProblem(f"unknown option {unknown[0]}; see --help")
            self.exitcode = self.read(args, opts)
        except CrawlError as error:
            self.say(str(error))
            self.exitcode = error.code
        except KeyboardInterrupt:
            self.exitcode = Exit.INTERRUPTED

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def say(self, line: str) -> None:
        sys.stderr.write(f"scrapy {self.name}: {safe(line)}\n")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        """Run the command; return the exit code."""
        raise NotImplementedError

    def take_none(self, args: list[str]) -> None:
        """Refuse arguments that are not options."""
        if args:
            line = f"unexpected argument {args[0]!r}; 'scrapy {self.name}' takes options only"
            raise UsageProblem(line)

    def take_one(self, args: list[str], what: str) -> str:
        """The only argument; without it ask for *what*."""
        if len(args) != 1:
            raise UsageProblem(f"name {what}")
        return args[0]

    def now(self) -> datetime:
        """The current time, or ``KOMPAS_NOW``."""
        with as_problem(ConfigurationProblem):
            return Clock(self.settings["KOMPAS_NOW"]).now()

    def open(self) -> Reader:
        return Reader(self.settings["KOMPAS_DATABASE_URL"], project_dir())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the archive as of its first statement."""
        reader = self.open()
        try:
            with reader.snapshot() as connection:
                yield connection
        finally:
            reader.close()
