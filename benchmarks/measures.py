"""Results and their limits, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One figure: its *values*, one a run, and what their median must reach.

    ``limit`` and ``hoped`` are least values, or greatest ones with ``at_most``.
    """

    name: str
    values: Sequence[float]
    limit: float | None = None
    hoped: float | None = None
    at_most: bool = False

    @property
    def measured(self) -> float:
        """The median of the runs."""
        return float(median(self.values))

    def reaches(self, bound: float | None) -> bool | None:
        """Whether the median is on the right side of *bound*; ``None`` without one."""
        if bound is None:
            return None
        return self.measured <= bound if self.at_most else self.measured >= bound

    def as_json(self) -> dict[str, Any]:
        """The figure as in ``results.json``."""
        return {
            "median": round(self.measured, 4),
            "min": round(min(self.values), 4),
            "max": round(max(self.values), 4),
            "runs": len(self.values),
            "limit": self.limit,
            "hoped": self.hoped,
            "at_most": self.at_most,
            "holds": self.reaches(self.limit),
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def table(measures: Iterable[Measure]) -> str:
    """The figures as lines of one width, within 90 columns.

    >>> print(table([Measure(name="crawl", values=[0.8, 0.7, 0.9], limit=0.75, hoped=0.9)]))
    measure  limit   hoped  measured  ends       runs  holds
    crawl    ≥ 0.75  ≥ 0.9  0.8       0.7 - 0.9     3  yes
    """
    rows = [["measure", "limit", "hoped", "measured", "ends", "runs", "holds"]]
    for one in measures:
        sign = "≤" if one.at_most else "≥"
        holds = one.reaches(one.limit)
        rows.append(
            [
                one.name,
                f"{sign} {one.limit:g}" if one.limit is not None else "",
                f"{sign} {one.hoped:g}" if one.hoped is not None else "",
                shown(one.measured),
                f"{shown(min(one.values))} - {shown(max(one.values))}"
                if len(one.values) > 1
                else "",
                str(len(one.values)),
                {True: "yes", False: "NO", None: ""}[holds],
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column == 5 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def shown(value: float) -> str:
    """A figure in three digits.

    >>> shown(0.6543), shown(32.17), shown(1234.5), shown(0)
    ('0.654', '32.2', '1234', '0')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def about(count: int) -> str:
    """A count in one digit, for a name that stays the same.

    >>> about(1_006_020)
    '1,000,000'
    """
    return f"{float(f'{count:.0e}'):,.0f}"


def keep(measures: Iterable[Measure], path: Path = RESULTS) -> None:
    """Put the figures into ``results.json``; those of other parts stay."""
    try:
        known = json.loads(path.read_text())["measures"]
    except (OSError, ValueError, KeyError):
        known = {}
    results = {
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "scrapy": version("scrapy"),
        "measures": known | {one.name: one.as_json() for one in measures},
    }
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
