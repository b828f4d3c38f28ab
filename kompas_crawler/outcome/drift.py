"""Whether the newest articles lack a field that earlier ones had: Kompas may have changed pages.

By section, and over all sections together. A sweep brings a handful of articles, so the last
``WINDOW`` are judged across runs; a run that brings enough is judged alone too. They are compared
with good runs before. One that ended with exit 10 is none: a lasting drift does not become normal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from math import exp, lgamma
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Sections = Mapping[str, Mapping[str, int]]
    Counts = defaultdict[str, Counter[str]]

WINDOW = 200
"""Articles judged together. A small section has fewer: half of those of the period at most."""
PERIOD = timedelta(days=30)
"""How far back runs count: a section of seven articles a day fills its window in it."""
LEAST_EXPECTED = 15
"""Fewer expected articles with the field are no evidence: those without it come in clusters."""
LEAST_SHARE = 0.25
"""Times the field's usual share: of the expected articles. A rare field depends on the news."""
CHANCE = 1e-9
"""Largest probability of chance: a year has 20 million looks (96 sweeps a day, field, section)."""


def vanished(now: Sections, before: Sequence[tuple[Sections, bool]]) -> list[str]:
    """The fields that went missing, a line for each, sections in order.

    A section's counts are its ``articles`` and how many of them had each field. *before* are
    earlier runs, newest first, each with whether it ended well. Sections not in *now* are left.

    >>> was = ({"money": {"articles": 300, "summary": 294}}, True)
    >>> vanished({"money": {"articles": 40, "summary": 2}}, [was])
    ['summary in money: 2 of 40, where 39 were to be expected']
    """
    found = []
    for section in sorted(now):
        own = [({section: run[section]}, is_good) for run, is_good in before if section in run]
        found += _judge(section, {section: now[section]}, own)
    return found or _judge("all sections", now, before)


def _articles(sections: Sections) -> int:
    return sum(counts.get("articles", 0) for counts in sections.values())


def _judge(name: str, now: Sections, before: Sequence[tuple[Sections, bool]]) -> list[str]:
    """Judge by this run alone where it has enough, else by the window."""
    if not (brought := _articles(now)):
        return []
    runs = [(now, True), *before]
    window = max(brought, min(WINDOW, sum(_articles(run) for run, _ in runs) / 2))
    alone = _compare(name, *_split(runs, brought)) if brought >= LEAST_EXPECTED else []
    return alone or _compare(name, *_split(runs, window))


def _split(runs: Sequence[tuple[Sections, bool]], size: float) -> tuple[Counts, Counts]:
    """Count the newest *size* articles, and those of good runs before; a run may be divided."""
    newest: Counts = defaultdict(Counter)
    earlier: Counts = defaultdict(Counter)
    for sections, is_good in runs:
        articles = _articles(sections)
        share = min(1.0, size / articles) if articles else 0.0
        size -= share * articles
        for counted, part in ((newest, share), (earlier, (1 - share) * is_good)):
            for section, counts in sections.items() if part else ():
                for field, count in counts.items():
                    counted[section][field] += part * count  # type: ignore[assignment]
    return newest, earlier


def _compare(name: str, newest: Counts, earlier: Counts) -> list[str]:
    known = {section: counts for section, counts in earlier.items() if counts["articles"] > 0}
    articles = sum(newest[section]["articles"] for section in known)
    before = sum(counts["articles"] for counts in known.values())
    lines = []
    for field in sorted({field for counts in known.values() for field in counts} - {"articles"}):
        had = sum(newest[section][field] for section in known)
        expected = sum(
            newest[section]["articles"] * counts[field] / counts["articles"]
            for section, counts in known.items()
        )
        if expected < LEAST_EXPECTED or had >= LEAST_SHARE * expected * expected / articles:
            continue
        if _chance(had, articles, expected / articles * before, before) < CHANCE:
            has = f"{had:.0f} of {articles:.0f}"
            lines.append(f"{field} in {name}: {has}, where {expected:.0f} were to be expected")
    return lines


def _chance(had: float, articles: float, had_before: float, before: float) -> float:
    """How likely so few of *articles* have a field, if all have it alike (hypergeometric tail)."""
    n, m = round(articles), round(articles) + round(before)
    k = min(m, round(had) + round(had_before))

    def ways(of: int, some: int) -> float:
        return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)

    some = range(max(0, n + k - m), round(had) + 1)
    return sum(exp(ways(k, x) + ways(m - k, n - x) - ways(m, n)) for x in some)
