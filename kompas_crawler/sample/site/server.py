"""Serve a sample site as a mirror: ``GET /HOST/PATH`` returns what ``https://HOST/PATH`` would."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http.client import responses as phrases
from typing import NamedTuple, TypeVar

from kompas_crawler.sample.site.replies import Replies, Reply
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import HOSTS, WebArchives

LOOPBACK = "127.0.0.1"


@dataclass
class Fault:
    """Delays a response; ``status`` with ``body`` replaces it. Tests override the methods."""

    status: int | None = None
    delay: float = 0.0
    body: bytes = b""

    def taken(self) -> "Fault | None":
        """The fault for one more request, if any."""
        return self

    def answer(
        self, reply: Reply, url: str, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the response to a request of *url* with headers *asked*."""
        return (reply if self.status is None else Reply(self.status, self.body)).packed(asked)

    async def send(self, writer: asyncio.StreamWriter, head: bytes, body: bytes) -> bool:
        """Send a response; return whether the connection stays open."""
        writer.write(head + body)
        await writer.drain()
        return True


class Faults(dict[str, Fault]):
    """Faults by URL prefix; the longest match applies."""

    def take(self, url: str) -> Fault | None:
        """The fault for a request of *url*.

        >>> faults = Faults({"https://": Fault(404), "https://money.": Fault(503)})
        >>> [faults.take(f"https://{host}.kompas.com/").status for host in ("money", "www")]
        [503, 404]
        """
        matches = sorted(filter(url.startswith, self), key=len, reverse=True)
        return next(filter(None, (self[prefix].taken() for prefix in matches)), None)


class Request(NamedTuple):
    """One answered request: ``at`` is a ``time.monotonic()``, ``path`` has the query."""

    at: float
    host: str
    path: str
    status: int
    method: str = "GET"

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}"


class Asked(NamedTuple):
    """A request as it was received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Server:
    """The server of *site*; *archives* answers for the hosts of public web archives."""

    def __init__(self, site: Site, port: int = 0, archives: WebArchives | None = None) -> None:
        self.site = site
        self.archives = archives
        self.port = port
        self.requests: list[Request] = []
        self.faults = Faults()
        self._replies = Replies(site)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Listen; raise ``OSError`` if the port is in use."""
        self._listening = await asyncio.start_server(self._converse, LOOPBACK, self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening; connections last as long as the loop."""
        self._listening.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _read(reader)) is not None:
                if not await self._respond(asked, writer):
                    break
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, TimeoutError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Respond to one request; return whether the connection stays open."""
        host, _, rest = asked.target[1:].partition("/")
        url = f"https://{host}/{rest}"
        fault = self.faults.take(url) or Fault()
        if self.archives is not None and host in HOSTS:
            reply = self.archives.answer(url, asked.headers)
        else:
            reply = self._replies.answer(url)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        status, headers, body = fault.answer(reply, url, asked.headers)
        self.requests.append(Request(time.monotonic(), host, f"/{rest}", status, asked.method))
        head = response_head(status, headers, len(body))
        is_open = await fault.send(writer, head, b"" if asked.method == "HEAD" else body)
        return is_open and asked.headers.get("connection", "").lower() != "close"


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    """The next request of a connection; ``None`` at its end, or if it is not HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/"):
        return None
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "0")
    body = await reader.readexactly(int(length)) if length.isdigit() and int(length) else b""
    return Asked(words[0], words[1], headers, body)


def response_head(status: int, headers: dict[str, str], length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} {phrases.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    if status not in (204, 304) and "Content-Length" not in headers:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


ServerT = TypeVar("ServerT", bound=Server)


@contextmanager
def running(server: ServerT) -> Iterator[ServerT]:
    """Run *server* in a thread during the block."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:  # ends connections, too
        loop = runner.get_loop()
        loop.run_until_complete(server.open())
        thread = threading.Thread(target=loop.run_forever, name="sample-site", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            server.close()


def serve(
    site: Site, port: int = 0, archives: WebArchives | None = None
) -> AbstractContextManager[Server]:
    """Serve *site*, and public web archives of it, in a thread during the block.

    >>> from kompas_crawler.sample.site.site import Site
    >>> from urllib.request import urlopen
    >>> with serve(Site(1)) as server, urlopen(f"{server.url}/www.kompas.com/robots.txt") as page:
    ...     page.status
    200
    """
    return running(Server(site, port, archives))
