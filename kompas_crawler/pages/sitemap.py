"""A sitemap: the sitemaps or the addresses it names, with what news sitemaps say of them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from lxml import etree

from kompas_crawler.urls import WIB

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENTRIES = 50_000
"""The sitemap protocol's own limit; what a larger file holds past it is not read."""
MAX_TITLE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapEntry:
    """One entry: ``is_sitemap`` when it names another sitemap, title and time where given."""

    url: str
    is_sitemap: bool = False
    title: str | None = None
    published_at: datetime | None = None


def unpacked(body: bytes, limit: int) -> bytes | None:
    """*body*, out of a gzip file when it is one; ``None`` when that is damaged or holds too much.

    >>> import gzip
    >>> unpacked(gzip.compress(b"<urlset/>"), 100), unpacked(gzip.compress(b"<urlset/>")[:-9], 100)
    (b'<urlset/>', None)
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = unpacking.decompress(body, limit)
    except zlib.error:
        return None
    return found if unpacking.eof else None


def is_sitemap(body: bytes) -> bool:
    """Whether *body* begins as a sitemap or an index of sitemaps.

    >>> is_sitemap(b"<?xml version='1.0'?><urlset>"), is_sitemap(b"<html><body>urlset")
    (True, False)
    """
    first = re.search(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)", body[:4096])
    return first is not None and first[1].lower() in (b"urlset", b"sitemapindex")


def has_end(body: bytes) -> bool:
    """Whether the root element of *body* is closed."""
    return (
        re.search(
            rb"(?:</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<[\w.:-]+[^<>]*/>)\s*(?:<!--.*-->\s*)*\Z",
            body[-4096:],
            re.DOTALL,
        )
        is not None
    )


def entries(body: bytes) -> Iterator[SitemapEntry]:
    """Read a sitemap, at most ``MAX_ENTRIES`` entries; broken XML is read as far as it goes.

    Titles are cut at ``MAX_TITLE`` letters.

    Entities are not resolved, so that a small file cannot become a large one.
    """
    events = etree.iterparse(
        BytesIO(body), events=("end",), recover=True, resolve_entities=False, no_network=True
    )
    count = 0
    for _, element in events:
        name = _name(element)
        if name not in ("url", "sitemap"):
            continue
        texts = {_name(part): (part.text or "").strip() for part in element.iterdescendants("*")}
        element.clear()
        if texts.get("loc"):
            count += 1
            yield SitemapEntry(
                url=texts["loc"],
                is_sitemap=name == "sitemap",
                title=texts.get("title", "")[:MAX_TITLE] or None,
                published_at=_moment(texts.get("publication_date") or texts.get("lastmod")),
            )
        if count >= MAX_ENTRIES:
            return


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _moment(text: str | None) -> datetime | None:
    """An aware instant; a time without a zone is in WIB. ``None`` outside the web's years."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if not 1995 <= moment.year <= 2100:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=WIB)
