"""Every link of saved home and index pages is what its address says."""

from __future__ import annotations

import re

import pytest
from parsel import Selector

from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind, short_code
from tests.real.conftest import read_page, saved


@pytest.mark.parametrize(
    ("name", "articles"), [("2017_home", 25), ("2024_home", 60), ("2016_indeks", 8)]
)
def test_article_links_and_no_others_are_articles(name: str, articles: int) -> None:
    (path,) = saved(f"lists/{name}*")
    found = Selector(read_page(path).decode("utf-8", "replace")).css("a::attr(href)")
    links = {link.strip() for link in found.getall()}
    dated = re.compile(
        r"https?://(?!foto\.)[a-z.]*\.?kompas\.com/(?:[a-z-]+/)?read/"
        r"(?:(?:xml/)?\d{4}/\d\d/\d\d/\d+|\d\d[A-L]\d{8,12})(?:/|$)"
    )
    expected = {link for link in links if dated.match(link)}
    assert len(expected) >= articles
    assert {link for link in links if kind(link) is UrlKind.ARTICLE} == expected
    for link in expected:
        form = canonical(link)
        assert form.startswith("https://")
        assert "?" not in form
        key = article_key(link)
        if key is None:
            assert short_code(link)
            continue
        assert f"{key.day:%Y/%m/%d}/{key.number}" in link
        assert key.published_at is not None
