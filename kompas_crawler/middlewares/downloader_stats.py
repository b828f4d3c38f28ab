"""Count requests and responses, and the bytes of pages as they were received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.stats import DownloaderStats as ScrapyDownloaderStats

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class DownloaderStats(ScrapyDownloaderStats):
    """Scrapy's own without the sizes of headers: to know them, all are written out once more."""

    def process_request(self, request: Request) -> None:  # type: ignore[override]  # see below
        """Count *request*."""
        self.stats.inc_value("downloader/request_count")
        self.stats.inc_value(f"downloader/request_method_count/{request.method}")

    def process_response(  # type: ignore[override]  # Scrapy's last argument is deprecated
        self, request: Request, response: Response
    ) -> Response:
        """Count *response* by its status."""
        self.stats.inc_value("downloader/response_count")
        self.stats.inc_value(f"downloader/response_status_count/{response.status}")
        self.stats.inc_value("downloader/response_bytes", len(response.body))
        return response
