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
ADDONS = {"kompas_crawler.identity.Identity": 0}

KOMPAS_DATABASE_URL = from_environment("KOMPAS_DATABASE_URL", "sqlite:///data/kompas.db")
KOMPAS_WARC_DIR = from_environment("KOMPAS_WARC_DIR", "")
KOMPAS_HEALTH_FILE = from_environment("KOMPAS_HEALTH_FILE", "data/health.json")
KOMPAS_REVISIT = from_environment("KOMPAS_REVISIT", "6h,1d,7d")
KOMPAS_MIRROR = from_environment("KOMPAS_MIRROR", "")
KOMPAS_NOW = from_environment("KOMPAS_NOW", "")

# Who else works on the same archive? (docs/fleet.md)

KOMPAS_FLEET = from_environment("KOMPAS_FLEET", "")  # 1 = share it; PostgreSQL only
KOMPAS_LEASE = from_environment("KOMPAS_LEASE", "60")  # seconds until the dead's work is taken over
# What `scrapy worker --schedule` adds: when (cron, in UTC), which spider, its arguments.
_schedule: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("*/15 * * * *", "kompas", {}),
    ("7 * * * *", "revisits", {}),
    # 06:30 in Jakarta, when the day has settled
    ("30 23 * * *", "indeks", {"since": "yesterday", "until": "yesterday"}),
)
KOMPAS_SCHEDULE = from_environment("KOMPAS_SCHEDULE", json.dumps(_schedule))

# Who are we?

KOMPAS_CONTACT = from_environment("KOMPAS_CONTACT", "")
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}

# How gently does it go?

DOWNLOAD_DELAY = 1.0  # seconds between two requests, whatever the host
DOWNLOAD_DELAY_JITTER = 0  # never less than the delay
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 8  # all hosts are one slot; also the size of the pool
# The default one looks at hosts first and priority second: fronts would wait.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
ROBOTSTXT_OBEY = False  # our own middleware obeys; Scrapy's lets waiting requests through
COOKIES_ENABLED = False  # nothing is read that needs one
RETRY_TIMES = 1  # then the frontier waits: minutes, hours, days

# What may not happen?

TELNETCONSOLE_ENABLED = False  # opens a socket
REMOTE_CONTROL_ENABLED = False  # opens a socket
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "kompas_crawler.downloader.resolver.GuardedResolver"
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30
REDIRECT_MAX_TIMES = 5
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
    "kompas_crawler.extensions.run.Run": 0,
    "kompas_crawler.extensions.coverage.Coverage": 10,
    "kompas_crawler.extensions.progress.Progress": 20,
    "scrapy.extensions.logstats.LogStats": None,  # Progress says more
    "scrapy.extensions.feedexport.FeedExporter": None,
    "kompas_crawler.extensions.feeds.ArchiveFeedExporter": 100,
    "scrapy.extensions.spiderstate.SpiderState": None,  # for JOBDIR, which the frontier replaces
}
SPIDER_MIDDLEWARES = {
    "kompas_crawler.middlewares.frontier.FrontierMiddleware": 100,
    # The frontier knows depth, and no request comes from a page.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
}
DOWNLOADER_MIDDLEWARES = {
    "kompas_crawler.middlewares.offsite.OffsiteMiddleware": 50,
    # Lets requests pass that no dupefilter looks at, and their redirects.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "kompas_crawler.middlewares.redirect.ArticleRedirectMiddleware": 600,
    # Below retry and redirect: what these send again waits as well.
    "kompas_crawler.middlewares.politeness.PolitenessMiddleware": 840,
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
FEED_STORE_EMPTY = False

# What does it run on, and what does it say?

if find_spec("uvloop"):
    ASYNCIO_EVENT_LOOP = "uvloop.Loop"
LOG_LEVEL = "INFO"
LOG_FORMATTER = "kompas_crawler.logformatter.ArchiveLogFormatter"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False  # one line says what a run did; the figures are in ``runs``
