"""Random histories with wrong responses: none may end in a false "no gaps" (R31).

``python -m benchmarks histories 5000 [FIRST]`` runs 5,000 of them, on all cores, and prints the
seeds that fail with their stories.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measures import Measure
from tests.histories.story import History, empty_archive, live

COUNT = 5_000
BLOCK = 100


def measures(count: int = COUNT, first: int = 0) -> list[Measure]:
    """Live through *count* histories from the seed *first* on, and count those that fail."""
    failed: list[int] = []
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        template = empty_archive(Path(folder))
        for start in range(first, first + count, BLOCK):
            seeds = range(start, min(start + BLOCK, first + count))
            # New processes for each block: a history leaves 10 MB of garbage behind.
            with ProcessPoolExecutor(os.cpu_count()) as pool:
                for history in pool.map(partial(_lived, template=template), seeds):
                    seconds.append(history.seconds)
                    if history.wrong:
                        failed.append(history.seed)
                        print(f"{history}\n", flush=True)
            print(f"{len(seconds)} histories, {len(failed)} failed", flush=True)
    print(f"{count} histories from {first} on; seeds that fail: {failed or 'none'}")
    return [
        Measure(name=f"failed of {count:,} histories", values=[len(failed)], limit=0, at_most=True),
        Measure(name="CPU seconds a history", values=[median(seconds)]),
    ]


def _lived(seed: int, template: Path) -> History:
    try:
        return live(seed, template)
    except RuntimeError as error:
        return History(seed, story=[str(error)], wrong=["ended by an error"])
