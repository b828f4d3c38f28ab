"""Ask the site for about twenty pages, one after another, at the polite pace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider

from kompas_crawler.middlewares.robots import RobotsMiddleware
from kompas_crawler.middlewares.throttle import NotSent
from kompas_crawler.probe import findings
from kompas_crawler.probe.findings import End, Finding
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url, page_url, tag_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.urls import article_key
from kompas_crawler.spiders.deadline import deadline
from kompas_crawler.spiders.sitemap import SITEMAP_URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import date, datetime

    from scrapy.http import Response

HOSTS = tuple(f"{name}.kompas.com" for name in ("www", "indeks", "money", "nasional", "tekno"))
FRONTS = (("front on a host of its own", "money"), ("front under www", "tren"))
TRIES = 4
"""Recent articles that are asked for until one has several pages."""
SITEMAPS = 3
ROBOTS_META = {"dont_obey_robotstxt": True, "allow_offsite": True, "redirect_ttl": 5}
_least_one = partial(findings.of_listing, least=1)


class _Ended(Exception):  # noqa: N818
    """The site refuses the crawler, a time limit was reached, or the user interrupted it."""


class ProbeSpider(Spider):
    """Asks for the pages of ``start`` and passes each ``Finding`` to *show*; opens no archive."""

    name = "probe"
    allowed_domains: ClassVar[list[str]] = ["kompas.com"]
    custom_settings: ClassVar[dict[Any, Any]] = {
        "RETRY_ENABLED": False,
        "DOWNLOAD_TIMEOUT": 15,
        "CLOSESPIDER_TIMEOUT": 120,
    }

    def __init__(self, show: Callable[[Finding], None], now: datetime, **more: Any) -> None:
        super().__init__(**more)
        self._show, self._today = show, now.astimezone(WIB).date()
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        """Ask for all pages; later ones are found on earlier ones."""
        try:
            await self._ask_all()
        except _Ended:
            return
        if False:  # an asynchronous generator
            yield

    async def _ask_all(self) -> None:
        for host in HOSTS:
            await self._robots(host)
        links = [
            url
            for what, slug in FRONTS
            for url in (await self._ask(what, SECTIONS[slug].front_url, _least_one)).urls
        ]
        days = [key.day for key in map(article_key, links) if key is not None]
        # The newest article is of today; also on a mirror, and when saved pages are read.
        day = min(max(days, default=self._today), self._today) - timedelta(1)
        index = await self._index(day)
        old_day = day.replace(year=day.year - 10, day=min(day.day, 28))
        old = await self._ask("index ten years back", index_url(old_day), findings.of_listing)
        tags = await self._recent([*links, *index.urls])
        tag = await self._ask("tag", tag_url((*tags, "banjir")[0]), findings.of_listing)
        new = set(map(article_key, self._asked))
        others = {url for url in (*old.urls, *tag.urls, *index.urls) if article_key(url) not in new}
        for url in sorted(others, key=lambda url: str(article_key(url)))[:1]:
            await self._ask("older article, as linked", url, findings.of_article)
            await self._ask("older article, ?page=all", f"{url}?page=all", findings.of_article)
        await self._sitemaps()

    async def _robots(self, host: str) -> None:
        """Ask for a robots.txt, and give it to the middleware that obeys it."""
        url = f"https://{host}/robots.txt"
        found = await self._ask(f"robots.txt of {host}", url, findings.of_robots, ROBOTS_META)
        obeying = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if found.robots is not None and obeying is not None:
            obeying.store.save(f"https://{host}", obeying.clock.now(), found.robots)

    async def _index(self, day: date) -> Finding:
        """Ask for the index of *day* and its second page, which the pager must announce."""
        first = await self._ask(f"index of {day}", index_url(day), _least_one)

        def judge(what: str, url: str, response: Response) -> Finding:
            found = findings.of_listing(what, url, response)
            new = len(set(found.urls) - set(first.urls))
            if found.end is not End.READ or bool(first.next_url) == bool(new):
                return found
            named = "a" if first.next_url else "no"
            loss = f"{what}: page 1 names {named} next page, and page 2 lists {new} more articles"
            return replace(found, loss=loss)

        await self._ask("its second page", first.next_url or page_url(first.url, 2), judge)
        return first

    async def _recent(self, urls: list[str]) -> tuple[str, ...]:
        """Ask for new articles until one has several pages; return the tags of the last one."""
        # Of different hosts first.
        by_host = {urlsplit(url).hostname: url for url in reversed(urls)}
        found: Finding | None = None
        for url in list(dict.fromkeys([*by_host.values(), *urls]))[:TRIES]:
            found = await self._ask("new article, as linked", url, findings.of_article)
            if found.article is not None and (found.article.pages or 1) > 1:
                break
        if found is None:
            return ()
        whole = f"{found.url}?page=all"
        await self._ask("new article, ?page=all", whole, findings.of_article)
        return found.article.tags if found.article is not None else ()

    async def _sitemaps(self) -> None:
        url: str | None = SITEMAP_URL
        for _ in range(SITEMAPS):
            if url is not None:
                url = (await self._ask("sitemap", url, findings.of_sitemap)).next_url

    async def _ask(
        self, what: str, url: str, judge: findings.Judge, meta: dict[str, Any] | None = None
    ) -> Finding:
        assert self.crawler.engine is not None
        self._asked.add(url)
        try:
            request = Request(url, dont_filter=True, meta=meta)
            response = await self.crawler.engine.download_async(request)
            with deadline():
                found = judge(what, url, response)
        except Exception as error:  # noqa: BLE001 - each is a finding
            if isinstance(error, NotSent) or self.crawler.engine.spider is None:
                self._show(Finding(what=what, url=url, end=End.UNASKED, came=str(error)))
                raise _Ended from None
            found = findings.of_error(what, url, error)
        self._show(found)
        return found
