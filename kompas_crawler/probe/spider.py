"""Ask the site for about twenty pages, one after another, at the polite pace."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

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

HOSTS = ("www", "indeks", "money", "nasional", "tekno")
FRONTS = (("front on a host of its own", "money"), ("front under www", "tren"))
Saved = dict[str, list[Response]]  # by URL, in the order of the file
TRIES = 4  # new articles that are asked for until one has several pages
SITEMAPS = 3
_ROBOTS = {"dont_obey_robotstxt": True, "allow_offsite": True, "redirect_ttl": 5}
_filled_list = partial(findings.of_listing, least=1)


class ProbeSpider(Spider):
    """Passes a ``Finding`` a page to *show*; opens no archive. *saved* are responses by URL."""

    name = "probe"
    allowed_domains: ClassVar[list[str]] = ["kompas.com"]
    custom_settings = {"RETRY_ENABLED": False, "DOWNLOAD_TIMEOUT": 10, "CLOSESPIDER_TIMEOUT": 90}  # noqa: RUF012

    def __init__(self, show: Callable[[Finding], None], now: datetime, saved: Saved | None) -> None:
        super().__init__()
        self._show, self._today, self.saved = show, now.astimezone(WIB).date(), saved or {}
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        """Ask for all pages; later ones are found on earlier ones."""
        with suppress(NotSent):  # refused, out of time, or interrupted
            await self._ask_all()
        for request in list[Request]():  # Scrapy expects an asynchronous generator
            yield request

    async def _ask_all(self) -> None:
        if {await self._robots(f"https://{host}.kompas.com") for host in HOSTS} == {End.NOTHING}:
            return
        links: list[str] = []
        for what, slug in FRONTS:
            links += (await self._ask(what, SECTIONS[slug].front_url, _filled_list)).urls
        days = [key.day for key in map(article_key, links) if key is not None]
        # The newest article is of today; also on a mirror, and when saved pages are read.
        day = min(max(days, default=self._today), self._today) - timedelta(1)
        index = await self._index(day)
        old_day = day.replace(year=day.year - 10, day=min(day.day, 28))
        old = await self._ask("index ten years back", index_url(old_day), findings.of_listing)
        tags = await self._new_articles([*links, *index.urls])
        tag = await self._ask("tag", tag_url((*tags, "banjir")[0]), findings.of_listing)
        seen = set(map(article_key, self._asked))
        older = {url for url in (*old.urls, *tag.urls, *index.urls) if article_key(url) not in seen}
        for url in sorted(older, key=lambda url: str(article_key(url)))[:1]:
            await self._ask(f"{findings.OLDER}, as linked", url, findings.of_article)
            await self._ask(f"{findings.OLDER}, ?page=all", f"{url}?page=all", findings.of_article)
        sitemap: str | None = SITEMAP_URL
        for _ in range(SITEMAPS):
            if sitemap is not None:
                sitemap = (await self._ask("sitemap", sitemap, findings.of_sitemap)).next_url

    async def _robots(self, origin: str) -> End:
        """Ask for a robots.txt, and give it to the middleware that obeys it."""
        url = f"{origin}/robots.txt"
        found = await self._ask(f"robots.txt of {url[8:-11]}", url, findings.of_robots, _ROBOTS)
        obeying = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if found.robots is not None and obeying is not None:
            obeying.store.save(origin, obeying.clock.now(), found.robots)
        return found.end

    async def _index(self, day: date) -> Finding:
        """Ask for the index of *day* and its second page, which the pager must announce."""
        first = await self._ask(f"index of {day}", index_url(day), _filled_list)

        def second(response: Response, url: str) -> Finding:
            found = findings.of_listing(response, url)
            new = set(found.urls) - set(first.urls)
            if not first.end is found.end is End.READ or bool(first.next_url) == bool(new):
                return found
            return replace(found, loss=f"more articles, unlike the pager of page 1: {len(new)}")

        await self._ask("its second page", first.next_url or page_url(first.url, 2), second)
        return first

    async def _new_articles(self, urls: list[str]) -> tuple[str, ...]:
        """Ask for new articles until one has several pages; return the tags of the last one."""
        by_host = {urlsplit(url).hostname: url for url in reversed(urls)}  # different hosts first
        found: Finding | None = None
        for url in list(dict.fromkeys([*by_host.values(), *urls]))[:TRIES]:
            found = await self._ask("new article, as linked", url, findings.of_article)
            if found.article is not None and (found.article.pages or 1) > 1:
                break
        if found is None:
            return ()
        await self._ask("new article, ?page=all", f"{found.url}?page=all", findings.of_article)
        return found.article.tags if found.article is not None else ()

    async def _ask(
        self, what: str, url: str, judge: findings.Judge, meta: dict[str, Any] | None = None
    ) -> Finding:
        self._asked.add(url)
        is_over = False
        try:
            request = Request(url, dont_filter=True, meta=meta)
            response = await self.crawler.engine.download_async(request)
            with deadline:
                found = judge(response, url)
        except Exception as error:  # noqa: BLE001 - each is a finding
            name = "" if isinstance(error, IgnoreRequest) else f"{type(error).__name__}: "
            reason = f"{name}{error}"[:200].removesuffix(": ")
            is_over = isinstance(error, NotSent) or self.crawler.engine.spider is None
            reason = f"the run ends: {url} was not sent" if is_over else reason
            found = Finding(end=End.NOTHING, received=reason, loss=reason)
        found = replace(found, what=what, url=url)
        self._show(found)
        if is_over:
            raise NotSent
        return found
