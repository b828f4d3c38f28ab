"""``scrapy sample-site``: serve a generated news site to test the crawler."""

import argparse
import os
import time
from glob import glob
from pathlib import Path

from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import CrawlError, Exit, UsageProblem
from kompas_crawler.log.terminal import counted
from kompas_crawler.project import require
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import WebArchives
from kompas_crawler.spiders.arguments import number


class Command(ReaderCommand):
    """Serve a generated news site to test the crawler.

    Serve a generated news site on the loopback interface until interrupted.
    Crawl it into another database than the real archive.
    Example: export KOMPAS_MIRROR=http://127.0.0.1:8010
    KOMPAS_DATABASE_URL=sqlite:///data/sample.db; scrapy crawl kompas
    """

    options = {
        "--articles N": "number of articles (default: 200)",
        "--port P": "port, 0 = a free one (default: 8010)",
        "--web-archives GLOB": "WARC files that it serves as Common Crawl and the Wayback Machine",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        articles = number("--articles", opts.articles, default=200, least=1, most=10**7)
        port = number("--port", opts.port, default=8010, most=65535)
        archives = None
        if opts.web_archives:
            require("scrapy sample-site --web-archives", "warc")
            files = [Path(name) for name in sorted(glob(opts.web_archives))]  # noqa: PTH207
            if not files:
                raise UsageProblem(f"--web-archives {opts.web_archives} names no file")
            archives = WebArchives(files)
        try:
            with serve(Site(articles), port, archives) as server:
                print(f"sample site: {counted(articles, 'article')} at {server.url}", flush=True)
                while True:
                    time.sleep(60)
        except KeyboardInterrupt:
            return Exit.DONE
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else error
            raise CrawlError(f"cannot listen on port {port}: {why}") from None
