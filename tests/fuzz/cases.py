"""A fuzz case: a file of the sample site, changed as its seed says."""

from __future__ import annotations

import gzip
import re
from datetime import datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from scrapy import Request
from scrapy.http import HtmlResponse, Response

from kompas_crawler.sample.site.replies import HTML, TEXT, XML, Replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import WIB
from kompas_crawler.warc.records import exchange
from kompas_crawler.warc.scan import digest_of
from tests.fuzz.changes import CHANGES, CHARSET_NAMES
from tests.sample.site.catalogue import tags

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import SampleArticle

KINDS = ("article", "listing", "sitemap", "robots", "warc")
_WEIGHTS = (12, 3, 2, 2, 2)


class Case(NamedTuple):
    """One changed file; *article* is whose page it was, where it still names the same people."""

    seed: int
    kind: str
    url: str
    body: bytes
    content_type: str
    changes: tuple[str, ...]
    article: SampleArticle | None

    @property
    def response(self) -> Response:
        """The file as an answer of the site."""
        headers = {"Content-Type": self.content_type}
        return HtmlResponse(self.url, headers=headers, body=self.body)


@cache
def _site() -> tuple[Site, Replies]:
    site = Site(60, per_day=20)
    return site, Replies(site)


def _original(kind: str, rng: Random) -> tuple[str, bytes, str, SampleArticle | None]:
    site, replies = _site()
    if kind == "robots":
        url, found = "https://www.kompas.com/robots.txt", TEXT
    elif kind == "sitemap":
        url = rng.choice(
            [
                "https://www.kompas.com/sitemap.xml",
                "https://money.kompas.com/news/sitemap.xml",
            ]
        )
        found = XML
    elif kind == "listing":
        urls = ["https://www.kompas.com/", "https://money.kompas.com/", "https://bola.kompas.com/"]
        urls.append(f"https://indeks.kompas.com/?site=all&date={rng.choice(site.days)}")
        urls.append(f"https://www.kompas.com/tag/{rng.choice(tags(site))}")
        url, found = rng.choice(urls), HTML
    else:
        number = rng.randrange(site.count)
        url, found = site.url(number) + rng.choice(["", "?page=all", "?page=2"]), HTML
        body = replies.answer(url).body
        return url, body, found, site.article(number)
    return url, replies.answer(url).body, found, None


GENTLE = {*CHANGES} - {"element moved", "bytes moved", "bits flipped"}
"""What gives nobody another role, wherever on a page it happens."""
_CREDITS = re.compile(
    rb"<meta name=.content_(?:author|editor)[^>]*>|<div class=.(?:credit|read__credit)\b.*?</div>\n"
    rb"|<div id=.creditModal.*?\n</div>",
    re.DOTALL,
)


def case(seed: int) -> Case:
    """The case of *seed*, always the same."""
    rng = Random(seed)
    (kind,) = rng.choices(KINDS, _WEIGHTS)
    url, body, content_type, article = _original(kind, rng)
    changes = tuple(rng.choice([*CHANGES]) for _ in range(rng.choice([1, 1, 2, 4])))
    original = body
    is_of_record = kind == "warc" and rng.random() < 0.5
    if is_of_record:
        body = _record(rng, url, body)
        body = body if rng.random() < 0.2 else gzip.decompress(body)
    for change in changes:
        body = CHANGES[change](rng, body)
    people = _CREDITS.findall(original)
    is_judged = GENTLE.issuperset(changes) or all(part in body for part in people)
    if kind == "warc" and not is_of_record:
        body = _record(rng, url, body)
    if rng.random() < 0.2:
        content_type = f"text/html; charset={rng.choice(CHARSET_NAMES)}"
    return Case(seed, kind, url, body, content_type, changes, article if is_judged else None)


def _record(rng: Random, url: str, body: bytes) -> bytes:
    """A page as the records of a WARC file, packed as these are."""
    headers = {"Content-Type": HTML}
    if rng.random() < 0.3:
        body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
    at = datetime(2026, 6, 30, tzinfo=WIB)
    response = Response(url, headers=headers, body=body)
    return exchange(Request(url), response, at=at, digest=digest_of(body), previous=None)
