"""The lines for each page and each stored article are made only where they would be shown."""

from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from kompas_crawler.log.formatter import ArchiveLogFormatter
from tests.archive.build import article, key


@pytest.mark.parametrize(
    ("level", "is_named"), [("DEBUG", True), (10, True), ("INFO", False), ("ERROR", False)]
)
def test_pages_and_articles_are_named_when_debugging(level: str | int, *, is_named: bool) -> None:
    formatter = ArchiveLogFormatter.from_crawler(get_crawler(settings_dict={"LOG_LEVEL": level}))
    url = "https://money.kompas.com/"
    line = formatter.crawled(Request(url), Response(url), Spider("kompas"))
    assert (line is not None) is is_named
    line = formatter.scraped(article(1), None, Spider("kompas"))
    assert (line is not None) is is_named
    assert line is None or line["msg"] % line["args"] == f"Stored {key(1)}"
