"""Extraction of one page, compared with lxml parsing and other extractors.

All are timed alternately on the same page, and the fastest time of each counts.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lxml import etree
from scrapy.http import HtmlResponse

from benchmarks.measures import Measure
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.sample.site.site import Site
from tests.real.conftest import read_page, saved
from tests.sample.site.weight import HeavyReplies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Reader = Callable[[bytes, str], object]

TURNS = 7
WEIGHT = 240
"""Kilobytes of a real page."""


def measures(pages: int = 40, pages_of_others: int = 10, turns: int = TURNS) -> list[Measure]:
    """Time the item against the parse on *pages*, against the others on fewer."""
    found = []
    kinds = {f"{weight} KB": list(bodies(pages, weight)) for weight in (WEIGHT, 122)}
    if read := list(real(pages)):
        kinds["real pages"] = read
    for kind, chosen in kinds.items():
        ratios = [one["item"] / one["lxml"] for one in _timed(own(), chosen, turns)]
        limit, hoped = (0.8, 0.6) if kind == "real pages" else (1.6, 1.25)
        name = f"item / bare lxml parse, time, {kind}"
        found.append(Measure(name=name, values=ratios, limit=limit, hoped=hoped, at_most=True))
    rivals = others()
    chosen = list(bodies(pages_of_others, WEIGHT)) if rivals else []
    times = list(_timed(own() | rivals, chosen, turns))
    for name in rivals:
        is_fast = name == "trafilatura fast"
        found.append(
            Measure(
                name=f"item / {name}, speed, {WEIGHT} KB",
                values=[one[name] / one["item"] for one in times],
                limit=20 if is_fast else None,
                hoped=30 if is_fast else None,
            )
        )
    return found


def own() -> dict[str, Reader]:
    """Bare parsing, and the item with its own parse."""

    def bare(body: bytes, _url: str) -> object:
        return etree.HTML(body, etree.HTMLParser(encoding="utf-8"))

    def item(body: bytes, url: str) -> object:
        return ArticlePage(HtmlResponse(url, body=body)).to_item()

    return {"lxml": bare, "item": item}


def others() -> dict[str, Reader]:
    """Those general extractors that are installed: text, and for newspaper4k its fields."""
    found: dict[str, Reader] = {}
    if find_spec("trafilatura"):
        import trafilatura

        found["trafilatura fast"] = lambda body, url: trafilatura.extract(body, url=url, fast=True)
        found["trafilatura"] = lambda body, url: trafilatura.extract(body, url=url)
        found["trafilatura with its fields"] = lambda body, url: trafilatura.bare_extraction(
            body, url=url, with_metadata=True
        )
    if find_spec("newspaper"):
        import newspaper

        found["newspaper4k"] = lambda body, url: newspaper.article(
            url, language="id", input_html=body.decode(), fetch_images=False
        )
    if find_spec("readability"):
        import readability

        found["readability"] = lambda body, _url: readability.Document(body.decode()).summary()
    return found


def _timed(
    readers: dict[str, Reader], pages: Iterable[tuple[str, bytes]], turns: int
) -> Iterator[dict[str, float]]:
    for url, body in pages:
        fastest = dict.fromkeys(readers, float("inf"))
        for _ in range(turns):
            for name, read in readers.items():
                began = time.thread_time()
                read(body, url)
                bytes(4096)  # else the next reader pays for what the C library puts off of freeing
                fastest[name] = min(fastest[name], time.thread_time() - began)
        yield fastest


def real(count: int) -> Iterator[tuple[str, bytes]]:
    """Pages of the folder ``KOMPAS_REAL_PAGES``, if there is one."""
    for path in saved("articles/202*.html.gz")[:count]:
        body = read_page(path)
        page = ArticlePage(HtmlResponse("https://www.kompas.com/", body=body))
        yield f"{page.url}?page=all", body


def bodies(count: int, weight: int) -> Iterator[tuple[str, bytes]]:
    """Addresses and pages of *count* articles of the sample site, of about *weight* KB."""
    site = Site(2 * count)
    replies = HeavyReplies(site, weight)
    for article in site.articles:
        url = f"{article.url}?page=all"
        body = replies.answer(url).body
        if len(body) < weight * 500:  # an address that only leads on
            continue
        yield url, body
        count -= 1
        if not count:
            return
