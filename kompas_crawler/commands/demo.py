"""``scrapy demo``: the crawler on a sample site, in eight checked steps."""

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
    """Runs the demo; exit 1 with one line if a result differs from the sample site."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return ""

    def short_desc(self) -> str:
        return "Demonstrate the crawler on a local sample site"

    def long_desc(self) -> str:
        return (
            "Crawl a local sample site into data/demo.db: a killed crawl resumes, articles are "
            "exported and corrected, gaps are filled. Takes about half a minute. "
            "Example: scrapy demo"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Only a flag: an exception could be lost in a callback, or lose a process just started.
        came: list[int] = []
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: came.append(number))
        try:
            if args:
                raise UsageProblem(
                    f"unexpected argument {args[0]!r}; 'scrapy demo' takes no arguments"
                )
            _play(lambda: bool(came))
        except (UsageProblem, AlreadyRunning) as error:
            self._end(error.code, str(error))
        except (CrawlError, OSError) as error:
            self._end(Exit.ERROR, f"{error}; see data/demo.log for the output of the crawls")
        except KeyboardInterrupt:
            self._end(Exit.INTERRUPTED, "interrupted; all processes were stopped")

    def _end(self, code: Exit, line: str) -> None:
        sys.stderr.write(f"scrapy demo: {line}\n")
        self.exitcode = code


def _play(is_interrupted: Callable[[], bool]) -> None:
    # Scrapy imports all commands for each of them.
    from kompas_crawler.sample.demo.play import play, sample_site
    from kompas_crawler.sample.demo.screen import Screen

    play(Screen(), project_dir() / "data", sample_site(), is_interrupted)
