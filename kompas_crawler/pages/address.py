"""Addresses as a page writes them, made whole."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from kompas_crawler.urls import canonical

_PLAIN = re.compile(r"[!-Z\\\]^-~]+")  # ASCII that is printed, but for "["


def absolute(base: str, href: str | None) -> str | None:
    """Return *href*, as the page *base* has it, as an http(s) address, or ``None``.

    >>> absolute("https://money.kompas.com/", " //asset.kompas.com/foto.jpg ")
    'https://asset.kompas.com/foto.jpg'
    >>> absolute("https://money.kompas.com/", "javascript:void(0)") is None
    True
    """
    if not href:
        return None
    if href.startswith(("https://", "http://")) and _PLAIN.fullmatch(href):
        return href  # whole already, with nothing in it to stumble over
    href = "".join(href.split())
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
    return canonical(url) if url else None
