"""Counting plainly comes to the same figures as Scrapy's own way."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from kompas_crawler.log.stats import RunStats


@pytest.mark.parametrize("collector", [RunStats, MemoryStatsCollector])
def test_figures_are_counted(collector: type[MemoryStatsCollector]) -> None:
    stats: Any = collector(get_crawler())
    stats.open_spider()
    stats.inc_value("pages/done")
    stats.inc_value("pages/done", count=2)
    stats.max_value("depth", 3)
    stats.min_value("wait", 0.5)
    stats.set_value("finish_reason", "finished")
    assert (stats.get_value("pages/done"), stats.get_value("none", 7)) == (3, 7)
    expected = {"pages/done": 3, "depth": 3, "wait": 0.5, "finish_reason": "finished"}
    assert stats.get_stats() == expected
