"""Requests and responses are counted, and the bytes of pages as they were received."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from kompas_crawler.middlewares.downloader_stats import DownloaderStats

URL = "https://money.kompas.com/"


def test_what_is_asked_and_what_comes_is_counted() -> None:
    crawler = get_crawler()
    stats = DownloaderStats.from_crawler(crawler)
    for status in (200, 200, 404):
        stats.process_request(Request(URL))
        response = Response(URL, status=status, body=b"0123456789")
        assert stats.process_response(Request(URL), response) is response
    stats.process_exception(Request(URL), TimeoutError())
    assert crawler.stats is not None
    assert crawler.stats.get_stats() == {
        "downloader/request_count": 3,
        "downloader/request_method_count/GET": 3,
        "downloader/response_count": 3,
        "downloader/response_status_count/200": 2,
        "downloader/response_status_count/404": 1,
        "downloader/response_bytes": 30,
        "downloader/exception_count": 1,
        "downloader/exception_type_count/builtins.TimeoutError": 1,
    }
