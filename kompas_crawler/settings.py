"""Scrapy settings of the project.

Every ``KOMPAS_...`` setting is also read from an environment variable of the same name, else from
a line NAME=VALUE of ``data/environment``; ``-s NAME=VALUE`` overrides both.
"""

import json
from importlib.util import find_spec

from kompas_crawler.project import from_environment, load_environment

load_environment()

# What is crawled, and where is it stored?

BOT_NAME = "kompas_crawler"
SPIDER_MODULES = ["kompas_crawler.spiders"]
NEWSPIDER_MODULE = "kompas_crawler.spiders"  # of scrapy genspider
COMMANDS_MODULE = "kompas_crawler.cli.lazy_commands"
ADDONS = {"kompas_crawler.polite.user_agent.Identity": 0}

KOMPAS_DATABASE_URL = from_environment("KOMPAS_DATABASE_URL", "sqlite:///data/kompas.db")
"""The archive. For a fleet: ``postgresql+psycopg://user@host/name`` (extra ``postgres``)."""
KOMPAS_WARC_DIR = from_environment("KOMPAS_WARC_DIR", "")
"""The folder for WARC files with the responses as received; empty = none are written."""
KOMPAS_HEALTH_FILE = from_environment("KOMPAS_HEALTH_FILE", "data/health.json")
"""The JSON file with the result of the last run, for monitoring."""
KOMPAS_REVISIT = from_environment("KOMPAS_REVISIT", "6h?,1d?,7d")
"""When to revisit articles, after publication; ``?`` = if likely corrected; empty = never."""
KOMPAS_MIRROR = from_environment("KOMPAS_MIRROR", "")
"""A local server to crawl instead of Kompas.com, such as ``scrapy sample-site``."""
KOMPAS_NOW = from_environment("KOMPAS_NOW", "")
"""The current time for tests, ISO 8601; empty = the system clock."""

# Who shares the archive?

KOMPAS_FLEET = from_environment("KOMPAS_FLEET", "")
"""1 = share the archive with other crawls, as ``scrapy worker`` does; PostgreSQL only."""
KOMPAS_LEASE = from_environment("KOMPAS_LEASE", "60")
"""Seconds until the leases of a dead worker expire."""
_schedule: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("*/15 * * * *", "kompas", {}),
    ("7 * * * *", "revisits", {}),
    # 06:30 in Jakarta: late articles are in the index by then
    ("30 23 * * *", "indeks", {"since": "yesterday", "until": "yesterday"}),
)
KOMPAS_SCHEDULE = from_environment("KOMPAS_SCHEDULE", json.dumps(_schedule))
"""The jobs of ``scrapy worker --schedule``: cron time (UTC), spider, arguments; JSON."""

# Who crawls?

KOMPAS_CONTACT = from_environment("KOMPAS_CONTACT", "")
"""Your e-mail address or web page, sent in the User-Agent so that the site can contact you."""
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}

# Who is notified?

KOMPAS_MONITORS = from_environment("KOMPAS_MONITORS", "")
"""1 = check each run; exit code 10 if a check fails; empty = 1 if KOMPAS_NOTIFY is set."""
KOMPAS_NOTIFY = from_environment("KOMPAS_NOTIFY", "")
"""Apprise URLs to notify if a monitor fails, by spaces or commas (extra ``notify``)."""
KOMPAS_PING_URL = from_environment("KOMPAS_PING_URL", "")
"""URL requested at the start (``/start``) and the end (``/`` and the exit code) of a run."""

# How fast?

DOWNLOAD_DELAY = 1.0  # seconds between two requests to any host; increase it, do not reduce it
DOWNLOAD_DELAY_JITTER = 0  # the delay is a minimum
CONCURRENT_REQUESTS = 4  # responses that take over 4 delays reduce the rate
CONCURRENT_REQUESTS_PER_DOMAIN = 4  # all hosts share a slot; also the pool size
# The default queue prefers hosts to priorities, so fronts would wait.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # rows are in the order to be fetched
ROBOTSTXT_OBEY = False  # our middleware obeys; Scrapy's does not recheck queued requests
COOKIES_ENABLED = False  # no page needs them
# Responses stay in the scraper until their transaction commits.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 32 * 1024 * 1024
RETRY_TIMES = 1  # later retries are scheduled in the frontier
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the row's failure is logged

# Protections?

TELNETCONSOLE_ENABLED = False  # opens a port
REMOTE_CONTROL_ENABLED = False  # opens a port
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy accepts any certificate by default
TWISTED_DNS_RESOLVER = "kompas_crawler.downloader.guard.GuardedResolver"  # no private addresses
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # bytes; a page of Kompas has about 250,000
DOWNLOAD_WARNSIZE = 0  # refused responses are counted instead
DOWNLOAD_TIMEOUT = 30  # seconds
REDIRECT_MAX_TIMES = 5  # a moved article needs one
METAREFRESH_ENABLED = False  # Kompas redirects by HTTP
DOWNLOAD_HANDLERS = {
    "http": "kompas_crawler.downloader.handler.DownloadHandler",
    "https": "kompas_crawler.downloader.handler.DownloadHandler",
    "data": None,
    "file": "kompas_crawler.downloader.handler.ShellFileHandler",
    "ftp": None,
    "s3": None,
}

# Which components process a request?

EXTENSIONS = {
    "kompas_crawler.monitoring.extension.Monitors": -10,  # checks its settings before a run begins
    "kompas_crawler.crawl.run.Run": 0,
    "kompas_crawler.outcome.ending.Ending": 1,
    "kompas_crawler.extensions.warc_writer.Warc": 5,  # after Run, which opens the archive
    "kompas_crawler.outcome.coverage.Coverage": 10,
    "kompas_crawler.extensions.progress.Progress": 20,
    "scrapy.extensions.logstats.LogStats": None,  # replaced by Progress
    "scrapy.extensions.feedexport.FeedExporter": None,
    "kompas_crawler.exporters.feeds.ArchiveFeedExporter": 100,
}
SPIDER_MIDDLEWARES = {
    "kompas_crawler.middlewares.frontier.FrontierMiddleware": 100,
    "kompas_crawler.middlewares.reparse.RereadingMiddleware": 101,  # only one of the two is active
}
DOWNLOADER_MIDDLEWARES = {
    "kompas_crawler.middlewares.reparse.EmptyResponseMiddleware": 10,  # for WARC files
    "kompas_crawler.middlewares.offsite.OffsiteMiddleware": 50,
    # Scrapy's lets requests with dont_filter and their redirects pass.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "kompas_crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "kompas_crawler.middlewares.compression.CompressionMiddleware": 590,
    "kompas_crawler.middlewares.redirect.ArticleRedirectMiddleware": 600,
    # After retry and redirect, so that their requests are delayed as well.
    "kompas_crawler.middlewares.throttle.PolitenessMiddleware": 840,
}

# Which pipelines process an item?

ITEM_PIPELINES = {
    "kompas_crawler.pipelines.clean.CleanPipeline": 100,
    "kompas_crawler.pipelines.validate.ValidatePipeline": 200,
    "kompas_crawler.pipelines.duplicates.DuplicatesPipeline": 300,
    "kompas_crawler.pipelines.storage.StoragePipeline": 400,
}
CONCURRENT_ITEMS = 1  # per response; 100 creates as many tasks for each

# How are feeds written?

FEED_EXPORTERS = {
    "csv": "kompas_crawler.exporters.feeds.CsvFeed",
    "xml": None,
    "marshal": None,
    "pickle": None,  # loading one can execute code
}
FEED_EXPORT_ENCODING = "utf-8"
FEED_STORE_EMPTY = False  # a run without new articles writes no file

# What is logged, and on which event loop?

if find_spec("uvloop"):
    ASYNCIO_EVENT_LOOP = "uvloop.Loop"
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s"  # fits 80 columns
LOG_FORMATTER = "kompas_crawler.log.formatter.ArchiveLogFormatter"  # logs keys, not whole articles
LOG_VERSIONS: list[str] = []  # see `scrapy doctor`
STATS_DUMP = False  # a short table is printed instead; all stats at DEBUG and in ``runs``
