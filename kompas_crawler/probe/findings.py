"""Judge one answer of the site: how it is recognised, and what the crawler loses by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scrapy.http import Response

from kompas_crawler.items import ESSENTIAL, Article
from kompas_crawler.log.terminal import counted
from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.pages.recognition import UNMARKED, Kind, Verdict
from kompas_crawler.polite.robots_file import is_markup
from kompas_crawler.site.urls import UrlKind, article_key, is_sitemap, kind

MAX_SITEMAP = 10 * 1024 * 1024


class End(StrEnum):
    """How a request of the probe ended."""

    READ = "read"
    UNREAD = "unread"  # another page than the one asked for
    REFUSED = "refused"
    NOTHING = "nothing"  # not received: no answer, forbidden by robots.txt, or not asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The judgement of one request."""

    end: End
    received: str  # in words
    what: str = ""
    url: str = ""
    differs: tuple[str, ...] = ()  # what the crawler does not expect of it
    loss: str = ""  # what the crawler cannot read
    urls: tuple[str, ...] = ()
    next_url: str | None = None
    article: Article | None = None
    # The sources without a value, by field of ``article``.
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    robots: bytes | None = None


OLDER = "older article"  # the beginning of ``what``: another template
Judge = Callable[["Response", str], Finding]


def of_robots(response: Response, _url: str) -> Finding:
    """The rules of a host; like the crawler, 4xx except 429 counts as a host without rules."""
    verdict = recognition.by_robots(response)
    if 400 <= response.status < 500 and response.status != 429:
        return _read(response, "no rules", robots=b"")
    if verdict is not None:
        return _unread(response, verdict)
    if is_markup(response.body):  # the crawler does not store it
        return _read(response, "HTML", differs=("HTML, not a robots.txt",))
    return _read(response, "rules", robots=response.body)


def of_listing(response: Response, url: str, least: int = 0) -> Finding:
    """A page of links; with fewer than *least* articles it is a loss."""
    verdict = recognition.listing(response, url)
    page = verdict.listing
    if verdict.kind is not Kind.LISTING or page is None:
        by_address = page.found_by_address if page is not None else ()
        return _unread(response, verdict, urls=tuple(row.url for row in by_address))
    count, none = len(page.articles), "it lists no article"
    return _read(
        response,
        f"a list of {counted(count, 'article')}",
        differs=() if page.has_rows else (UNMARKED.format(count) if count else none,),
        loss=none if count < least else "",
        urls=page.article_urls,
        next_url=page.next_page_url,
    )


def of_sitemap(response: Response, _url: str) -> Finding:
    """A sitemap; without articles, ``next_url`` is one below it, a news sitemap if there is one."""
    verdict = recognition.sitemap(response, MAX_SITEMAP)
    if verdict.kind is not Kind.LISTING or verdict.sitemap is None:
        return _unread(response, verdict)
    urls = [entry.url for entry in sitemap.entries(verdict.sitemap)]
    articles = tuple(url for url in urls if kind(url) is UrlKind.ARTICLE)
    below = sorted(filter(is_sitemap, urls), key=lambda url: "news" not in url)
    return _read(
        response,
        f"a sitemap of {counted(len(articles), 'article')}, {counted(len(below), 'sitemap')}",
        loss="" if articles or below else "it lists nothing",
        next_url=None if articles else next(iter(below), None),
    )


def of_article(response: Response, url: str) -> Finding:
    """An article, and the source of each field."""
    key = article_key(url)
    verdict = recognition.article(response, str(key) if key else None)
    if verdict.kind is not Kind.ARTICLE or verdict.article is None:
        return _unread(response, verdict)
    article, silent = verdict.article.to_item(), verdict.article.silent
    differs = [
        f"{name}: nothing in {', '.join(silent[name])}; {article.found_in[name]} answered"
        for name in sorted(silent.keys() & article.found_in)
    ]
    lost = [f"{name} is missing" for name in ESSENTIAL if not getattr(article, name)]
    words = f"{article.word_count} of {article.declared_words or 'unknown'} words"
    if article.is_complete is False and "page=all" in url:
        # Without ?page=all the crawler asks for each page.
        (differs if (article.pages or 1) > 1 else lost).append(f"{words} with ?page=all")
    return _read(
        response,
        f"article {article.id}, {article.pages_read} of {article.pages or 1} pages, {words}",
        differs=tuple(differs),
        loss=", ".join(lost),
        article=article,
        silent=silent,
    )


def _read(response: Response, seen: str, end: End = End.READ, **more: Any) -> Finding:
    status = "" if seen.startswith("HTTP") else f"HTTP {response.status}, "
    return Finding(end=end, received=f"{status}{seen}, {len(response.body):,} bytes", **more)


def _unread(response: Response, verdict: Verdict, **more: Any) -> Finding:
    reason = verdict.reason or str(verdict.kind)
    end = End.REFUSED if verdict.kind is Kind.REFUSED else End.UNREAD
    return _read(response, reason, end, loss=reason, **more)
