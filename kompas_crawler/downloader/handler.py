"""The download handler: Scrapy's own, with the address guard and the mirror."""

from scrapy import Request
from scrapy.core.downloader.handlers import DownloadHandlerProtocol, http11
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.downloader.handlers.file import FileDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, NotConfigured
from scrapy.http import Response
from scrapy.resolver import dnscache
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler, load_object

from kompas_crawler.downloader.guard import AddressRefused, is_public, refusal
from kompas_crawler.downloader.mirror import mirror_url, mirrored


class BoundedParser(http11._LenientHTTPClientParser):
    """Fails a response whose headers have no end: ``DOWNLOAD_MAXSIZE`` limits its body alone."""

    left = 512 * 1024  # bytes of status lines and headers

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.left -= len(line) + 1
        if self.left < 0:
            raise ValueError("headers without an end")
        super().lineReceived(line)


http11._LenientHTTPClientParser = BoundedParser  # type: ignore[misc]


class DownloadHandler(BaseDownloadHandler):
    """Download over HTTP with Scrapy's own handler; without a reactor from a mirror only.

    With ``KOMPAS_MIRROR`` every request goes to the mirror instead of its host; request and
    response keep the true URL. An address that is not public is refused with
    :exc:`AddressRefused`, and counted as ``addresses/refused``. The response has the flag
    ``partial`` if it had neither a Content-Length nor chunks.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._mirror = mirror_url(crawler.settings.get("KOMPAS_MIRROR"))
        # Scrapy sets the handler that fits its event loop there.
        path = crawler.settings["DOWNLOAD_HANDLERS_BASE"]["https"]
        self._handler: DownloadHandlerProtocol = build_from_crawler(load_object(path), crawler)
        self._is_flagging = isinstance(self._handler, http11.HTTP11DownloadHandler)
        if self._mirror is None and not self._is_flagging:  # ``GuardedResolver`` needs a reactor
            raise NotConfigured(f"no address guard for {type(self._handler).__name__}")

    async def download_request(self, request: Request) -> Response:
        """Download *request*, from the mirror when one is set."""
        host = urlparse_cached(request).hostname or ""
        if (reason := refusal(host)) is not None:
            raise self._refused(request, reason)
        if self._mirror is not None:
            return await self._from_mirror(request, self._mirror)
        try:
            return await self._received(request)
        except CannotResolveHostError as error:
            address = dnscache.get(host)
            if address is None or is_public(address):
                raise
            raise self._refused(request, f"{host} is {address}") from error

    async def _from_mirror(self, request: Request, mirror: str) -> Response:
        meta = request.meta | {"verbatim_url": True, "proxy": None}
        address = mirrored(request.url, mirror)
        sent = Request(address, method=request.method, body=request.body, meta=meta)
        sent.headers = request.headers  # shared: handlers copy before they change
        if b"Proxy-Authorization" in request.headers:
            sent.headers = request.headers.copy()
            del sent.headers[b"Proxy-Authorization"]
        response = await self._received(sent)
        request.meta["download_latency"] = sent.meta.get("download_latency")
        # replace() would decode the body to detect its encoding.
        response._set_url(request.url)
        return response

    async def _received(self, request: Request) -> Response:
        """Download *request*, and set the flag ``partial`` if Scrapy's handler does not."""
        response = await self._handler.download_request(request)
        if self._is_flagging or response.status in (204, 304):  # these have no body
            return response
        coding = response.headers.get("Transfer-Encoding") or b""
        if b"Content-Length" not in response.headers and b"chunked" not in coding.lower():
            response.flags.append("partial")
        return response

    def _refused(self, request: Request, reason: str) -> AddressRefused:
        self.crawler.stats.inc_value("addresses/refused")
        return AddressRefused(f"{request.url} refused: {reason}")

    async def close(self) -> None:
        await self._handler.close()


class ShellFileHandler(FileDownloadHandler):
    """Read the file of ``scrapy shell ./page.html``; a crawl must not read files.

    Only the shell has no spider when its handlers are built.
    """

    def __init__(self, crawler: Crawler) -> None:
        if crawler.spider is not None:
            raise NotConfigured("only scrapy shell reads files")
        super().__init__(crawler)
