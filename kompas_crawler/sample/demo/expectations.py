"""Checks of the demo's results."""

from collections.abc import Set
from typing import Any

from kompas_crawler.exitcodes import CrawlError

SHOWN = 3
"""Maximum members of a set in a message."""


class Unexpected(CrawlError):  # noqa: N818
    """A result differs from the sample site."""


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raise ``Unexpected`` unless *found* equals *wanted*.

    For sets the message has their sizes, and missing and unexpected members.

    >>> expect("articles", 274, 274)
    >>> expect("articles", {"a", "b"}, {"b", "c"})
    Traceback (most recent call last):
    kompas_crawler.sample.demo.expectations.Unexpected: articles: 2 found, 2 expected (missing: c; unexpected: a)
    """  # noqa: E501
    if found == wanted:
        return
    if not (isinstance(found, Set) and isinstance(wanted, Set)):
        raise Unexpected(f"{what}: {found} found, {wanted} expected")
    sides = {"missing": wanted - found, "unexpected": found - wanted}
    parts = []
    for side, members in sides.items():
        if members:
            more = f" and {len(members) - SHOWN} more" if len(members) > SHOWN else ""
            parts.append(f"{side}: {', '.join(sorted(map(str, members))[:SHOWN])}{more}")
    raise Unexpected(f"{what}: {len(found)} found, {len(wanted)} expected ({'; '.join(parts)})")
