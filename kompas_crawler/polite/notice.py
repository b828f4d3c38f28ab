"""The site's own notice: the comment at the top of robots.txt, its terms, and whom to ask."""

import re
from collections.abc import Iterable
from itertools import islice, takewhile

from kompas_crawler.log.terminal import safe
from kompas_crawler.polite.robots_file import text_lines

TERMS = "https://inside.kompas.com/term-of-use"
PERMISSION = "https://inside.kompas.com/about-us#meet"  # unless the notice names another address
MAX_LINES, MAX_WIDTH = 40, 300
_ADDRESS = re.compile(r"https?://[^\s<>\"']+|[\w.+-]{1,64}@[\w.-]+\w", re.ASCII)


def comment(body: bytes) -> list[str]:
    r"""The comment at the top of a robots.txt, safe to print, of at most ``MAX_LINES``.

    >>> comment(b"# Ask before you copy:\n\n# https://a.example/ask\nUser-agent: *\n# rules")
    ['Ask before you copy:', 'https://a.example/ask']
    """
    head = takewhile(lambda one: one[:1] in ("", "#"), map(str.strip, text_lines(body)))
    shown = (safe(line.lstrip("# "))[:MAX_WIDTH] for line in head if line.strip("# "))
    return list(islice(shown, MAX_LINES))


def permission(bodies: Iterable[bytes]) -> str:
    """The first address in the notices of *bodies* that is not of terms, else ``PERMISSION``."""
    text = "\n".join(line for body in bodies for line in comment(body))
    addresses = (address.rstrip(".,;:)") for address in _ADDRESS.findall(text))
    return next((found for found in addresses if "term" not in found.lower()), PERMISSION)


def shown(body: bytes) -> list[str]:
    """The lines that show the notice of the robots.txt *body*."""
    lines = comment(body) or ["(no comment)"]
    ask = f"Terms of use: {TERMS} · to ask for permission: {permission([body])}"
    return ["The site's notice, at the top of its robots.txt:", *(f"| {one}" for one in lines), ask]


def ways_out(bodies: Iterable[bytes]) -> list[str]:
    """What to do after a refusal: one line each."""
    return [
        f"ask for permission: {permission(bodies)}, and set KOMPAS_CONTACT",
        "or fill it from public web archives: scrapy crawl commoncrawl (or wayback) -a since=DAY",
    ]
