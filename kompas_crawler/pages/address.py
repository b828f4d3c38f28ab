"""Addresses as a page writes them, made whole."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from kompas_crawler.site.urls import MAX_LENGTH, canonical

_EDGES = "".join(map(chr, range(33)))  # what browsers take off both ends of an address
_PLAIN = re.compile(r"[!-Z\\^-~]+")  # ASCII that is printed, but for "[" and "]"
_BREAK = re.compile(r"[\t\n\r]")  # browsers drop these wherever they stand
_SPACE = re.compile(r"\s")


def absolute(base: str, href: str | None) -> str | None:
    """Return *href*, as the page *base* has it, as an http(s) address, or ``None``.

    >>> absolute("https://money.kompas.com/", " //asset.kompas.com/foto.jpg ")
    'https://asset.kompas.com/foto.jpg'
    >>> absolute("https://money.kompas.com/", "javascript:void(0)") is None
    True
    >>> absolute("https://money.kompas.com/", "/data/photo/banjir di\\n demak.jpg")
    'https://money.kompas.com/data/photo/banjir%20di%20demak.jpg'
    """
    if not href:
        return None
    if href.startswith(("https://", "http://")) and _PLAIN.fullmatch(href):
        return href  # whole already, with nothing in it to stumble over
    href = _BREAK.sub("", href.strip().strip(_EDGES))
    href = _SPACE.sub(lambda space: quote(space[0]), href)
    try:
        url = urljoin(base, href)
    except ValueError:  # such as http://[
        return None
    return url if url.startswith(("https://", "http://")) else None


def canonical_link(base: str, href: str | None) -> str | None:
    """Return *href* of the page *base* as the one address of what it leads to, or ``None``.

    >>> canonical_link("https://tekno.kompas.com/", "/read/2024/01/15/09000017/judul?source=x")
    'https://tekno.kompas.com/read/2024/01/15/09000017/judul'
    """
    url = absolute(base, href)
    # What is remembered by its address is not to be filled with endless ones.
    return canonical(url) if url and len(url) <= MAX_LENGTH else None
