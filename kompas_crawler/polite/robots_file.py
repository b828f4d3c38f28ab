"""robots.txt as it comes, made ready for a parser (RFC 9309), and where copies of it are kept."""

from __future__ import annotations

import unicodedata
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from w3lib.encoding import read_bom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PARSED_BYTES = 500 * 1024
"""How much of a file is read: RFC 9309, 2.5, asks for at least 500 KiB."""


def readable(body: bytes) -> bytes:
    r"""Return *body* as UTF-8 with nothing in it that hides a rule from the parser.

    Three mends, each for a file that would otherwise allow what it forbids:
    invisible characters before or in the name of a rule (Kompas's own file of
    2024-06-30 has zero-width joiners before ``User-agent``), a file in UTF-16,
    and a query pattern without its asterisk (Kompas's files of autumn 2023 have
    ``?jxrecoid=*`` where all later ones have ``*?jxrecoid=*``).

    >>> readable("\u200dUser-agent: *\nDisallow: ?source=*".encode())
    b'User-agent: *\nDisallow: *?source=*'
    """
    encoding, bom = read_bom(body[:_PARSED_BYTES])
    text = body[len(bom or b"") : _PARSED_BYTES].decode(encoding or "utf-8", "replace")
    lines = text.splitlines()
    if len(body) > _PARSED_BYTES and lines:
        lines.pop()  # cut somewhere: half an "Allow" would allow too much
    return "\n".join(map(_mended, lines)).encode()


def is_markup(body: bytes) -> bool:
    """Tell whether *body* is a page of HTML or XML, not a robots.txt.

    >>> is_markup(b"\\n<!doctype html>"), is_markup(b"User-agent: *")
    (True, False)
    """
    return readable(body[:1024]).lstrip().startswith(b"<")


def _mended(line: str) -> str:
    name, colon, value = line.partition(":")
    if not name.isascii():
        name = "".join(char for char in name if unicodedata.category(char) not in ("Cf", "Cc"))
    if value.lstrip().startswith("?") and name.strip().lower() == "disallow":
        value = f" *{value.lstrip()}"
    return f"{name}{colon}{value}"


class RobotsStore(Protocol):
    """Where copies of robots.txt are kept, by origin (``https://money.kompas.com``)."""

    def load(self, origin: str) -> tuple[datetime, bytes] | None:
        """Return when the last good copy was fetched, and the copy."""

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        """Keep a good copy; no file at all is an empty one."""

    def asking(self, origin: str) -> AbstractAsyncContextManager[None]:
        """While it is open nobody else fetches the file; whoever waited has a new look."""


class MemoryStore(dict[str, tuple[datetime, bytes]]):
    """A :class:`RobotsStore` for one run."""

    def load(self, origin: str) -> tuple[datetime, bytes] | None:
        """Return when the last good copy was fetched, and the copy."""
        return self.get(origin)

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        """Keep a good copy."""
        self[origin] = (fetched_at, body)

    @asynccontextmanager
    async def asking(self, origin: str) -> AsyncIterator[None]:
        """Nobody else is there to fetch the file."""
        yield
