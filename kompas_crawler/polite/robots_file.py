"""Normalize robots.txt for the parser (RFC 9309), and the store of its copies."""

import re
import unicodedata
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime

from w3lib.encoding import read_bom

from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

_PARSED_BYTES = 500 * 1024  # bytes of a file that are parsed; RFC 9309, 2.5: at least 500 KiB
_LINE = re.compile(
    r"\s*(?:(?P<agent>user[- ]?agent)|(?P<name>allow|dis+al+[oa]w|diasllow|crawl[- ]delay))[a-z]*"
    r"(?:\s*:|\s)\s*(?P<value>.*)",
    re.IGNORECASE,
)


def readable(body: bytes) -> bytes:
    r"""Return the rules of *body* for this crawler, as UTF-8, in one group.

    Agents match by the whole product token (RFC 9309, 2.2.1): ``kompas-crawler/1.0`` matches,
    ``kompas`` does not. Only rules end the lines that name a group's agents. Three corrections
    for files that would otherwise allow what they forbid: invisible characters before or in
    the name of a rule (Kompas's file of 2024-06-30 has zero-width joiners before
    ``User-agent``), UTF-16, and a query pattern without its asterisk (Kompas's files of autumn
    2023 have ``?jxrecoid=*``, later ones ``*?jxrecoid=*``).

    >>> readable("\u200dUser-agent: kompas\nAllow: /\nUser-agent: *\nDisallow: ?source=*".encode())
    b'User-agent: *\nDisallow: *?source=*'
    """
    groups: dict[str, list[str]] = {}
    agents: set[str] = set()
    has_rules = False
    for match in filter(None, map(_LINE.match, map(_visible, text_lines(body)))):
        name, value = match["name"], match["value"].strip()
        if match["agent"]:
            # Others may be thousands, each before thousands of rules.
            agents = (set() if has_rules else agents) | ({_agent(value)} & {ROBOTS_TOKEN, "*"})
            groups |= {agent: groups.get(agent, []) for agent in agents}
            has_rules = False
            continue
        has_rules = has_rules or name.lower().endswith("w")
        if value.startswith("?") and name.lower().startswith("d"):
            value = f"*{value}"
        for agent in agents:
            groups[agent].append(f"{name}: {value}")
    rules = groups.get(ROBOTS_TOKEN, groups.get("*"))
    return "\n".join(["User-agent: *", *rules]).encode() if rules else b""


def is_markup(body: bytes) -> bool:
    """Return whether *body* is HTML, XML, JSON or gzip, not a robots.txt.

    >>> is_markup(b"\\n<!doctype html>"), is_markup(b'{"status": 500}'), is_markup(b"User-agent: *")
    (True, True, False)
    """
    return "\n".join(text_lines(body[:1024])).lstrip().startswith(("<", "{", "[", "\ufffd"))


def text_lines(body: bytes) -> list[str]:
    """The lines of *body*, of at most ``_PARSED_BYTES``, in its encoding."""
    encoding, bom = read_bom(body[:_PARSED_BYTES])
    text = body[len(bom or b"") : _PARSED_BYTES].decode(encoding or "utf-8", "replace")
    lines = text.lstrip("\ufeff\ufffd").splitlines()  # also half a byte order mark
    if len(body) > _PARSED_BYTES and lines:
        lines.pop()  # truncated: half an "Allow" would allow too much
    return lines


def _visible(line: str) -> str:
    """*line* without its comment, and its name without invisible characters."""
    name, colon, value = line.partition("#")[0].partition(":")
    seen = (c for c in name if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))
    return f"{''.join(seen)}{colon}{value}"


def _agent(value: str) -> str:
    """The product token of a User-agent line.

    >>> _agent("Kompas-Crawler/1.0 (+mailto:a@b.c)"), _agent("* "), _agent("kompas-crawler*")
    ('kompas-crawler', '*', 'kompas-crawler')
    """
    match = re.match(r"\*(?=\s|$)|\**([a-z_-]*)", value.encode("ascii", "ignore").decode().lower())
    assert match is not None
    return match[0] if match[1] is None else match[1]


class MemoryStore(dict[str, tuple[datetime, bytes]]):
    """The last good copy of each robots.txt by origin, and when it was fetched; empty if absent."""

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        self[origin] = (fetched_at, body)

    def asking(self, origin: str) -> AbstractAsyncContextManager[None]:
        """Lock the file of *origin* against fetches by other crawls, if there are any."""
        return nullcontext()
