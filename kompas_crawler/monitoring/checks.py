"""The monitors: functions of a run's ``Evidence`` that return a message, empty when it is good."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kompas_crawler.archive.read.freshness import Freshness
from kompas_crawler.crawl import progress_line

RUNS = 7  # number of earlier runs with the same arguments that a run is compared with
LEAST_RUNS = 3
LEAST_PAGES = 20  # minimum of pages for a share
MAX_FAILED = 0.05
LEAST_LISTS = 5
LEAST_SHARE = 0.5  # minimum of links per list, as a share of the mean of the last runs
FIELDS = {"section": 0.9, "authors": 0.5, "tags": 0.5, "summary": 0.5}
"""Minimum share of a section's articles that have the field."""
UNWANTED = ("400", "401", "403", "407", "408", "429", "5")
"""Prefixes of HTTP error codes; 404 and 410 are deleted articles."""
MAX_UNWANTED, LEAST_UNWANTED = 0.02, 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """The data that monitors check."""

    is_good: bool
    end: str  # the message of the verdict
    stats: Mapping[str, Any]
    figures: Mapping[str, int]
    before: Sequence[Mapping[str, int]]  # figures of the last runs, newest first
    coverage: Mapping[str, Mapping[str, int]]  # articles by section and field
    sections: Sequence[Freshness]  # may be empty


def outcome(run: Evidence) -> str:
    """The crawl ended well, or can be continued."""
    return "" if run.is_good else run.end


def items(run: Evidence) -> str:
    """If lists named new articles, at least one was stored."""
    named = run.figures.get("listings/new_links", 0)
    stored = sum(run.figures.get(f"articles/{name}", 0) for name in progress_line.OUTCOMES)
    return f"{named} new links, and no article" if named >= LEAST_PAGES and not stored else ""


def failures(run: Evidence) -> str:
    """Few pages failed."""
    count = progress_line.pages(run.stats)
    failed = run.stats.get("pages/failed", 0)
    is_bad = count >= LEAST_PAGES and failed > MAX_FAILED * count
    return f"{failed} of {count} pages failed" if is_bad else ""


def http_codes(run: Evidence) -> str:
    """Few responses are refusals or server errors."""
    prefix = "downloader/response_status_count/"
    codes = {k.removeprefix(prefix): n for k, n in run.figures.items() if k.startswith(prefix)}
    unwanted = {code: n for code, n in codes.items() if code.startswith(UNWANTED)}
    count, total = sum(unwanted.values()), sum(codes.values())
    if count < LEAST_UNWANTED or count <= MAX_UNWANTED * total:
        return ""
    named = ", ".join(f"{n} times {code}" for code, n in sorted(unwanted.items()))
    return f"{named} of {total} responses"


def fields(run: Evidence) -> str:
    """In every section enough articles have the usual fields."""
    thin = [
        f"{name} in {section}: {had.get(name, 0)} of {had['articles']}"
        for section, had in sorted(run.coverage.items())
        for name, least in FIELDS.items()
        if had["articles"] >= LEAST_PAGES and had.get(name, 0) < least * had["articles"]
    ]
    return "; ".join(thin[:3])


def drift(run: Evidence) -> str:
    """Lists name about as many articles as in the last runs."""
    now = _links(run.figures)
    then = [links for links in map(_links, run.before) if links is not None]
    if now is None or len(then) < LEAST_RUNS:
        return ""
    usual = sum(then) / len(then)
    return f"{now:.1f} links a list, usually {usual:.1f}" if now < LEAST_SHARE * usual else ""


def staleness(run: Evidence) -> str:
    """Most sections have a new article about as often as usual."""
    usual = [section for section in run.sections if section.limit is not None]
    stale = [section.section for section in usual if section.is_stale]
    if not usual or 2 * len(stale) < len(usual):
        return ""
    return f"{len(stale)} of {len(usual)} sections are stale: {', '.join(stale[:3])} ..."


def _links(figures: Mapping[str, int]) -> float | None:
    """Return the mean of article links per list, if enough lists were read."""
    lists = figures.get("listings/read", 0)
    if lists < LEAST_LISTS:
        return None
    return (figures.get("listings/new_links", 0) + figures.get("listings/known_links", 0)) / lists


CHECKS: dict[str, Callable[[Evidence], str]] = {  # the monitors, by name
    "outcome": outcome,
    "items": items,
    "failures": failures,
    "HTTP codes": http_codes,
    "fields": fields,
    "drift": drift,
    "staleness": staleness,
}
