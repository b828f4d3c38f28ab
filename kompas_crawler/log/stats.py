"""The figures of a run, counted without ceremony."""

from __future__ import annotations

from scrapy.statscollectors import MemoryStatsCollector


class RunStats(MemoryStatsCollector):
    """Scrapy's own without its look, at each call, for an argument that it no longer takes.

    A page is counted in some twenty places, which takes 2 microseconds so, and else 26.
    """

    __getattribute__ = object.__getattribute__
