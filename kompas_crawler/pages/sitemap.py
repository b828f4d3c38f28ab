"""Parse sitemaps, sitemap indexes and news sitemaps."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from io import BytesIO
from typing import Any

from lxml import etree

from kompas_crawler.pages.address import absolute
from kompas_crawler.pages.document import to_utf8
from kompas_crawler.site.dates import parse_wib
from kompas_crawler.site.text import LONGEST_TITLE

MAX_ENTRIES = 50_000  # the limit of the sitemap protocol; further entries are not read
NEWS = "/sitemap-news/"  # part of the name of the news namespace
# The root element, not one inside a comment before it.
_ROOT = re.compile(rb"(?>(?:[^<]+|<!--.*?(?:-->|\Z)|<(?![\w.-]))*)(<(?:[\w.-]+:)?([\w.-]+))", re.S)
_ROOT_END = re.compile(
    rb"(?:</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<[\w.:-]+[^<>]*/>)\s*(?>(?:<!--.*?-->\s*)*)\Z",
    re.S,
)
_BAD_REFERENCE = re.compile(
    rb"<!\[CDATA\[(?:(?!<!\[CDATA\[)[\s\S])*?\]\]>"
    rb"|&(?:#([xX][0-9a-fA-F]{1,8}|[0-9]{1,8});|(?!(?:amp|lt|gt|quot|apos);))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapEntry:
    """One entry: ``is_sitemap`` if it is a sitemap, title and time if given."""

    url: str
    is_sitemap: bool = False
    title: str | None = None
    published_at: datetime | None = None


def unpacked(body: bytes, limit: int) -> bytes | None:
    """*body*, decompressed if it is gzipped; ``None`` if it is damaged or too large.

    >>> unpacked(gzip.compress(b"<urlset/>"), 100), unpacked(gzip.compress(b"<urlset/>")[:-9], 100)
    (b'<urlset/>', None)
    """
    if not body.startswith(b"\x1f\x8b"):
        return from_root(body)
    with suppress(OSError, EOFError, zlib.error):
        found = gzip.GzipFile(fileobj=BytesIO(body)).read(limit + 1)
        return from_root(found) if len(found) <= limit else None
    return None


def from_root(body: bytes) -> bytes:
    """*body* in UTF-8 without what precedes its root element, such as a wrong declaration."""
    body = to_utf8(body)
    root = _ROOT.match(body)
    return body[root.start(1) :] if root else body


def is_sitemap(body: bytes) -> bool:
    """Whether *body* starts like a sitemap or a sitemap index.

    >>> is_sitemap(b"<?xml version='1.0'?><urlset>"), is_sitemap(b"<html><body>urlset")
    (True, False)
    """
    first = _ROOT.match(body)
    return first is not None and first[2].lower() in (b"urlset", b"sitemapindex")


def has_end(body: bytes) -> bool:
    """Whether the root element of *body* is closed."""
    return _ROOT_END.search(body[-4096:]) is not None


def entries(body: bytes) -> Iterator[SitemapEntry]:
    """Parse at most ``MAX_ENTRIES`` entries with cut titles; malformed XML up to its error."""
    text = _BAD_REFERENCE.sub(_without_bad, from_root(body))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root: Any = None
    with suppress(etree.XMLSyntaxError):  # no entry
        root = etree.fromstring(text, parser)
    if root is None:
        return
    elements = [*root.iter("{*}url", "{*}sitemap")][:MAX_ENTRIES]
    found = [entry for one in elements if (entry := _entry(one))]
    # The parser closes what was cut off: the last address may be half of one.
    yield from found if has_end(text) else found[:-1]


def _entry(element: etree._Element) -> SitemapEntry | None:
    space, name = _name(element)
    texts: dict[str, str] = {}
    for part in element.iterchildren("*"):  # images and videos have their own loc and title
        part_space, part_name = _name(part)
        if part_space == space:
            texts.setdefault(part_name, (part.text or "").strip())
        elif NEWS in part_space and part_name == "news":
            for news in part.iterchildren("*"):
                texts.setdefault(f"news:{_name(news)[1]}", (news.text or "").strip())
    if (url := absolute("https://www.kompas.com/", texts.get("loc"))) is None:
        return None
    at = texts.get("news:publication_date") or texts.get("lastmod") or ""
    return SitemapEntry(
        url=url,
        is_sitemap=name == "sitemap",
        title=unescape(texts.get("news:title", "")[:LONGEST_TITLE]) or None,
        published_at=parse_wib(at if len(at) != len("2026-06-30") else f"{at} 00:00"),
    )


def _name(element: etree._Element) -> tuple[str, str]:
    """Namespace and name; ``etree.QName`` refuses what a damaged file can contain."""
    space, _, name = str(element.tag).rpartition("}")
    return space.lstrip("{"), name


def _without_bad(match: re.Match[bytes]) -> bytes:
    """A reference or CDATA, but nothing that is invalid in XML, where libxml2 would stop."""
    if match[1] is None:
        return b"&amp;" if match[0] == b"&" else match[0]
    return b"" if unescape(match[0].decode()) in ("", "\x0c", "\ufffd") else match[0]
