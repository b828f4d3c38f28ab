"""Judge one answer of the site: how it is recognised, and what the crawler loses by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from kompas_crawler.middlewares.failures import is_silence
from kompas_crawler.middlewares.robots import RobotsForbidden, RobotsUnreachable
from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.polite import notice
from kompas_crawler.polite.robots_file import is_markup
from kompas_crawler.site.urls import UrlKind, article_key, is_sitemap, kind

if TYPE_CHECKING:
    from scrapy.http import Response

    from kompas_crawler.items import Article

ESSENTIAL = ("title", "published_at", "body")
"""Fields without which an article is not stored."""
EXPECTED = ("summary", "section", "content_type", "authors", "editors", "tags", "images")
"""Fields that at least one of the articles must have."""
MAX_SITEMAP = 10 * 1024 * 1024


class End(StrEnum):
    """The end of one request."""

    READ = "read"
    UNREAD = "unread"  # an answer, but not the page that was asked for
    REFUSED = "refused"
    FORBIDDEN = "forbidden"  # by robots.txt, or while it is unavailable
    SILENT = "no answer"
    UNASKED = "not asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The judgement of one request: ``what`` was asked, what ``came``, how that ``differs``.

    ``loss`` is what the crawler cannot read because of it. ``silent`` are the sources of each
    field of the ``article`` that had no value. ``robots`` are the rules of a host.
    """

    what: str
    url: str
    end: End
    came: str
    differs: tuple[str, ...] = ()
    loss: str = ""
    urls: tuple[str, ...] = ()
    next_url: str | None = None
    article: Article | None = None
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    robots: bytes | None = None


Judge = Callable[[str, str, "Response"], Finding]


def of_error(what: str, url: str, error: BaseException) -> Finding:
    """The finding of a request without a response."""
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:200].rstrip(": ")
    if isinstance(error, RobotsForbidden | RobotsUnreachable):
        end, reason = End.FORBIDDEN, str(error)
    else:
        end = End.SILENT if is_silence(error) else End.UNREAD
    return Finding(what=what, url=url, end=end, came=reason, loss=f"{what}: {reason}")


def of_robots(what: str, url: str, response: Response) -> Finding:
    """The rules of a host; like the crawler, 4xx except 429 counts as a host without rules."""
    verdict, body = recognition.by_robots(response), response.body
    is_absent = 400 <= response.status < 500 and response.status != 429
    if verdict is not None and not is_absent:
        return _unread(what, url, response, verdict)
    lines = [] if is_absent else notice.comment(body)
    came = _came(response, "no rules" if is_absent else f"rules, a notice of {len(lines)} lines")
    if not is_absent and is_markup(body):  # the crawler does not store it
        differs = ("HTML, not a robots.txt",)
        return Finding(what=what, url=url, end=End.READ, came=came, differs=differs)
    return Finding(what=what, url=url, end=End.READ, came=came, robots=b"" if is_absent else body)


def of_listing(what: str, url: str, response: Response, least: int = 0) -> Finding:
    """A page of links; with fewer than *least* articles it is a loss."""
    verdict = recognition.listing(response, url)
    page = verdict.listing
    if verdict.kind is not Kind.LISTING or page is None:
        by_address = page.found_by_address if page is not None else ()
        return _unread(what, url, response, verdict, tuple(row.url for row in by_address))
    count = len(page.articles)
    is_unmarked = count and not page.has_rows
    rows = f"no row in a known markup; {count} links were found by their addresses"
    return Finding(
        what=what,
        url=url,
        end=End.READ,
        came=_came(response, f"a list of {count} articles"),
        differs=(rows,) if is_unmarked else () if count else ("it lists no article",),
        loss=f"{what}: it lists no article" if count < least else "",
        urls=page.article_urls,
        next_url=page.next_page_url,
    )


def of_sitemap(what: str, url: str, response: Response) -> Finding:
    """A sitemap; without articles, ``next_url`` is one below it, a news sitemap if there is one."""
    verdict = recognition.sitemap(response, MAX_SITEMAP)
    if verdict.kind is not Kind.LISTING or verdict.sitemap is None:
        return _unread(what, url, response, verdict)
    entries = list(sitemap.entries(verdict.sitemap))
    urls = tuple(entry.url for entry in entries if kind(entry.url) is UrlKind.ARTICLE)
    below = [entry.url for entry in entries if entry.is_sitemap and is_sitemap(entry.url)]
    news = [url for url in below if "news" in url]
    return Finding(
        what=what,
        url=url,
        end=End.READ,
        came=_came(response, f"a sitemap of {len(urls)} articles, {len(below)} sitemaps"),
        loss="" if urls or below else f"{what}: it lists nothing",
        urls=urls,
        next_url=None if urls else next(iter(news or below), None),
    )


def of_article(what: str, url: str, response: Response) -> Finding:
    """An article, and the source of each field."""
    key = article_key(url)
    verdict = recognition.article(response, str(key) if key else None)
    if verdict.kind is not Kind.ARTICLE or verdict.article is None:
        return _unread(what, url, response, verdict)
    article, silent = verdict.article.to_item(), verdict.article.silent
    differs = [
        f"{name}: nothing in {', '.join(silent[name])}; {article.found_in[name]} answered"
        for name in silent
        if name in article.found_in
    ]
    lost = [f"{name} is missing" for name in ESSENTIAL if not getattr(article, name)]
    pages = f"{article.pages_read} of {article.pages or 1} pages"
    words = f"{article.word_count} of {article.declared_words or 'unknown'} words"
    if article.is_complete is False and "page=all" in url:
        short = f"{words} with ?page=all"
        (differs if (article.pages or 1) > 1 else lost).append(short)
    return Finding(
        what=what,
        url=url,
        end=End.READ,
        came=_came(response, f"article {article.id}, {pages}, {words}"),
        differs=tuple(differs),
        loss=f"{what}: {', '.join(lost)}" if lost else "",
        article=article,
        silent=silent,
    )


def _unread(
    what: str, url: str, response: Response, verdict: Verdict, urls: tuple[str, ...] = ()
) -> Finding:
    reason = verdict.reason or str(verdict.kind)
    return Finding(
        what=what,
        url=url,
        end=End.REFUSED if verdict.kind is Kind.REFUSED else End.UNREAD,
        came=_came(response, reason),
        loss=f"{what}: {reason}",
        urls=urls,
    )


def _came(response: Response, seen: str) -> str:
    status = "" if seen.startswith("HTTP") else f"HTTP {response.status}, "
    return f"{status}{seen}, {len(response.body):,} bytes"
