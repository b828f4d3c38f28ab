"""Detect fields that the newest articles lack and older ones had: Kompas may have changed pages.

Checked per section, and over all sections. One sweep stores few articles, so the last ``WINDOW``
articles are checked across runs; a large run is also checked alone. The baseline is good runs
only: runs that ended with exit 10 are excluded, so a lasting drift does not become normal.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import exp, lgamma

Sections = Mapping[str, Mapping[str, int]]
Counts = defaultdict[str, Counter[str]]
WINDOW = 200  # articles checked together; at most half of those of ``PERIOD`` in a small section
PERIOD = timedelta(days=30)  # maximum age of a run: seven articles a day fill the window
LEAST_EXPECTED = 15  # minimum of expected articles: those without a field come in clusters
LEAST_SHARE = 0.25  # times the usual share of the field: a lower one is too low
CHANCE = 1e-9  # of a false alarm; 96 sweeps a day, fields and sections: 20 million tests a year


def vanished(now: Sections, before: Sequence[tuple[Sections, bool]]) -> list[str]:
    """Return one line per missing field, sections in order.

    A section's counts are its ``articles`` and how many of them had each field. *before* holds
    earlier runs, newest first, each with whether it ended well. Sections not in *now* are ignored.

    >>> was = ({"money": {"articles": 300, "summary": 294}}, True)
    >>> vanished({"money": {"articles": 40, "summary": 2}}, [was])
    ['summary in money: 2 of 40, expected 39']
    """
    found = []
    for section in sorted(now):
        own = [({section: run[section]}, is_good) for run, is_good in before if section in run]
        found += _judge(section, {section: now[section]}, own)
    return found or _judge("all sections", now, before)


def _articles(sections: Sections) -> int:
    return sum(counts.get("articles", 0) for counts in sections.values())


def _judge(name: str, now: Sections, before: Sequence[tuple[Sections, bool]]) -> list[str]:
    """Check this run alone if it has enough articles, else the window."""
    if not (brought := _articles(now)):
        return []
    runs = [(now, True), *before]
    window = max(brought, min(WINDOW, sum(_articles(run) for run, _ in runs) / 2))
    alone = _compare(name, *_split(runs, brought)) if brought >= LEAST_EXPECTED else []
    return alone or _compare(name, *_split(runs, window))


def _split(runs: Sequence[tuple[Sections, bool]], size: float) -> tuple[Counts, Counts]:
    """Count the newest *size* articles, and those of good runs before; a run may be split."""
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
            lines.append(f"{field} in {name}: {had:.0f} of {articles:.0f}, expected {expected:.0f}")
    return lines


def _chance(had: float, articles: float, had_before: float, before: float) -> float:
    """Return the probability that at most *had* articles have the field (hypergeometric tail)."""
    n, m = round(articles), round(articles) + round(before)
    k = min(m, round(had) + round(had_before))
    ways = sum(lgamma(part + 1) for part in (k, m - k, n, m - n)) - lgamma(m + 1)
    return sum(
        exp(ways - sum(lgamma(part + 1) for part in (x, k - x, n - x, m - k - n + x)))
        for x in range(max(0, n + k - m), round(had) + 1)
    )
