"""What an act holds to be true: said in one line, and the end of the demo where it is not."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from kompas_crawler.exitcodes import CrawlError

SHOWN = 3
"""Members of a set that are named in a line at most."""


class Unexpected(CrawlError):  # noqa: N818 - it is what the user is told
    """Something is not as the sample site has it."""


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raise ``Unexpected`` with one line unless *found* is *wanted*.

    Of sets the line says how many there are, and names what is missing and what is too much.

    >>> expect("articles", 274, 274)
    >>> expect("articles", {"a", "b"}, {"b", "c"})
    Traceback (most recent call last):
    kompas_crawler.sample.demo.expectations.Unexpected: articles: 2 found, 2 expected (missing: c; too much: a)
    """  # noqa: E501
    if found == wanted:
        return
    if not (isinstance(found, Set) and isinstance(wanted, Set)):
        raise Unexpected(f"{what}: {found} found, {wanted} expected")
    sides = {"missing": wanted - found, "too much": found - wanted}
    named = "; ".join(f"{side}: {_some(members)}" for side, members in sides.items() if members)
    raise Unexpected(f"{what}: {len(found)} found, {len(wanted)} expected ({named})")


def _some(members: Set[Any]) -> str:
    names = sorted(str(member) for member in members)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
