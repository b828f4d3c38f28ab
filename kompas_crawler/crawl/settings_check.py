"""Checks the settings before a crawl: refuses forbidden values, warns of unsafe ones."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from scrapy.settings import BaseSettings, default_settings
from scrapy.utils.misc import load_object

from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.polite.user_agent import user_agent
from kompas_crawler.project import require

LEAST_DELAY = 0.5  # seconds between two requests to the live site; a shorter delay is a warning
MOST_BYTES = 100 * 1024 * 1024
MOST_SECONDS = 300
MOST_REDIRECTS = 20

OTHER_NAMES = {"KOMPAS_REAL_PAGES", "KOMPAS_UNLOCKED"}
"""Variables of the tests and of ``tools/venv.sh``, not settings."""
_FORBIDDEN = {
    "TELNETCONSOLE_ENABLED": "opens a port; a crawl must not",
    "REMOTE_CONTROL_ENABLED": "opens a port; a crawl must not",
    "JOBDIR": "uses pickles, which can run code when loaded; the frontier replaces it",
    "HTTPCACHE_ENABLED": "uses pickles, which can run code when loaded",
}
_RESOLVER = "kompas_crawler.downloader.guard.GuardedResolver"
_HANDLER = "kompas_crawler.downloader.handler.DownloadHandler"
_SHELL_FILES = "kompas_crawler.downloader.handler.ShellFileHandler"
_GUARDS = {  # what is at risk without each component of ``kompas_crawler``
    "DOWNLOADER_MIDDLEWARES": {
        "middlewares.robots.RobotsMiddleware": "robots.txt is not obeyed",
        "middlewares.throttle.PolitenessMiddleware": "no delay between requests, no Retry-After",
        "middlewares.offsite.OffsiteMiddleware": "redirects to any site are followed",
    },
    "ITEM_PIPELINES": {
        "pipelines.clean.CleanPipeline": "control characters in texts are stored",
        "pipelines.validate.ValidatePipeline": "articles without title, text or date are stored",
    },
    "SPIDER_MIDDLEWARES": {
        "middlewares.frontier.FrontierMiddleware": "a kill loses the requests in flight",
    },
    "EXTENSIONS": {"outcome.ending.Ending": "the outcome of the crawl is not recorded"},
}


def misspelt(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the *names* that look like settings of this project but are not, with advice."""
    from kompas_crawler import settings as known_settings  # reads the environment

    known = {name for name in dir(known_settings) if name.startswith("KOMPAS_")} | OTHER_NAMES
    for name in sorted(names):
        if name.startswith("KOMPAS_") and name not in known:
            near = get_close_matches(name, known, 1)
            yield name, f"did you mean {near[0]}?" if near else "it has no effect"


def refuse_kinds(settings: BaseSettings) -> None:
    """Raise ``ConfigurationProblem`` if a number or switch of Scrapy has another value."""
    for name, default in vars(default_settings).items():
        if isinstance(default, int | float) and (value := settings[name]) is not None:
            is_switch = isinstance(default, bool) or str(value).lower() in ("true", "false")  # or 1
            try:
                (settings.getbool if is_switch else settings.getfloat)(name)
            except (TypeError, ValueError):
                line = f"{name} cannot be {value!r}; Scrapy's default is {default!r}"
                raise ConfigurationProblem(line) from None


def refuse_names(settings: BaseSettings) -> None:
    """Raise ``ConfigurationProblem`` for a misspelt name, which would leave the default."""
    for name, advice in misspelt(map(str, settings)):
        raise ConfigurationProblem(f"{name} is not a setting; {advice}")


def refuse(settings: BaseSettings) -> None:
    """Raise ``ConfigurationProblem`` for an unknown name, an open port, pickles, no package."""
    refuse_names(settings)
    if settings["KOMPAS_WARC_DIR"]:
        require("KOMPAS_WARC_DIR", "warc")
        if "://" in settings["KOMPAS_WARC_DIR"]:
            raise ConfigurationProblem("KOMPAS_WARC_DIR must be a folder here, not an address")
    for name, reason in _FORBIDDEN.items():
        if settings[name] and settings[name] not in ("0", "False", "false"):
            raise ConfigurationProblem(f"{name} {reason}")


def unsafe(settings: BaseSettings) -> list[str]:
    """Return one line per setting that disables a protection; none for the project's own."""
    return [*_of_numbers(settings), *_of_components(settings)]


def _of_numbers(settings: BaseSettings) -> Iterator[str]:
    delay = polite_delay(settings)
    if not settings["KOMPAS_MIRROR"] and delay < LEAST_DELAY:
        yield f"DOWNLOAD_DELAY={delay:g}: more than two requests a second to the live site"
    if not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
        yield "DOWNLOAD_VERIFY_CERTIFICATES is off: pages may be modified in transit"
    if not 0 < settings.getint("DOWNLOAD_MAXSIZE") <= MOST_BYTES:
        yield "DOWNLOAD_MAXSIZE: a page may exhaust the memory"
    if not 0 < settings.getfloat("DOWNLOAD_TIMEOUT") <= MOST_SECONDS:
        yield "DOWNLOAD_TIMEOUT: a slow server may block the crawl"
    if settings.getint("REDIRECT_MAX_TIMES") > MOST_REDIRECTS:
        yield "REDIRECT_MAX_TIMES: a redirect loop is followed for long"
    if settings.getbool("COOKIES_ENABLED"):
        yield "COOKIES_ENABLED: the site can track the crawler"
    named = user_agent(settings["KOMPAS_CONTACT"])
    if settings["USER_AGENT"] != named:
        yield f"USER_AGENT: the crawler does not identify itself as {named}"


def _of_components(settings: BaseSettings) -> Iterator[str]:
    for name, guards in _GUARDS.items():
        enabled = [key for key, order in settings.getwithbase(name).items() if order is not None]
        for path, risk in guards.items():
            if not any(_is(f"kompas_crawler.{path}", key) for key in enabled):
                yield f"{name} without {path.rpartition('.')[2]}: {risk}"
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme, path in sorted(handlers.items(), key=lambda pair: str(pair[0])):
        if scheme in ("http", "https"):
            if not _is(_HANDLER, path):
                yield f"DOWNLOAD_HANDLERS: {scheme} bypasses the address guard"
        elif path not in (None, _SHELL_FILES):
            yield f"DOWNLOAD_HANDLERS: {scheme} may read resources outside the web"
    if not _is(_RESOLVER, settings["TWISTED_DNS_RESOLVER"]):
        yield "TWISTED_DNS_RESOLVER: host names may resolve to private addresses"


def _is(path: str, component: Any) -> bool:
    """Whether *component*, an object or its path, is the class at *path* or a subclass of it."""
    try:
        found = load_object(component)
    except (ImportError, NameError, TypeError, ValueError):
        return False
    return isinstance(found, type) and issubclass(found, load_object(path))
