"""Complete crawl compared with Scrapy's downloader, alternating on the same pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import crawls
from benchmarks.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = (122, 240)


def measures(
    articles: int = 1000, runs: int = 9, weights: Sequence[int] = WEIGHTS
) -> list[Measure]:
    """Pages per CPU second, relative to downloading with default settings."""
    return [one for weight in weights for one in _of(articles, runs, weight)]


def _of(articles: int, runs: int, weight: int) -> list[Measure]:
    found: dict[str, list[float]] = {"ours": [], "uvloop": []}
    with crawls.site(articles, weight) as mirror:
        urls = crawls.article_urls(mirror)
        for _ in range(runs):  # in turn, for the machine's speed drifts
            bare = crawls.bare(mirror, urls)
            fast = crawls.bare(mirror, urls, ASYNCIO_EVENT_LOOP="uvloop.Loop")
            ours = crawls.ours(mirror)
            base = bare["pages_per_cpu_second"]
            found["ours"].append(ours["pages_per_cpu_second"] / base)
            found["uvloop"].append(fast["pages_per_cpu_second"] / base)
            print(
                f"{weight} KB, pages per CPU second: download-only {base:.0f}, with uvloop"
                f" {fast['pages_per_cpu_second']:.0f},"
                f" whole crawl {ours['pages_per_cpu_second']:.0f}",
                flush=True,
            )
    return [
        Measure(
            name=f"whole crawl / download-only, {weight} KB pages",
            values=found["ours"],
            limit=0.8,
            hoped=0.9,
        ),
        Measure(name=f"download-only, uvloop / default, {weight} KB", values=found["uvloop"]),
    ]
