"""Runs the unmodified news-please, with its requests redirected to the mirror.

Runs in news-please's own environment, from a folder that it may fill. Its own settings
hold but for the log, the clock that reads what it costs, and an end after a number of pages.
"""

from __future__ import annotations

import shutil
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import newsplease
import requests
from mirror import mirrored
from newsplease.single_crawler import SingleCrawler
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

SITE = '{"base_urls": [{"url": "https://www.kompas.com/"}]}'


class MirrorHandler(HTTP11DownloadHandler):
    """Sends every request to the mirror; all above sees true addresses."""

    async def download_request(self, request: Request) -> Response:
        answer = await super().download_request(request.replace(url=mirrored(request.url)))
        return answer.replace(url=request.url)


_open = urllib.request.OpenerDirector.open


def _led(self: urllib.request.OpenerDirector, asked: Any, *more: Any, **named: Any) -> Any:
    """For robots.txt, which it reads without Scrapy."""
    request = asked if isinstance(asked, urllib.request.Request) else urllib.request.Request(asked)
    true = request.full_url
    request.full_url = mirrored(true)
    answer = _open(self, request, *more, **named)
    answer.url = true
    return answer


_request = requests.Session.request


def _fetched(self: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
    """For the pictures of a page, which its text extractor fetches; the site answers 404."""
    return _request(self, method, mirrored(url), **more)


def main() -> None:
    """Crawl until the limit of pages."""
    folder, pages = Path(sys.argv[1]).absolute(), int(sys.argv[2])
    urllib.request.OpenerDirector.open = _led  # type: ignore[method-assign]
    requests.Session.request = _fetched  # type: ignore[method-assign]
    shipped = Path(newsplease.__file__).parent / "config" / "config.cfg"
    text = shipped.read_text().replace("LOG_LEVEL = INFO", "LOG_LEVEL = ERROR")
    text = text.replace("working_path = ~/news-please-repo/", f"working_path = {folder}/")
    handlers = dict.fromkeys(("http", "https"), "news_please.MirrorHandler")
    text = text.replace(
        "[Scrapy]\n",
        f"[Scrapy]\nDOWNLOAD_HANDLERS = {handlers}\nCLOSESPIDER_PAGECOUNT = {pages}\n"
        "EXTENSIONS = {'cpu.CpuClock': 1000}\n",
    )
    config, sites = folder / "config.cfg", folder / "sitelist.hjson"
    config.write_text(text)
    sites.write_text(SITE)
    SingleCrawler(str(config), str(sites), 0, False, False)
    shutil.rmtree(folder / "data", ignore_errors=True)


if __name__ == "__main__":
    main()
