"""The short table at a crawl's end: what of its figures a person wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kompas_crawler.clock import duration
from kompas_crawler.crawl import progress_line
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kompas_crawler.outcome.ending import Ending

WIDTH = 79
"""Letters of a line; a terminal has at least 80."""
_NAME = 12

NOTICED = {
    "articles/incomplete": "incomplete",
    "articles/kept_whole": "kept whole against a shorter page",
    "articles/date_disagrees": "dated otherwise than their address",
    "articles/date_in_future": "dated in the future",
    "articles/not_articles": "no article",
    "pages/unconfirmed": "to be looked at again before they are believed",
    "listings/cut_off": "lists cut off",
    "offsite/filtered": "led off the site",
    "addresses/refused": "led to private addresses",
    "redirects/refused": "led to another port, or had a user",
    "politeness/refused": "refused by the site",
    "pages/error": "met an error",
}


def table(
    stats: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, int]],
    coverage: Mapping[str, Mapping[str, int]],
) -> list[str]:
    """The lines of the table, each at most ``WIDTH`` letters; no row that has nothing to say.

    *sections* are the stored articles by section and outcome, *coverage* by section how
    many had each field.
    """
    return [
        f"  {name:<{_NAME}}{fitting(parts)}"
        for name, parts in (
            ("pages", _pages(stats)),
            ("answers", _answers(stats)),
            ("sections", _sections(sections)),
            ("fields", _fields(coverage)),
            ("noticed", _noticed(stats)),
        )
        if parts
    ]


def line(ending: Ending, stats: Mapping[str, Any]) -> str:
    """One line on how the run ended, what it did, and what waits."""
    parts = [f"{stats.get(f'articles/{name}', 0)} {name}" for name in progress_line.OUTCOMES]
    parts += [
        f"{stats[f'pages/{name}']} {name}"
        for name in progress_line.VISITS[1:]
        if stats.get(f"pages/{name}")
    ]
    said = f"{ending.line}: {', '.join(parts)}"
    if ending.waiting and ending.waiting_until:
        until = ending.waiting_until.astimezone(WIB)
        said += f"; {ending.waiting} wait for later, the first until {until:%Y-%m-%d %H:%M} WIB"
    return said


def fitting(parts: list[str]) -> str:
    """As many of *parts* as a line has room for, and how many more there are.

    >>> fitting([f"section {n}" for n in range(9)])
    'section 0 · section 1 · section 2 · section 3 · 5 more'
    """
    room = WIDTH - _NAME - 2
    for count in range(len(parts), 0, -1):
        rest = [f"{len(parts) - count} more"] if count < len(parts) else []
        line = " · ".join([*parts[:count], *rest])
        if len(line) <= room:
            return line
    return parts[0][:room]


def _pages(stats: Mapping[str, Any]) -> list[str]:
    count, seconds = progress_line.pages(stats), stats.get("elapsed_time_seconds", 0.0)
    took = f"{seconds:.0f} s" if seconds < 100 else duration(seconds)
    if not count:
        return []
    parts = [f"{count:,} in {took}", f"{count / max(seconds, 1.0) * 60:,.0f} a minute"]
    if lists := stats.get("listings/read"):
        parts.append(f"{lists:,} lists with {stats.get('listings/new_links', 0):,} new links")
    return parts


def _answers(stats: Mapping[str, Any]) -> list[str]:
    prefix = "downloader/response_status_count/"
    parts = [
        f"{name.removeprefix(prefix)}: {stats[name]:,}"
        for name in sorted(stats)
        if name.startswith(prefix)
    ]
    if received := stats.get("downloader/response_bytes"):
        parts.append(f"{received / 1e6:,.1f} MB received")
    if retried := stats.get("retry/count"):
        parts.append(f"{retried:,} asked for again")
    return parts


def _sections(sections: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The sections with articles new or updated, the most first."""
    changed = {
        name: sum(count for outcome, count in counts.items() if outcome != "unchanged")
        for name, counts in sections.items()
    }
    order = sorted(changed, key=lambda name: (-changed[name], name))
    return [f"{name} {changed[name]:,}" for name in order if changed[name]]


def _fields(coverage: Mapping[str, Mapping[str, int]]) -> list[str]:
    """How many of the articles had what a reader looks for."""
    articles = sum(counts.get("articles", 0) for counts in coverage.values())
    if not articles:
        return []
    return [
        f"{name} {_share(sum(counts.get(name, 0) for counts in coverage.values()), articles)}"
        for name in ("authors", "editors", "tags", "summary")
    ]


def _share(count: int, total: int) -> str:
    """A share in whole per cent, 100 only where it is all.

    >>> _share(10, 10), _share(999, 1000), _share(0, 3)
    ('100 %', '99 %', '0 %')
    """
    return f"{count * 100 // total} %"


def _noticed(stats: Mapping[str, Any]) -> list[str]:
    return [f"{stats[name]:,} {words}" for name, words in NOTICED.items() if stats.get(name)]
