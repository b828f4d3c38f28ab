"""``make fuzz``: read files of the sample site that were changed at random.

python -m tests.fuzz [COUNT [FIRST SEED]]
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz.reading import problem

COUNT, CHUNK = 200_000, 200
SECONDS = 600
"""After these a whole chunk counts as a hang: its code did not come back to Python."""


def problems(first: int, count: int) -> list[str]:
    """What is wrong with the cases of *count* seeds from *first* on."""
    return [found for seed in range(first, first + count) if (found := problem(seed))]


def main(arguments: list[str]) -> int:
    """Read the cases on all cores, print what is wrong, and return 1 where anything is."""
    if len(arguments) > 2 or not all(map(str.isdecimal, arguments)):
        print("usage: python -m tests.fuzz [COUNT [FIRST SEED]]", file=sys.stderr)
        return 2
    count, first = (*map(int, arguments), *(COUNT, 0)[len(arguments) :])
    failed = done = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        starts = range(first, first + count, CHUNK)
        chunks = [(at, min(CHUNK, first + count - at)) for at in starts]
        futures = [(pool.submit(problems, *chunk), chunk) for chunk in chunks]
        for future, (at, size) in futures:
            try:
                found = future.result(SECONDS)
            except TimeoutError:
                print(f'hangs in seeds {at} to {at + size - 1}: make fuzz ARGS="{size} {at}"')
                os._exit(1)  # the pool would wait for it
            for line in found:
                print(line, flush=True)
            failed, done = failed + len(found), done + size
            if done % (50 * CHUNK) == 0:
                print(f"{done:,} cases, {failed} failed", flush=True)
    print(f"{count:,} cases from seed {first} on, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
