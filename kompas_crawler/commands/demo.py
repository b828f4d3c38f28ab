"""``scrapy demo``: the crawler on a sample site, in eight checked steps."""

import argparse
import signal

from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import AlreadyRunning, CrawlError, Exit
from kompas_crawler.project import project_dir
from kompas_crawler.sample.demo.play import play, sample_site
from kompas_crawler.sample.demo.screen import Screen


class Command(ReaderCommand):
    """Demonstrate the crawler on a local sample site.

    Crawl a local sample site into data/demo.db: a killed crawl resumes, articles are exported and
    corrected, gaps are filled. Takes less than a minute. Example: scrapy demo
    """

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        # Only a flag: an exception could be lost in a callback, or lose a process just started.
        came: list[int] = []
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: came.append(number))
        try:
            play(Screen(), project_dir() / "data", sample_site(), lambda: bool(came))
        except AlreadyRunning:
            raise
        except (CrawlError, OSError) as error:
            raise CrawlError(f"{error}; see data/demo.log for the output of the crawls") from None
        except KeyboardInterrupt:
            self.say("interrupted; all processes were stopped")
            return Exit.INTERRUPTED
        return Exit.DONE
