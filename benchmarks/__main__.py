"""``make bench``: performance, as ratios within one run.

    python -m benchmarks [--quick] [PART ...]
    python -m benchmarks histories [COUNT [FIRST SEED]]
    python -m benchmarks week [DAYS]

Prints a table and updates ``benchmarks/results.json``. By default runs all parts except ``soak``,
``histories`` and ``peers``.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import TYPE_CHECKING

from benchmarks import (
    captures,
    export,
    extraction,
    fleet,
    histories,
    peers,
    politeness,
    readers,
    similar,
    soak,
    storage,
    week,
    whole_crawl,
)
from benchmarks.measures import RESULTS, keep, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measures import Measure

PARTS: dict[str, Callable[[], list[Measure]]] = {
    "crawl": whole_crawl.measures,
    "extraction": extraction.measures,
    "requests": politeness.measures,
    "export": export.measures,
    "rows": storage.measures,
    "million": readers.measures,
    "week": week.measures,
    "warc": captures.measures,
    "similar": similar.measures,
    "fleet": fleet.measures,
    "soak": soak.measures,
    "histories": histories.measures,
    "peers": peers.measures,
}
QUICK: dict[str, Callable[[], list[Measure]]] = {
    "crawl": lambda: whole_crawl.measures(articles=500, runs=3, weights=(122,)),
    "extraction": lambda: extraction.measures(pages=10, pages_of_others=3, turns=5),
    "requests": lambda: politeness.measures(articles=1_200),
    "export": lambda: export.measures(rows=20_000),
    "rows": lambda: storage.measures(sizes=(10_000, 50_000), runs=4, groups=5),
    "million": lambda: readers.measures(20_000),
    "week": lambda: week.measures(2),
    "warc": lambda: captures.measures(count=300, runs=1),
    "similar": lambda: similar.measures(500),
    "fleet": lambda: fleet.measures(400, seconds=5),
    "soak": lambda: soak.measures(pages=(500, 2_000)),
    "histories": lambda: histories.measures(20),
    "peers": lambda: peers.measures(runs=1, weights=(122,)),
}
"""Rough figures in a tenth of the time."""
LONG = ("soak", "histories", "peers")
"""Not in ``make bench``: see ``make soak`` and ``make bench-peers``."""


def main() -> None:
    """Run the chosen parts and print the results."""
    warnings.simplefilter("ignore")  # of the extractors we are compared with
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="rough figures in a tenth of the time")
    options = parser.parse_args()
    numbers = [int(part) for part in options.parts if part.isdecimal()]
    options.parts = [part for part in options.parts if not part.isdecimal()]
    most = {"histories": 2, "week": 1}.get(" ".join(options.parts), 0)
    if len(numbers) > most:
        parser.error("numbers are only for histories (count, first seed) and week (days)")
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; there are {', '.join(PARTS)}")
    chosen = options.parts or [part for part in PARTS if part not in LONG]
    is_coarse = options.quick or bool(numbers)
    found = []
    for part in chosen:
        began = time.monotonic()
        print(f"== {part}", flush=True)
        if numbers:
            measured = (week if part == "week" else histories).measures(*numbers)
        else:
            measured = (QUICK if options.quick else PARTS)[part]()
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
        found += measured
        if not is_coarse:
            keep(measured)
    print()
    print(table(found))
    if not is_coarse:
        print(f"Written to benchmarks/{RESULTS.name}")
        if any(one.reaches(one.limit) is False for one in found):
            sys.exit(1)


if __name__ == "__main__":
    main()
