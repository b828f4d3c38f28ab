"""The sample site's lists: fronts, tags, topics, index, sitemaps."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from typing import NamedTuple

from kompas_crawler.sample.site.article import SampleArticle
from kompas_crawler.sample.site.words import LISTS, as_text, most_read

_MEDIA = {  # what a front lists after these rows
    1: ("https://foto.kompas.com/photo/read/2026/06/30/17510/contoh-galeri", "Galeri contoh"),
    4: ("https://video.kompas.com/watch/17511/contoh-tayangan", "Tayangan contoh"),
}


class Row(NamedTuple):
    """A row of a list: an article with its address, title, section and time."""

    url: str
    title: str
    section: str
    published_at: datetime


def _rows(rows: list[Row], *, is_old: bool, has_media: bool) -> Iterator[str]:
    for nth, row in enumerate(rows):
        shown = [(row.url, row.title, row.section)]
        if has_media and nth in _MEDIA:
            shown.append((*_MEDIA[nth], "Foto"))
        for url, title, section in shown:
            yield LISTS["row_2021" if is_old else "row_2026"].format(
                url=escape(url),
                title=as_text(title),
                section=section,
                capitals=section.upper(),
                at=row.published_at,
            )


def _pager(url: str, page: int, last: int) -> str:
    if last <= 1:
        return ""
    base = escape(url) + ("&amp;" if "?" in url else "?")

    def link(number: int, shown: object, kind: str = "", rel: str = "") -> str:
        name = "current_page" if number == page else "other_page"
        return LISTS[name].format(base=base, number=number, text=shown, kind=kind, rel=rel)

    items = [link(n, n) for n in range(max(1, page - 2), min(last, page + 2) + 1)]
    if page < last:
        items.append(link(page + 1, "Next", "paging__link--next", ' rel="next"'))
        items.append(link(last, "Last", "paging__link--last"))
    return LISTS["pager"].format(items="".join(items))


def head(title: str, url: str) -> str:
    return LISTS["head"].format(title=as_text(title), url=escape(url))


def main(
    heading: str, url: str, rows: list[Row], page: int, last: int, *, is_old: bool, is_front: bool
) -> str:
    """The page between menu and footer; a front has media rows and a list of the most read."""
    most = rows[::4] if is_front else []
    return LISTS["main"].format(
        heading=as_text(heading),
        kind="latest ga--latest" if is_old else "articleList -list",
        rows="".join(_rows(rows, is_old=is_old, has_media=is_front)),
        pager=_pager(url, page, last),
        most=most_read((f"{row.url}?source=terpopuler", row.title) for row in most),
    )


def sitemap_index(urls: Iterable[str]) -> str:
    rows = (LISTS["sitemap"].format(url=as_text(url)) for url in urls)
    return LISTS["sitemap_index"].format(rows="".join(rows))


def news_sitemap(articles: Iterable[SampleArticle]) -> str:
    """A news sitemap: URL, title, time and keywords of each article."""
    rows = (
        LISTS["news"].format(
            url=as_text(article.url),
            at=article.published_at.isoformat(),
            title=as_text(article.title),
            keywords=as_text(", ".join(article.tags)),
        )
        for article in articles
    )
    return LISTS["news_sitemap"].format(rows="".join(rows))
