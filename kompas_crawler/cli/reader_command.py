"""Base of the commands without a crawler: no log, one-line errors."""

import argparse
import inspect
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings
from sqlalchemy import Connection

from kompas_crawler.archive.read.export import NAMES, Filters, Reader
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.clock import Clock
from kompas_crawler.crawl.settings_check import refuse_names
from kompas_crawler.exitcodes import NO_ROOM, CrawlError, Exit, UsageProblem
from kompas_crawler.log.terminal import safe
from kompas_crawler.project import project_dir
from kompas_crawler.spiders import arguments as read

DAYS = {
    "--since DAY": "published on DAY (WIB) or later",
    "--until DAY": "published on DAY (WIB) or earlier",
}
FILTERS = DAYS | {
    "--section A,B": "only these sections: slugs or labels",
    "--tag A,B": "with one of these tags",
    "--author A,B": "by one of these authors",
    "--content-type A,B": "such as Standard or Kolom",
}
TOPIC = FILTERS | {"--query WORDS": "with these words, as in scrapy search"}
_REPEATED = ("A,B", "NAME=VALUE")


def days(opts: argparse.Namespace) -> tuple[date | None, date | None]:
    """The period that *opts* choose; raises ``UsageProblem``."""
    since, until = read.day("since", opts.since), read.day("until", opts.until)
    if since and until and since > until:
        raise UsageProblem(f"--since {since} is after --until {until}")
    return since, until


def filters(opts: argparse.Namespace, **more: Any) -> Filters:
    """The articles that *opts* choose, with *more* filters; raises ``UsageProblem``."""
    since, until = days(opts)
    if more.get("query") is not None:
        parse(more["query"])
    names: Any = {name: read.names(*getattr(opts, name)) for name in NAMES}
    return Filters(since=since, until=until, **names, **more)


def refuse_options(args: list[str]) -> None:
    """Raise ``UsageProblem`` for an option in *args*, those that the parser does not know."""
    if unknown := [arg for arg in args if arg.startswith("--")]:
        raise UsageProblem(f"unknown option {unknown[0]}; see --help")


class Described(ScrapyCommand):
    """A command whose docstring is its help; a wrong option ends it with one line."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.error = self._refuse  # type: ignore[method-assign]

    def _refuse(self, message: str) -> NoReturn:
        self.say(message)
        raise SystemExit(int(Exit.USAGE))

    def say(self, line: str) -> None:
        sys.stderr.write(f"scrapy {self.name}: {safe(line)}\n")

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def short_desc(self) -> str:
        return (inspect.getdoc(type(self)) or "").partition(".\n\n")[0]

    def long_desc(self) -> str:
        return " ".join((inspect.getdoc(type(self)) or "").partition(".\n\n")[2].split())


class ReaderCommand(Described):
    """A command without a crawler; a subclass implements ``read``.

    ``usage`` names its arguments; without one it takes options only.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    settings: Settings
    usage: ClassVar[str] = ""
    options: ClassVar[Mapping[str, str]] = {}
    """Help by option; one with a value of ``_REPEATED`` repeats."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        for option, words in self.options.items():
            name, _, value = option.partition(" ")
            if value in _REPEATED:
                parser.add_argument(name, metavar=value, action="append", default=[], help=words)
            elif value:
                parser.add_argument(name, metavar=value, help=words)
            else:
                parser.add_argument(name, action="store_true", help=words)

    def syntax(self) -> str:
        return self.usage or "[options]"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # temporary files are removed
        try:
            refuse_names(self.settings)
            refuse_options(args)
            if not self.usage:
                self.take_none(args)
            for name, value in vars(opts).items():  # such as an unset variable of a script
                if value == "" or (isinstance(value, list) and value and not read.names(*value)):
                    what = "names nothing" if value else "has no value"
                    raise UsageProblem(f"--{name.replace('_', '-')} {what}")
            self.exitcode = self.read(args, opts) or Exit.DONE
            sys.stdout.flush()
        except CrawlError as error:
            self.say(str(error))
            self.exitcode = error.code
        except BrokenPipeError:  # the reader of the pipe has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.exitcode = Exit.ERROR
        except OSError as error:
            self.say(f"{error.filename or 'the system'}: {error.strerror or error}")
            self.exitcode = Exit.DISK_FULL if error.errno in NO_ROOM else Exit.USAGE
        except KeyboardInterrupt:
            self.exitcode = Exit.INTERRUPTED

    def read(self, args: list[str], opts: argparse.Namespace) -> int | None:
        """Run the command; return the exit code, unless it is 0."""
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

    def take_article(self, args: list[str]) -> str:
        """The only argument, which names an article."""
        example = f"such as: scrapy {self.name} 20220122-093100670"
        return self.take_one(args, f"one article by key or address, {example}")

    def now(self) -> datetime:
        """The current time, or ``KOMPAS_NOW``."""
        return Clock(self.settings["KOMPAS_NOW"]).now()

    def open(self) -> closing[Reader]:
        return closing(Reader(self.settings["KOMPAS_DATABASE_URL"], project_dir()))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the archive as of its first statement."""
        with self.open() as reader, reader.snapshot() as connection:
            yield connection
