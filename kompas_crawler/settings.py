"""What the crawl is, how gently it goes, and the way of an item.

Every ``KOMPAS_...`` setting is also read from an environment variable of the same
name; ``-s NAME=VALUE`` wins over both. Each departure from a default of Scrapy has
its reason beside it.
"""

from __future__ import annotations

import json
from importlib.util import find_spec

from kompas_crawler.project import from_environment

# What is crawled, and where it is kept?

BOT_NAME = "kompas_crawler"
SPIDER_MODULES = ["kompas_crawler.spiders"]
COMMANDS_MODULE = "kompas_crawler.commands"
ADDONS = {"kompas_crawler.polite.user_agent.Identity": 0}

KOMPAS_DATABASE_URL = from_environment("KOMPAS_DATABASE_URL", "sqlite:///data/kompas.db")
"""Where the archive is. For teams: ``postgresql+psycopg://user@host/name`` (extra ``postgres``)."""
KOMPAS_WARC_DIR = from_environment("KOMPAS_WARC_DIR", "")
"""The folder for pages as they were received, in WARC files; empty = they are not kept."""
KOMPAS_HEALTH_FILE = from_environment("KOMPAS_HEALTH_FILE", "data/health.json")
"""The file that says how the last run went, for monitoring."""
KOMPAS_REVISIT = from_environment("KOMPAS_REVISIT", "6h,1d,7d")
"""When to look at an article again, after its publication; empty = never."""
KOMPAS_MIRROR = from_environment("KOMPAS_MIRROR", "")
"""A server on this machine that answers for Kompas, such as ``scrapy sample-site``."""
KOMPAS_NOW = from_environment("KOMPAS_NOW", "")
"""A clock for tests, ISO 8601; empty = the real one."""

# Who else works on the same archive?

KOMPAS_FLEET = from_environment("KOMPAS_FLEET", "")
"""1 = share the archive with other crawls, as those of ``scrapy worker`` do; PostgreSQL only."""
KOMPAS_LEASE = from_environment("KOMPAS_LEASE", "60")
"""Seconds until the work of a worker that died is taken over by others."""
_schedule: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("*/15 * * * *", "kompas", {}),
    ("7 * * * *", "revisits", {}),
    # 06:30 in Jakarta, when the day has settled
    ("30 23 * * *", "indeks", {"since": "yesterday", "until": "yesterday"}),
)
KOMPAS_SCHEDULE = from_environment("KOMPAS_SCHEDULE", json.dumps(_schedule))
"""What ``scrapy worker --schedule`` adds: when (cron, UTC), which spider, its arguments; JSON."""

# Who are we?

KOMPAS_CONTACT = from_environment("KOMPAS_CONTACT", "")
"""Your e-mail address or page, sent in the User-Agent, so that the site can reach you."""
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}

# Who watches?

KOMPAS_MONITORS = from_environment("KOMPAS_MONITORS", "")
"""1 = judge each run by monitors: where one fails, the exit code is 10; empty = if any is told."""
KOMPAS_NOTIFY = from_environment("KOMPAS_NOTIFY", "")
"""Whom to tell when a monitor fails: Apprise addresses, by spaces or commas (extra ``notify``)."""
KOMPAS_PING_URL = from_environment("KOMPAS_PING_URL", "")
"""Asked at the start (``/start``) and at the end (``/`` and the exit code): a dead man's switch."""

# How gently does it go?

DOWNLOAD_DELAY = 1.0  # seconds between two requests, whatever the host; go slower, not faster
DOWNLOAD_DELAY_JITTER = 0  # never less than the delay
CONCURRENT_REQUESTS = 4  # under way at once; answers slower than 4 delays slow the pace
CONCURRENT_REQUESTS_PER_DOMAIN = 4  # all hosts are one slot; also the size of the pool
# The default one looks at hosts first and priority second: fronts would wait.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
ROBOTSTXT_OBEY = False  # our own middleware obeys; Scrapy's lets waiting requests through
COOKIES_ENABLED = False  # nothing is read that needs one
# Pages wait there until they are durable, a fifth of a second of them at full speed.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 32 * 1024 * 1024
RETRY_TIMES = 1  # then the frontier waits: minutes, hours, days

# What may not happen?

TELNETCONSOLE_ENABLED = False  # opens a socket
REMOTE_CONTROL_ENABLED = False  # opens a socket
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy by itself takes any certificate
TWISTED_DNS_RESOLVER = "kompas_crawler.downloader.resolver.GuardedResolver"  # no private address
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # bytes; a page of Kompas has a quarter of a million
DOWNLOAD_WARNSIZE = 0  # what is refused is counted
DOWNLOAD_TIMEOUT = 30  # seconds
REDIRECT_MAX_TIMES = 5  # an article that moved needs one
METAREFRESH_ENABLED = False  # Kompas redirects by HTTP
DOWNLOAD_HANDLERS = {
    "http": "kompas_crawler.downloader.handler.DownloadHandler",
    "https": "kompas_crawler.downloader.handler.DownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

# Which way does a request go?

EXTENSIONS = {
    "kompas_crawler.monitoring.extension.Monitors": -10,  # refuses before a run begins
    "kompas_crawler.crawl.run.Run": 0,
    "kompas_crawler.outcome.ending.Ending": 1,
    "kompas_crawler.extensions.warc_writer.Warc": 5,
    "kompas_crawler.outcome.coverage.Coverage": 10,
    "kompas_crawler.extensions.progress.Progress": 20,
    "scrapy.extensions.logstats.LogStats": None,  # Progress says more
    "scrapy.extensions.feedexport.FeedExporter": None,
    "kompas_crawler.extensions.feeds.ArchiveFeedExporter": 100,
    "scrapy.extensions.spiderstate.SpiderState": None,  # for JOBDIR, which the frontier replaces
}
SPIDER_MIDDLEWARES = {
    "kompas_crawler.middlewares.frontier.FrontierMiddleware": 100,
    "kompas_crawler.middlewares.reparse.RereadingMiddleware": 101,  # one of the two works
    # The frontier knows depth, and no request comes from a page.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
}
DOWNLOADER_MIDDLEWARES = {
    "kompas_crawler.middlewares.empty_response.EmptyResponseMiddleware": 10,  # for scrapy reparse
    "kompas_crawler.middlewares.empty_response.ShellFilesMiddleware": 20,
    "kompas_crawler.middlewares.offsite.OffsiteMiddleware": 50,
    # Lets requests pass that no dupefilter looks at, and their redirects.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "kompas_crawler.middlewares.compression.CompressionMiddleware": 590,
    "kompas_crawler.middlewares.redirect.ArticleRedirectMiddleware": 600,
    # Below retry and redirect: what these send again waits as well.
    "kompas_crawler.middlewares.throttle.PolitenessMiddleware": 840,
    "kompas_crawler.middlewares.downloader_stats.DownloaderStats": 850,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
}

# Which way does an item go?

ITEM_PIPELINES = {
    "kompas_crawler.pipelines.clean.CleanPipeline": 100,
    "kompas_crawler.pipelines.validate.ValidatePipeline": 200,
    "kompas_crawler.pipelines.duplicates.DuplicatesPipeline": 300,
    "kompas_crawler.pipelines.storage.StoragePipeline": 400,
}
CONCURRENT_ITEMS = 1  # per response: 100 would make a hundred tasks for each

# What comes out?

FEED_EXPORTERS = {
    "csv": "kompas_crawler.exporters.feeds.CsvFeed",
    "json": "kompas_crawler.exporters.feeds.JsonFeed",
    "jsonl": "kompas_crawler.exporters.feeds.JsonLinesFeed",
    "jsonlines": "kompas_crawler.exporters.feeds.JsonLinesFeed",
    "jl": "kompas_crawler.exporters.feeds.JsonLinesFeed",
    "xml": None,
    "marshal": None,
    "pickle": None,  # runs code when it is read
}
FEED_EXPORT_ENCODING = "utf-8"
FEED_STORE_EMPTY = False  # a run that found nothing new writes no file

# What does it run on, and what does it say?

if find_spec("uvloop"):
    ASYNCIO_EVENT_LOOP = "uvloop.Loop"
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s"  # fits 80 columns
LOG_FORMATTER = "kompas_crawler.log.formatter.ArchiveLogFormatter"  # keys, not whole articles
LOG_VERSIONS: list[str] = []  # `scrapy doctor` says more
STATS_CLASS = "kompas_crawler.log.stats.RunStats"  # counts for a tenth of the time
STATS_DUMP = False  # a short table says what matters; DEBUG has them all, ``runs`` the figures
