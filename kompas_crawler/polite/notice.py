"""The site's own notice: the comment at the top of robots.txt, its terms, and whom to ask."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kompas_crawler.log.terminal import safe
from kompas_crawler.polite.robots_file import text_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

TERMS = "https://inside.kompas.com/term-of-use"
PERMISSION = "https://inside.kompas.com/about-us#meet"
"""Where to ask, unless the notice names another address."""
MAX_LINES, MAX_WIDTH = 40, 300
_ADDRESS = re.compile(r"https?://[^\s<>\"']+|[\w.+-]+@[\w-]+\.[\w.-]*\w", re.ASCII)


def comment(body: bytes) -> list[str]:
    r"""The comment at the top of a robots.txt, safe to print and at most ``MAX_LINES`` long.

    >>> comment(b"# Ask before you copy:\n# https://a.example/ask\n\nUser-agent: *\n# rules")
    ['Ask before you copy:', 'https://a.example/ask']
    """
    found = []
    for line in text_lines(body):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        found.append(safe(line.strip().lstrip("#").strip())[:MAX_WIDTH])
    lines = "\n".join(found).strip("\n").splitlines()
    return lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "..."]


def permission(bodies: Iterable[bytes]) -> str:
    """The address in the notices of *bodies* that is not of the terms, else ``PERMISSION``."""
    text = "\n".join(line for body in bodies for line in comment(body))
    addresses = (address.rstrip(".,;:)") for address in _ADDRESS.findall(text))
    return next((found for found in addresses if "term" not in found.lower()), PERMISSION)


def shown(url: str, body: bytes) -> list[str]:
    """The lines that show the notice of the robots.txt *body* at *url*."""
    lines = comment(body)
    begins = f"{url} begins with this notice:" if lines else f"{url} has no notice at its top."
    ask = f"Terms of use: {TERMS} · to ask for permission: {permission([body])}"
    return [begins, *(f"  {line}" for line in lines), ask]


def ways_out(bodies: Iterable[bytes]) -> list[str]:
    """What to do after a refusal: one line each."""
    return [
        f"ask for permission: {permission(bodies)}, and set KOMPAS_CONTACT",
        "or fill the archive from public web archives: scrapy crawl commoncrawl, wayback",
    ]
