"""Articles of 2015 and 2016, in the three templates of those years."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages.article_2015 import OlderArticlePage, article_page
from kompas_crawler.site.urls import article_key
from tests.real.conftest import read_page, saved

if TYPE_CHECKING:
    from pathlib import Path

PAGES = saved("articles/201*.html.gz")

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@cache
def page(path: Path) -> OlderArticlePage:
    found = article_page(HtmlResponse("https://www.kompas.com/", body=read_page(path)))
    assert isinstance(found, OlderArticlePage)
    return found


def test_there_are_pages_of_all_three_templates() -> None:
    assert len({page(path).template for path in PAGES}) == 3


@every_page
def test_title(path: Path) -> None:
    """As the head has it, which the page itself does not ask first."""
    html = read_page(path).decode("utf-8")
    told = re.search(r'property="og:title" content="([^"]+)"', html)
    assert told
    words = re.findall(r"\w+", re.sub(r"&\w+;| - Kompas\.com.*", " ", told[1]))
    assert re.findall(r"\w+", page(path).title or "") == words


@every_page
def test_date_is_that_of_the_address(path: Path) -> None:
    item = page(path).to_item()
    key = article_key(item.url)
    assert key is not None
    assert item.published_at == key.published_at
    shown = page(path).visible_time
    assert shown is not None
    assert item.published_at is not None
    assert shown == item.published_at.replace(second=0)


@every_page
def test_text(path: Path) -> None:
    item = page(path).to_item()
    assert len(item.body) >= 6
    assert item.word_count > 150
    assert item.dateline
    text = " ".join(item.body)
    for chrome in ("Kompas.com -", "Penulis", "Editor", "googletag", "Topik Pilihan", "Baca Juga"):
        assert chrome not in text
    assert all(paragraph.strip() for paragraph in item.body)


@every_page
def test_every_letter_of_the_text(path: Path) -> None:
    html = read_page(path).decode("utf-8")
    start = re.search(rf"class=[\"']{page(path).content[1:]}[\"']>", html)
    assert start
    rest = html[start.end() :]
    end = min(
        at for sign in ("</span><", "</span>\n", "</div>", "<!--") if (at := rest.find(sign)) > 0
    )

    letters = re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", rest[:end])))
    letters = re.sub(r"^\w[\w ]*,(?:KOMPAS\.com|KompasOtomotif)[-–—]", "", letters)
    assert re.sub(r"\s", "", "".join(page(path).body)) == letters


@every_page
def test_people(path: Path) -> None:
    item = page(path).to_item()
    html = read_page(path).decode("utf-8")
    assert len(item.editors) == 1
    assert bool(item.authors) is ("<td>Penulis</td>" in html)
    assert all(":" not in name for name in item.authors + item.editors)
    assert "Kompas Cyber Media" not in item.authors + item.editors
