"""The summary table at the end of a crawl."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from kompas_crawler.archive.read.comparison import RESULTS
from kompas_crawler.clock import duration, wib
from kompas_crawler.crawl import progress_line
from kompas_crawler.log.terminal import counted
from kompas_crawler.outcome.ending import Ending

Counts: TypeAlias = Mapping[str, Mapping[str, int]]
WIDTH = 79  # characters per line; a terminal has at least 80
_NAME = 12

NOTICED = {
    "articles/details": "updated in details alone",
    "articles/incomplete": "incomplete",
    "articles/kept_whole": "not replaced by a shorter page",
    "articles/date_disagrees": "with a date that differs from the URL's",
    "articles/date_in_future": "dated in the future",
    "articles/not_articles": "without an article",
    "pages/unconfirmed": "to be fetched again for confirmation",
    "listings/cut_off": "lists cut off",
    "captures/refuted": "captures other than listed",
    "offsite/filtered": "requests off the site",
    "addresses/refused": "requests to private addresses",
    "redirects/refused": "redirects to another port or with a user",
    "politeness/refused": "refused by the site",
    "pages/error": "with an unexpected error",
}


def table(stats: Mapping[str, Any], sections: Counts, coverage: Counts) -> list[str]:
    """Return the lines of the table, each at most ``WIDTH`` characters; empty rows are omitted.

    *sections* counts stored articles by section and outcome, *coverage* by section and field.
    """
    return [
        f"  {name:<{_NAME}}{fitting(parts)}"
        for name, parts in (
            ("pages", _pages(stats)),
            ("answers", _answers(stats)),
            ("sections", _sections(sections)),
            ("fields", _fields(coverage)),
            ("noticed", [f"{stats[k]:,} {words}" for k, words in NOTICED.items() if stats.get(k)]),
            ("list", _list(stats)),
        )
        if parts
    ]


def line(ending: Ending, stats: Mapping[str, Any]) -> str:
    """Return one line: how the run ended, its counts, and the rows due later."""
    parts = [f"{stats.get(f'articles/{name}', 0)} {name}" for name in progress_line.OUTCOMES]
    visits = (name for name in progress_line.VISITS[1:] if stats.get(f"pages/{name}"))
    parts += [f"{stats[f'pages/{name}']} {name}" for name in visits]
    text = f"{ending.line}: {', '.join(parts)}"
    if ending.waiting and ending.waiting_until:
        first = f"the first until {wib(ending.waiting_until)} WIB"
        text += f"; {ending.waiting} wait for later, {first}"
    return text


def fitting(parts: list[str]) -> str:
    """Join as many of *parts* as fit in a line, and count the rest.

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
    if not count:
        return []
    parts = [f"{count:,} in {duration(seconds)}", f"{count / max(seconds, 1.0) * 60:,.0f} a minute"]
    if lists := stats.get("listings/read"):
        new = stats.get("listings/new_links", 0)
        parts.append(f"{counted(lists, 'list')} with {new:,} new links")
    return parts


def _answers(stats: Mapping[str, Any]) -> list[str]:
    prefix = "downloader/response_status_count/"
    names = (name for name in sorted(stats) if name.startswith(prefix))
    parts = [f"{name.removeprefix(prefix)}: {stats[name]:,}" for name in names]
    if received := stats.get("downloader/response_bytes"):
        parts.append(f"{received / 1e6:,.1f} MB received")
    if retried := stats.get("retry/count"):
        parts.append(f"{retried:,} retries")
    return parts


def _sections(sections: Counts) -> list[str]:
    changed = {
        name: sum(count for outcome, count in counts.items() if outcome != "unchanged")
        for name, counts in sections.items()
    }
    order = sorted(changed, key=lambda name: (-changed[name], name))
    return [f"{name} {changed[name]:,}" for name in order if changed[name]]


def _fields(coverage: Counts) -> list[str]:
    total = sum(map(Counter, coverage.values()), Counter[str]())
    names = ("authors", "editors", "tags", "summary") if total else ()
    return [f"{name} {total[name] * 100 // total['articles']} %" for name in names]


def _list(stats: Mapping[str, Any]) -> list[str]:
    counts = [f"{stats[f'list/{name}']:,} {name}" for name in RESULTS if f"list/{name}" in stats]
    return [*counts, f"see {stats['list/file']}"] if counts else []
