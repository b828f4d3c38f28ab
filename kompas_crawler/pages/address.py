"""Resolve and normalise the links of a page."""

import re
from urllib.parse import quote, urljoin

from kompas_crawler.site.urls import MAX_LENGTH, canonical

_EDGES = "".join(map(chr, range(33)))  # browsers strip these from both ends
_PLAIN = re.compile(r"[!-Z\\^-~]+")  # printable ASCII without brackets
_BREAK = re.compile(r"[\t\n\r]")  # browsers remove these
_SPACE = re.compile(r"\s")


def absolute(base: str, href: str | None) -> str | None:
    """Resolve *href* against *base* to an http(s) URL, or ``None``.

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
        return href  # absolute, without special characters
    href = _BREAK.sub("", href.strip().strip(_EDGES))
    href = _SPACE.sub(lambda space: quote(space[0]), href)
    try:
        url = urljoin(base, href)
    except ValueError:  # such as http://[
        return None
    return url if url.startswith(("https://", "http://")) else None


def canonical_link(base: str, href: str | None) -> str | None:
    """The canonical URL of *href* on the page *base*, or ``None``.

    >>> canonical_link("https://tekno.kompas.com/", "/read/2024/01/15/09000017/judul?source=x")
    'https://tekno.kompas.com/read/2024/01/15/09000017/judul'
    """
    url = absolute(base, href)
    # Caches of URLs must not store very long ones.
    return canonical(url) if url and len(url) <= MAX_LENGTH else None
