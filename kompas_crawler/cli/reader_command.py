"""Base of the commands that only read the archive: no crawler, no log, one-line errors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive.read.export import Reader
from kompas_crawler.exitcodes import CrawlError, UsageProblem
from kompas_crawler.log.terminal import safe
from kompas_crawler.project import project_dir

if TYPE_CHECKING:
    import argparse

LISTED: dict[str, Any] = {"metavar": "A,B", "action": "append", "default": []}
"""An option that repeats and takes commas."""


class ReaderCommand(ScrapyCommand):
    """A command that reads the archive; a subclass implements ``read``."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        unknown = [arg for arg in args if arg.startswith("--")]
        try:
            if unknown:
                raise UsageProblem(f"unknown option {unknown[0]}; see --help")
            self.exitcode = self.read(args, opts)
        except CrawlError as error:
            sys.stderr.write(f"scrapy {self.name}: {safe(str(error))}\n")
            self.exitcode = error.code
        except KeyboardInterrupt:
            self.exitcode = 12

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        """Run the command; return the exit code."""
        raise NotImplementedError

    def open(self) -> Reader:
        """Open the archive of the settings."""
        assert self.settings is not None
        return Reader(self.settings["KOMPAS_DATABASE_URL"], project_dir())
