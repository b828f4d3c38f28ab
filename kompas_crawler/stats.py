"""The figures of a run, counted without ceremony."""

from __future__ import annotations

from scrapy.statscollectors import MemoryStatsCollector


class RunStats(MemoryStatsCollector):
    """Scrapy's own, but plain: that one asks at each look whether a call is an outdated one.

    A page is counted in some twenty places; asked for nothing, that took as long as to
    store its tags.
    """

    __getattribute__ = object.__getattribute__
