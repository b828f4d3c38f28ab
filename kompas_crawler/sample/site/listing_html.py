"""The sample site's lists: fronts, tags, topics, index, sitemaps; and its robots.txt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import SampleArticle

_MEDIA = (
    ("https://foto.kompas.com/photo/read/2026/06/30/17510/contoh-galeri", "Galeri contoh"),
    ("https://video.kompas.com/watch/17511/contoh-tayangan", "Tayangan contoh"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a listing."""

    url: str
    title: str
    section: str
    published_at: datetime


def _new_row(url: str, title: str, section: str, date: str) -> str:
    image = "https://asset.kompas.com/crops/0x0/230x153/contoh.jpg"
    return (
        f'<div class="articleItem"><a class="article-link" href="{escape(url)}">'
        f'<div class="articleItem-wrap"><div class="articleItem-img"><img src="{image}" alt="">'
        '</div><div class="articleItem-box">'
        f'<h2 class="articleTitle">{escape(title, quote=False)}</h2>'
        f'<div class="articlePost"><ul><li><div class="articlePost-subtitle">{section.upper()}'
        f'</div></li><li><div class="articlePost-date">{date}</div></li></ul></div>'
        "</div></div></a></div>\n"
    )


def _old_row(url: str, title: str, section: str, date: str) -> str:
    href = escape(url)
    return (
        '<div class="article__list clearfix"><div class="article__list__asset clearfix">'
        f'<div class="article__asset"><a href="{href}"><img class="lozad" data-src="https://asset.'
        f'kompas.com/crops/0x0/177x117/contoh.jpg" alt=""/></a></div></div>'
        f'<div class="article__list__title"><h3 class="article__title article__title--medium">'
        f'<a class="article__link" href="{href}">{escape(title, quote=False)}</a></div></h3>'
        f'<div class="article__list__info"><div class="article__subtitle">{section}</div>'
        f'<div class="article__date">{date}</div></div></div>\n'
    )


def _rows(rows: list[Row], *, is_old: bool, has_media: bool) -> Iterator[str]:
    write = _old_row if is_old else _new_row
    for nth, row in enumerate(rows):
        shown = (
            f"{row.published_at:%d/%m/%Y, %H:%M} WIB" if is_old else f"{row.published_at:%d/%m/%Y}"
        )
        yield write(row.url, row.title, row.section, shown)
        if has_media and nth in (1, 4):
            url, title = _MEDIA[nth // 4]
            yield write(url, title, "Foto", shown)


def _pager(url: str, page: int, last: int) -> str:
    if last <= 1:
        return ""
    joint = "&amp;" if "?" in url else "?"

    def item(number: int, extra: str, text: str) -> str:
        if number == page:
            return (
                '<div class="paging__item"><a class="paging__link paging__link--active" '
                f'href="javascript:void(0)">{text}</a></div>'
            )
        rel = ' rel="next"' if text == "Next" else ""
        return (
            f'<div class="paging__item"><a class="paging__link {extra}" '
            f'href="{escape(url)}{joint}page={number}" data-ci-pagination-page="{number}"{rel}>'
            f"{text}</a></div>"
        )

    items = [item(n, "", str(n)) for n in range(max(1, page - 2), min(last, page + 2) + 1)]
    if page < last:
        items += [item(page + 1, "paging__link--next", "Next")]
        items += [item(last, "paging__link--last", "Last")]
    return f'<div class="paging__wrap clearfix">{"".join(items)}</div>\n'


def listing_head(title: str, url: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title, quote=False)}</title>\n"
        f'<link rel="canonical" href="{escape(url)}" />\n'
    )


def listing_main(
    heading: str, url: str, rows: list[Row], page: int, last: int, *, is_old: bool, is_front: bool
) -> str:
    """The page between menu and footer; a front has media rows and a list of the most read."""
    kind = "latest ga--latest" if is_old else "articleList -list"
    most = "".join(
        f'<div class="most__list"><a class="most__link" href="{escape(row.url)}?source=terpopuler">'
        f'<h4 class="most__title">{escape(row.title, quote=False)}</h4></a></div>\n'
        for row in (rows[::4] if is_front else [])
    )
    shown = "".join(_rows(rows, is_old=is_old, has_media=is_front))
    return (
        f'<h1 class="title__content">{escape(heading, quote=False)}</h1>\n'
        f'<div class="{kind} clearfix">\n{shown}</div>\n{_pager(url, page, last)}'
        f'<div class="most">\n{most}</div>\n'
    )


ROBOTS = """# Notice of the sample site, an invented Kompas.com: its texts are made up.
# To ask for permission: https://inside.kompas.com/about-us#meet

User-Agent: *
Disallow: /search/?q=
Disallow: /komentar/*
Disallow: /copy/*
Disallow: *?jxrecoid=*
Disallow: *?utm_source=*
Disallow: *?source=*

User-Agent: GPTBot
Disallow: /

User-Agent: PerplexityBot
Disallow: /

Sitemap: https://www.kompas.com/sitemap.xml
"""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def sitemap_index(urls: Iterable[str]) -> str:
    rows = "".join(f"<sitemap><loc>{xml(url)}</loc></sitemap>\n" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="{_NAMESPACE}">\n{rows}</sitemapindex>\n'
    )


def news_sitemap(articles: Iterable[SampleArticle]) -> str:
    """A news sitemap: URL, title, time and keywords of each article."""
    rows = "".join(
        f"<url><loc>{xml(a.url)}</loc><news:news><news:publication><news:name>KOMPAS.com"
        "</news:name><news:language>id</news:language></news:publication>"
        f"<news:publication_date>{a.published_at.isoformat()}</news:publication_date>"
        f"<news:title>{xml(a.title)}</news:title>"
        f"<news:keywords>{xml(', '.join(a.tags))}</news:keywords></news:news></url>\n"
        for a in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="{_NAMESPACE}" xmlns:news="{_NEWS}">\n{rows}</urlset>\n'
    )
