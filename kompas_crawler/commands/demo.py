"""``scrapy demo``: the crawler on a sample site, in seven acts, each checked."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.exitcodes import AlreadyRunning, CrawlError, Exit, UsageProblem
from kompas_crawler.project import project_dir

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


class Command(ScrapyCommand):
    """Plays the demo; exit 1 with one line when something is not as the sample site has it."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return ""

    def short_desc(self) -> str:
        return "Show what the crawler does, on a sample site of its own, without a network"

    def long_desc(self) -> str:
        return (
            "Crawl a sample site on this machine into data/demo.db: killed and gone on with, "
            "exported, corrected, with a gap that is filled. Takes about half a minute. "
            "Example: scrapy demo"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Only noted: an exception raised anywhere may be lost in a callback, or lose a
        # program that has just begun.
        came: list[int] = []
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: came.append(number))
        try:
            if args:
                raise UsageProblem(f"what is {args[0]!r}? 'scrapy demo' takes no arguments")
            _play(lambda: bool(came))
        except (UsageProblem, AlreadyRunning) as error:
            self._end(error.code, str(error))
        except (CrawlError, OSError) as error:
            self._end(Exit.ERROR, f"{error}; what the crawls said is in data/demo.log")
        except KeyboardInterrupt:
            self._end(Exit.INTERRUPTED, "interrupted; nothing is left running")

    def _end(self, code: Exit, line: str) -> None:
        sys.stderr.write(f"scrapy demo: {line}\n")
        self.exitcode = code


def _play(is_interrupted: Callable[[], bool]) -> None:
    # Scrapy imports all commands for each of them.
    from kompas_crawler.sample.demo.play import play, sample_site
    from kompas_crawler.sample.demo.screen import Screen

    play(Screen(), project_dir() / "data", sample_site(), is_interrupted)
