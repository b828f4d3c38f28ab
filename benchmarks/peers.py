"""Compare with other news crawlers on the same site, alternating with ours.

Each has its own environment below ``.venv-peers`` and runs unmodified, with its requests redirected
to the sample site (see ``drivers``). Counts articles that the site served. CPU excludes startup.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import crawls, politeness
from benchmarks.measures import Measure
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENTS = crawls.ROOT / ".venv-peers"
DRIVERS = Path(__file__).parent / "drivers"
WEIGHTS = (122, 240)
"""Kilobytes a page; the second are those of a real one."""
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A crawler: its package, its driver and arguments, and the required ratio."""

    package: str
    driver: str
    arguments: tuple[str, ...]
    limit: float
    hoped: float

    @property
    def python(self) -> Path:
        """The Python of its environment."""
        return ENVIRONMENTS / self.package / "bin" / "python"


PEERS = (
    Peer("news-watch", "news_watch.py", ("out.csv",), 8, 12),
    Peer("news-please", "news_please.py", (".", "300"), 40, 60),
)


def measures(
    runs: int = 3, articles: int = 2400, weights: Sequence[int] = WEIGHTS
) -> list[Measure]:
    """Articles had in a CPU second, and in a second: ours to each peer's."""
    return [one for weight in weights for one in _of(runs, articles, weight)]


def _of(runs: int, articles: int, weight: int) -> list[Measure]:
    peers = [peer for peer in PEERS if _is_ready(peer)]
    ours: list[dict[str, float]] = []
    theirs: dict[str, list[dict[str, float]]] = {peer.package: [] for peer in peers}
    with crawls.site(articles, weight) as mirror:
        for _ in range(runs):
            ours.append(_counted(mirror, crawls.ours(mirror)))
            for peer in peers:
                theirs[peer.package].append(_counted(mirror, _run(peer, mirror)))
            for name, one in [("ours", ours[-1]), *((n, seen[-1]) for n, seen in theirs.items())]:
                print(
                    f"{weight} KB, {name}: {one['articles']:.0f} articles,"
                    f" {one['per_cpu_second']:.1f} a CPU second, {one['per_second']:.1f} a second",
                    flush=True,
                )
    found = []
    for peer in peers:
        for clock in ("CPU second", "second"):
            unit = "per_" + clock.lower().replace(" ", "_")
            pairs = zip(ours, theirs[peer.package], strict=True)
            found.append(
                Measure(
                    name=f"ours / {peer.package}, articles a {clock}, {weight} KB",
                    values=[our[unit] / their[unit] for our, their in pairs],
                    limit=peer.limit,
                    hoped=peer.hoped,
                )
            )
    return found


def _counted(mirror: str, figures: dict[str, Any]) -> dict[str, float]:
    asked = {url.split("?")[0] for url, status in politeness.asked(mirror) if status == 200}
    count = sum(article_key(url) is not None for url in asked)
    return {
        "articles": count,
        "per_cpu_second": count / figures["cpu"],
        "per_second": count / figures["wall"],
    }


def _run(peer: Peer, mirror: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        env = os.environ | {
            "KOMPAS_MIRROR": mirror,
            "BENCHMARK_FIGURES": str(figures),
            "PYTHONPATH": os.pathsep.join([str(DRIVERS), str(DRIVERS.parent)]),
        }
        command = [str(peer.python), str(DRIVERS / peer.driver), *peer.arguments]
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode or not figures.exists():
            raise SystemExit(f"{peer.package} failed:\n{done.stdout[-500:]}{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(figures.read_text())
        return found


def _is_ready(peer: Peer) -> bool:
    folder = ENVIRONMENTS / peer.package
    ready = folder / "installed"
    if ready.exists():
        return True
    print(f"Installing {peer.package} into {folder.relative_to(crawls.ROOT)} ...", flush=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(peer.python), "-m", "pip", "install", "--quiet", peer.package],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{peer.package} cannot be installed here:\n{done.stderr[-1000:]}")
            return False
    ready.touch()
    return True
