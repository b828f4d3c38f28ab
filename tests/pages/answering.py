"""Answers of a site and the verdicts on them: lists made of rows, and the sample site's pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Verdict
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from tests.faults.hostile import KEY, URL

if TYPE_CHECKING:
    from collections.abc import Iterable


OTHER = "https://money.kompas.com/read/2026/06/29/080000026/judul-lain"
OTHER_KEY = "20260629-080000026"
FRONT = "https://money.kompas.com/"
HOME = "https://www.kompas.com/"
TAG = "https://www.kompas.com/tag/beras"
TOPIC = "https://www.kompas.com/topik-pilihan/list/1234/banjir-contoh"
DAY = date(2026, 6, 30)
INDEX = index_url(DAY)
SITEMAP = "https://money.kompas.com/news/sitemap.xml"
ROBOTS = "https://money.kompas.com/robots.txt"
LIMIT = 1_000_000

Body = str | bytes


def answer(
    body: str | bytes = b"",
    url: str = f"{URL}?page=all",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    is_partial: bool = False,
) -> HtmlResponse:
    """A response; *is_partial* when only the closed connection told where its body ends."""
    return HtmlResponse(
        url,
        status=status,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
        flags=["partial"] if is_partial else None,
    )


def article(body: str | bytes = b"", **known: Any) -> Verdict:
    """The verdict on an answer to the request for ``KEY``."""
    return recognition.article(answer(body, **known), KEY)


def listing(body: str | bytes = b"", asked: str = INDEX, **known: Any) -> Verdict:
    """The verdict on an answer to the request for the list *asked*."""
    return recognition.listing(answer(body, known.pop("url", asked), **known), asked)


def sitemap(body: str | bytes = b"", **known: Any) -> Verdict:
    return recognition.sitemap(answer(body, SITEMAP, **known), LIMIT)


def robots(body: str | bytes = b"", **known: Any) -> Verdict | None:
    return recognition.by_robots(answer(body, ROBOTS, **known))


SITE = Site(60)
_REPLIES = Replies(SITE)


def sent(url: str) -> bytes:
    """The body that the sample site sends."""
    reply = _REPLIES.answer(url)
    assert reply.status == 200
    return reply.body


def new_row(url: str, title: str = "Judul") -> str:
    return (
        f'<div class="articleItem"><a class="article-link" href="{url}">'
        f'<h2 class="articleTitle">{title}</h2></a></div>'
    )


def old_row(url: str, title: str = "Judul") -> str:
    return (
        f'<div class="article__list clearfix"><h3 class="article__title">'
        f'<a class="article__link" href="{url}">{title}</a></h3></div>'
    )


def unknown_row(url: str, title: str = "Judul") -> str:
    return f'<li class="kartu"><a class="kartu-tautan" href="{url}"><h2>{title}</h2></a></li>'


def address(number: int, day: date = DAY, section: str = "money") -> str:
    return f"https://{section}.kompas.com/read/{day:%Y/%m/%d}/0{number % 10}{number:02}00026/x"


def pager(active: int, last: int, base: str) -> str:
    joint = "&amp;" if "?" in base else "?"
    links = [f'<a class="paging__link paging__link--active" href="#">{active}</a>']
    links += [
        f'<a class="paging__link" href="{base}{joint}page={n}" data-ci-pagination-page="{n}">'
        f"{n}</a>"
        for n in range(1, last + 1)
        if n != active
    ]
    return f'<div class="paging__wrap">{"".join(links)}</div>'


def made(rows: Iterable[str], more: str = "", *, head: str = "", kind: str = "articleList") -> str:
    """A page of links."""
    return (
        f"<html><head>{head}</head><body><h1>Daftar</h1>"
        f'<div class="{kind}">{"".join(rows)}</div>{more}</body></html>'
    )


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">'


NEW = [new_row(address(n)) for n in range(5)]
OLD = [old_row(address(n)) for n in range(5)]
YESTERDAY = date(2026, 6, 29)
BESIDE = '<div class="most"><a class="most__link" href="https://bola.kompas.com/">B</a></div>'
