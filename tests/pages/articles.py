"""Responses for the tests of pages, and items as plain JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

from kompas_crawler.pages.article_2015 import article_page

if TYPE_CHECKING:
    from kompas_crawler.items import Article

URL = "https://regional.kompas.com/read/2022/05/17/081500578/warga-desa-contoh-panen-raya"


def response(body: str | bytes, url: str = URL, content_type: str = "text/html") -> HtmlResponse:
    """A page as the downloader hands it over."""
    data = body.encode() if isinstance(body, str) else body
    return HtmlResponse(url, body=data, headers={"Content-Type": content_type})


def read(body: str | bytes, url: str = URL, content_type: str = "text/html") -> Article:
    """The article on that page."""
    return article_page(response(body, url, content_type)).to_item()


def plain(article: Article) -> dict[str, Any]:
    """The item as JSON has it."""
    fields = {name: value for name, value in asdict(article).items() if name != "visit"}
    text = json.dumps(fields, default=_iso)
    result: dict[str, Any] = json.loads(text)
    return result


def _iso(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def page(content: str, *, head: str = "", around: str = "") -> str:
    """A page of an article with that *content*."""
    return (
        f'<html><head><meta name="content_PublishedDate" content="2022-05-17 08:15:00">{head}'
        f'<link rel="canonical" href="{URL}"></head><body><h1 class="read__title">Judul</h1>'
        f'<div class="read__content"><div class="clearfix">{content}</div></div>{around}'
        "</body></html>"
    )
