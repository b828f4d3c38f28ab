"""Whether a run's articles lack what those of the last days had: Kompas may have changed its pages.

By section and field, and over all sections together: *expected* is how many of the run's
articles would have the field if they were like those before. Where at least ``LEAST_EXPECTED``
should and fewer than ``LEAST_SHARE`` of them do, the field has drifted away.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Sections = Mapping[str, Mapping[str, int]]

PERIOD = timedelta(days=7)
"""How far back the runs lie that a run is compared with."""
LEAST_EXPECTED = 15
"""Fewer tell nothing: of 15 expected, 3 happen by chance once in five thousand runs."""
LEAST_SHARE = 0.25


def vanished(now: Sections, before: Iterable[Sections]) -> list[str]:
    """The fields that went missing, a line for each, sections in order.

    A section's counts are its ``articles`` and how many of them had each field.

    >>> was = {"money": {"articles": 100, "summary": 98}}
    >>> vanished({"money": {"articles": 40, "summary": 2}}, [was])
    ['summary in money: 2 of 40, where 39 were to be expected']
    >>> vanished({"money": {"articles": 40, "summary": 30}}, [was])
    []
    """
    known: dict[str, Counter[str]] = {}
    for sections in before:
        for section, counts in sections.items():
            known.setdefault(section, Counter()).update(counts)
    found = []
    all_expected: Counter[str] = Counter()
    all_had: Counter[str] = Counter()
    total = 0
    for section, counts in sorted(now.items()):
        had_before = known.get(section)
        if not had_before or not had_before["articles"]:
            continue
        articles = counts.get("articles", 0)
        total += articles
        for field in sorted(had_before.keys() - {"articles"}):
            expected = articles * had_before[field] / had_before["articles"]
            had = counts.get(field, 0)
            all_expected[field] += expected  # type: ignore[assignment]  # not whole
            all_had[field] += had
            if _is_gone(had, expected):
                found.append(_line(f"{field} in {section}", had, articles, expected))
    if found:
        return found
    return [
        _line(f"{field} in all sections", all_had[field], total, expected)
        for field, expected in sorted(all_expected.items())
        if _is_gone(all_had[field], expected)
    ]


def _is_gone(had: int, expected: float) -> bool:
    return expected >= LEAST_EXPECTED and had < expected * LEAST_SHARE


def _line(what: str, had: int, articles: int, expected: float) -> str:
    return f"{what}: {had} of {articles}, where {expected:.0f} were to be expected"
