"""robots.txt and sitemaps of the sample site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.sample.site.article import SampleArticle

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
    """A sitemap index."""
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="{_NAMESPACE}">\n{rows}</sitemapindex>\n'
    )


def news_sitemap(articles: Iterable[SampleArticle]) -> str:
    """A news sitemap: URL, title, time and keywords of each article."""
    rows = "".join(
        f"<url><loc>{escape(a.url)}</loc><news:news><news:publication><news:name>KOMPAS.com"
        "</news:name><news:language>id</news:language></news:publication>"
        f"<news:publication_date>{a.published_at.isoformat()}</news:publication_date>"
        f"<news:title>{escape(a.title)}</news:title>"
        f"<news:keywords>{escape(', '.join(a.tags))}</news:keywords></news:news></url>\n"
        for a in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="{_NAMESPACE}" xmlns:news="{_NEWS}">\n{rows}</urlset>\n'
    )
