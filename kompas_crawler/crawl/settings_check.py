"""The settings gate: what a crawl may not run with, and what it runs with at the user's risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.utils.misc import load_object

from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.polite.user_agent import user_agent
from kompas_crawler.project import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.settings import BaseSettings

LEAST_DELAY = 0.5
"""Seconds between two requests to the live site, below which the gate warns."""
MOST_BYTES = 100 * 1024 * 1024
MOST_SECONDS = 300
MOST_REDIRECTS = 20

_OPENS = (("TELNETCONSOLE_ENABLED", "telnet console"), ("REMOTE_CONTROL_ENABLED", "remote control"))
_READS_PICKLE = (
    ("JOBDIR", "a queue of pickles, which run code when they are read; the frontier replaces it"),
    ("HTTPCACHE_ENABLED", "a cache of pickles, which run code when they are read"),
)
_PICKLES = frozenset({"pickle", "marshal"})
_HANDLER = "kompas_crawler.downloader.handler.DownloadHandler"
_GUARDS = (
    (
        "DOWNLOADER_MIDDLEWARES",
        "kompas_crawler.middlewares.robots.RobotsMiddleware",
        "robots.txt is not obeyed",
    ),
    (
        "DOWNLOADER_MIDDLEWARES",
        "kompas_crawler.middlewares.throttle.PolitenessMiddleware",
        "nothing waits between requests, nor when the site asks for it",
    ),
    (
        "DOWNLOADER_MIDDLEWARES",
        "kompas_crawler.middlewares.offsite.OffsiteMiddleware",
        "redirects may lead to any site",
    ),
    (
        "ITEM_PIPELINES",
        "kompas_crawler.pipelines.clean.CleanPipeline",
        "texts are stored with the controls they came with",
    ),
    (
        "ITEM_PIPELINES",
        "kompas_crawler.pipelines.validate.ValidatePipeline",
        "what lacks a title, a text or a date is stored",
    ),
    (
        "SPIDER_MIDDLEWARES",
        "kompas_crawler.middlewares.frontier.FrontierMiddleware",
        "a kill loses what is under way",
    ),
    (
        "EXTENSIONS",
        "kompas_crawler.outcome.ending.Ending",
        "how the crawl ended is noted nowhere",
    ),
)


def refuse(settings: BaseSettings) -> None:
    """Raise ``ConfigurationProblem`` for what opens a port, reads pickles, or is not installed."""
    if settings["KOMPAS_WARC_DIR"]:
        require("KOMPAS_WARC_DIR", "warcio", "warc")
    for name, what in _OPENS:
        if settings.getbool(name):
            raise ConfigurationProblem(f"{name}: the {what} opens a port; a crawl opens none")
    for name, what in _READS_PICKLE:
        if settings[name] and settings[name] not in ("0", "False", "false"):
            raise ConfigurationProblem(f"{name} keeps {what}")
    for name, path in settings.getwithbase("FEED_EXPORTERS").items():
        if path is not None and _is_pickle(str(name), path):
            raise ConfigurationProblem(
                f"FEED_EXPORTERS has {name!r}: such a file runs code when it is read"
            )
    for uri, options in settings.getdict("FEEDS").items():
        if str(options.get("format", "")).lower() in _PICKLES:
            raise ConfigurationProblem(
                f"{uri}: a {options['format']} file runs code when it is read; "
                "choose csv, json or jsonl"
            )


def _is_pickle(name: str, path: Any) -> bool:
    shown = path if isinstance(path, str) else path.__name__
    return name.lower() in _PICKLES or shown.endswith(("PickleItemExporter", "MarshalItemExporter"))


def unsafe(settings: BaseSettings) -> list[str]:
    """One line for every setting that takes a protection away; empty as the project has them."""
    return [*_of_numbers(settings), *_of_components(settings)]


def _of_numbers(settings: BaseSettings) -> Iterator[str]:
    is_live = not settings["KOMPAS_MIRROR"]
    delay = polite_delay(settings)
    if is_live and delay < LEAST_DELAY:
        yield f"DOWNLOAD_DELAY={delay:g}: more than two requests a second to the live site"
    if not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
        yield "DOWNLOAD_VERIFY_CERTIFICATES is off: anyone on the way may change pages"
    if not 0 < settings.getint("DOWNLOAD_MAXSIZE") <= MOST_BYTES:
        yield "DOWNLOAD_MAXSIZE: a page may fill the memory"
    if not 0 < settings.getfloat("DOWNLOAD_TIMEOUT") <= MOST_SECONDS:
        yield "DOWNLOAD_TIMEOUT: a slow server may hold the crawl up"
    if settings.getint("REDIRECT_MAX_TIMES") > MOST_REDIRECTS:
        yield "REDIRECT_MAX_TIMES: a server may lead in circles"
    if settings.getbool("COOKIES_ENABLED"):
        yield "COOKIES_ENABLED: the site may tell our visits from others'"
    named = user_agent(settings["KOMPAS_CONTACT"])
    if settings["USER_AGENT"] != named:
        yield f"USER_AGENT: the crawler does not call itself {named}"


def _of_components(settings: BaseSettings) -> Iterator[str]:
    for name, path, risk in _GUARDS:
        # What the project has not is no override: a test's settings may hold less.
        if not any(_is(path, key) for key in _enabled(settings, name)):
            yield f"{name} without {path.rpartition('.')[2]}: {risk}"
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme, path in sorted(handlers.items(), key=lambda pair: str(pair[0])):
        if scheme in ("http", "https"):
            if not _is(_HANDLER, path):
                yield f"DOWNLOAD_HANDLERS: {scheme} goes without the address guard"
        elif path is not None:
            yield f"DOWNLOAD_HANDLERS: {scheme} may read what is not of the web"
    if not _is(
        "kompas_crawler.downloader.resolver.GuardedResolver", settings["TWISTED_DNS_RESOLVER"]
    ):
        yield "TWISTED_DNS_RESOLVER: names may lead to private addresses"


def _enabled(settings: BaseSettings, name: str) -> list[Any]:
    found = settings.getwithbase(name)
    return [key for key, order in found.items() if order is not None]


def _is(path: str, component: Any) -> bool:
    """Whether *component*, an object or its path, is what *path* names or a kind of it."""
    if component == path:
        return True
    try:
        found, wanted = load_object(component), load_object(path)
    except (ImportError, NameError, TypeError, ValueError):
        return False
    return isinstance(found, type) and issubclass(found, wanted)
