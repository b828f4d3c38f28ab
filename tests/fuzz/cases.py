"""A fuzz case: a file of the sample site, changed as its seed says."""

from __future__ import annotations

import gzip
import re
from datetime import datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree, html
from scrapy import Request
from scrapy.http import HtmlResponse, Response

from kompas_crawler.sample_site.packing import gzipped, joined
from kompas_crawler.sample_site.replies import HTML, TEXT, XML, Replies
from kompas_crawler.sample_site.site import Site
from kompas_crawler.urls import WIB
from kompas_crawler.warc.records import digest_of, exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from kompas_crawler.sample_site.article import SampleArticle

KINDS = ("article", "listing", "sitemap", "robots", "warc")
_WEIGHTS = (12, 3, 2, 2, 2)
_TAG = re.compile(rb"<[^<>]{1,300}>")
_ATTRIBUTE = re.compile(rb"""\s[\w:-]+=(?:"[^"]*"|'[^']*')""")
_VALUE = re.compile(rb"""(?:=["']|\n[\w-]+: ?|>)([^"'<>\r\n]+)""")
_CHARSETS = ("utf-16", "utf-16-be", "cp1252", "shift_jis", "utf-7", "gb18030", "utf-32", "latin-1")
_NAMES = (*_CHARSETS, "utf8", "x-user-defined", "nonsense", "", "hz", "iso-2022-kr", "cp1252;q=1")
_NOISE = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e\u200d\u0301".encode(), b"<!--",
    b"-->", b"<![CDATA[", b"]]>", b"<?xml?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;",
    b"&#xD800;", b"&#x110000;", b"&#99999999999;", b"<plaintext>", b"<svg><title>", b"<template>",
    b"<textarea>", b"<table><tr>", b"</html>", b"</body>", b"<base href='//[x'>", b"<script>",
    b"</script>", b"<p>" * 300, b"<div>" * 3000, b"[" * 3000, b'{"a":' * 2000, b"9" * 5000,
    b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00+14:00", b"31/12/9999, 23:59 WIB",
    b" href='http://[::1'", b" href='https://www.kompas.com:99999/'", b"\r\n\r\n", b"\r", b"%",
    b"Content-Length: 99999999\r\n", b"Content-Encoding: br\r\n", b"Transfer-Encoding: chunked\r\n",
    b"User-agent: *\nDisallow: /\n", b"Oleh: ", b", ", b"S.H., ", b"\n" * 200, b'"', b"'", b">",
    b"<",
)  # fmt: skip


_VALUES = (
    b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00+14:00", b"2024-02-30", b"9" * 20, b"-1",
    b"http://[::1", b"//", b"https://www.kompas.com:99999/read/2024/01/02/100000001/a", b"[" * 3000,
    b"0", b"", b" ", b"nan", b"gzip, br, deflate", b"chunked", b"bytes", b"Editor", b"HTTP/9.9 999",
)  # fmt: skip


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
    site = Site(60, per_day=20, weight=1)
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
        urls.append(f"https://www.kompas.com/tag/{rng.choice(site.tags)}")
        url, found = rng.choice(urls), HTML
    else:
        number = rng.randrange(len(site.articles))
        url, found = site.url(number) + rng.choice(["", "?page=all", "?page=2"]), HTML
        body = joined(replies.answer(url).pieces)
        return url, body, found, site.article(number)
    return url, joined(replies.answer(url).pieces), found, None


def _place(rng: Random, body: bytes) -> int:
    """Where something happens: at a tag half of the time."""
    tags = [match.start() for match in _TAG.finditer(body)]
    return rng.choice(tags) if tags and rng.random() < 0.5 else rng.randrange(len(body) + 1)


def _without_tag(rng: Random, body: bytes) -> bytes:
    tags = list(_TAG.finditer(body))
    if not tags:
        return body
    tag = rng.choice(tags)
    start = rng.choice([tag.start(), rng.randrange(tag.start(), tag.end())])
    return body[:start] + body[tag.end() :]


def _without_attributes(rng: Random, body: bytes) -> bytes:
    share = rng.choice([0.005, 0.05, 0.5])
    return _ATTRIBUTE.sub(lambda match: b"" if rng.random() < share else match[0], body)


def _with_moved_element(rng: Random, body: bytes) -> bytes:
    """An element moved or doubled, within what is still a tree."""
    try:
        tree = html.document_fromstring(body)
    except (ValueError, etree.LxmlError):
        return body
    elements = [part for part in tree.iter("*") if part.getparent() is not None]
    if len(elements) < 2:
        return body
    part, target = rng.sample(elements, 2)
    if part in target.iterancestors():
        return body
    if rng.random() < 0.5:
        part = html.fromstring(html.tostring(part, encoding="unicode"))
    target.insert(rng.randrange(len(target) + 1), part)
    return bytes(html.tostring(tree, encoding="utf-8"))


def _with_moved_bytes(rng: Random, body: bytes) -> bytes:
    start, end = sorted((_place(rng, body), _place(rng, body)))
    end = min(end, start + 5000)
    rest = body if rng.random() < 0.5 else body[:start] + body[end:]
    at = _place(rng, rest)
    return rest[:at] + body[start:end] + rest[at:]


def _flipped(rng: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(rng.choice([1, 3, 30])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _noisy(rng: Random, body: bytes) -> bytes:
    at = _place(rng, body)
    return body[:at] + rng.choice(_NOISE) + body[at:]


def _with_other_value(rng: Random, body: bytes) -> bytes:
    """The value of an attribute or of a header replaced."""
    values = list(_VALUE.finditer(body))
    if not values:
        return body
    value = rng.choice(values[: rng.choice([10, len(values)])])
    return body[: value.start(1)] + rng.choice(rng.choice([_NOISE, _VALUES])) + body[value.end(1) :]


def _recoded(rng: Random, body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode(rng.choice(_CHARSETS), "replace")


def _named_otherwise(rng: Random, body: bytes) -> bytes:
    name = rng.choice(_NAMES).encode()
    return re.sub(rb"(charset|encoding)=([\"']?)[\w-]+", rb"\g<1>=\g<2>" + name, body, count=1)


def _cut(rng: Random, body: bytes) -> bytes:
    return body[: _place(rng, body)]


CHANGES: dict[str, Callable[[Random, bytes], bytes]] = {
    "tag cut": _without_tag,
    "attributes dropped": _without_attributes,
    "element moved": _with_moved_element,
    "bytes moved": _with_moved_bytes,
    "bits flipped": _flipped,
    "noise": _noisy,
    "value replaced": _with_other_value,
    "recoded": _recoded,
    "charset named": _named_otherwise,
    "cut short": _cut,
}

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
        content_type = f"text/html; charset={rng.choice(_NAMES)}"
    return Case(seed, kind, url, body, content_type, changes, article if is_judged else None)


def _record(rng: Random, url: str, body: bytes) -> bytes:
    """A page as the records of a WARC file, packed as these are."""
    headers = {"Content-Type": HTML}
    if rng.random() < 0.3:
        body, headers["Content-Encoding"] = gzipped([body]), "gzip"
    at = datetime(2026, 6, 30, tzinfo=WIB)
    response = Response(url, headers=headers, body=body)
    return exchange(Request(url), response, at=at, digest=digest_of(body), former=None)
