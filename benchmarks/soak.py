"""Long crawls: peak memory, open files and write-ahead log must not grow (see R23)."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import crawls
from benchmarks.measures import Measure

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

PAGES = (5_000, 50_000)
WEIGHT = 122
LOOK_SECONDS = 0.5
WAL_MB = 64.0
"""What the archive's connections cut the log back to (``journal_size_limit``)."""


@dataclass(slots=True)
class Watch:
    """Samples of a crawl: MB of log, open files, MB of memory."""

    log_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)

    def look(self, process: int, database: Path) -> None:
        """Take a sample; none of a process that has ended."""
        with suppress(OSError):
            statm = Path(f"/proc/{process}/statm").read_text().split()
            files = len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 - names alone
            self.resident_mb.append(int(statm[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20)
            self.files.append(files)
        with suppress(OSError):
            self.log_mb.append(Path(f"{database}-wal").stat().st_size / 2**20)


def measures(pages: Sequence[int] = PAGES) -> list[Measure]:
    """Crawl sites of different sizes, and compare the last with the first."""
    seen, peaks = [], []
    for count in pages:
        watch, figures = crawled(count)
        seen.append(watch)
        peaks.append(figures["peak_mb"])
        print(
            f"{figures['pages']} pages of {WEIGHT} KB: peak {figures['peak_mb']:.0f} MB,"
            f" log at most {max(watch.log_mb):.1f} MB, open files at most {max(watch.files)}"
            f" ({files_in_parts(watch)}), {figures['pages_per_cpu_second']:.0f} pages a CPU"
            f" second, {figures['wall']:.0f} s",
            flush=True,
        )
    few, many = f"{pages[0]:,}", f"{pages[-1]:,}"
    return [
        Measure(
            name=f"peak memory, {many} / {few} pages",
            values=[peaks[-1] / peaks[0]],
            limit=1.1,
            hoped=1.05,
            at_most=True,
        ),
        Measure(
            name=f"write-ahead log, MB, {many} pages",
            values=[max(seen[-1].log_mb)],
            limit=WAL_MB,
            at_most=True,
        ),
        Measure(
            name=f"open files, last / first tenth, {many} pages",
            values=[_tenth(seen[-1].files, -1) / _tenth(seen[-1].files, 1)],
            limit=1.1,
            at_most=True,
        ),
    ]


def crawled(count: int) -> tuple[Watch, dict[str, float]]:
    """Sweep a site of *count* articles, watching; return what was seen and what it cost."""
    watch, done = Watch(), threading.Event()
    with tempfile.TemporaryDirectory() as folder, crawls.site(count, WEIGHT) as mirror:
        database = Path(folder) / "kompas.db"

        def look(process: subprocess.Popen[bytes]) -> None:
            while not done.wait(LOOK_SECONDS):
                watch.look(process.pid, database)

        def began(process: subprocess.Popen[bytes]) -> None:
            threading.Thread(target=look, args=(process,), daemon=True).start()

        figures = crawls.ours(mirror, database=database, began=began)
        done.set()
    return watch, figures


def files_in_parts(watch: Watch) -> str:
    """Open files, the most in each fifth of the crawl."""
    size = max(1, len(watch.files) // 5)
    parts = [watch.files[at : at + size] for at in range(0, size * 5, size)]
    return ", ".join(str(max(part)) for part in parts if part)


def _tenth(values: Sequence[int], which: int) -> int:
    """The most in the second tenth (the start is left out), or in the last."""
    size = max(1, len(values) // 10)
    return max(values[-size:] if which < 0 else values[size : 2 * size])
