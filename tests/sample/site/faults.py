"""Faults of the sample site that only tests need: malformed, damaged and endless responses."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from kompas_crawler.sample.site import server
from kompas_crawler.sample.site.replies import Reply


@dataclass
class Fault(server.Fault):
    """Replaces or changes a response.

    ``status`` with ``body`` replaces the response. ``times`` is the number of uses (``None``:
    unlimited), ``delay`` is in seconds. The connection is closed after ``cut_after`` bytes of the
    body (0: before the response).

    ``headers`` override those of the response; an empty value removes a header, and a body without
    a length ends with the connection. ``charset`` encodes the page, ``packed`` compresses the body
    with ``gzip``, ``deflate``, ``br`` or ``zstd``. ``drip`` is the number of seconds between two
    bytes. ``flip`` inverts the byte at this position from the end of the compressed body.
    ``chunked`` sends chunks without a length. ``clip`` removes this number of bytes from the end,
    before the length is set; the last chunk has 5. ``redirects`` is the number of redirects before
    the response, -1: unlimited. ``then`` are the faults of the next requests; the last one stays.
    """

    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    charset: str | None = None
    drip: float = 0.0
    packed: str | None = None
    flip: int = 0
    chunked: bool = False
    clip: int = 0
    redirects: int = 0
    then: list[Fault] = field(default_factory=list)
    _uses: int = field(default=0, init=False, compare=False)

    def taken(self) -> Fault | None:
        """The fault for one more request, if any.

        >>> fault = Fault(status=404, then=[Fault(status=503)])
        >>> [fault.taken().status for _ in range(3)]
        [404, 503, 503]
        >>> fault = Fault(status=503, times=1)
        >>> [fault.taken() is fault for _ in range(3)]
        [True, False, False]
        """
        self._uses += 1
        if self.then:
            return [self, *self.then][min(self._uses - 1, len(self.then))]
        return self if self.times is None or self._uses <= self.times else None

    def answer(
        self, reply: Reply, url: str, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        return self._broken(*self._replaced(reply, url).packed(asked))

    def _replaced(self, reply: Reply, url: str) -> Reply:
        location = redirected(url, self.redirects) if self.redirects else None
        if location is not None:
            return Reply(302, headers={"Location": location})
        if self.status is not None:
            reply = Reply(self.status, self.body)
        if self.charset is None and self.packed is None:
            return reply
        body = reply.body
        if self.charset is not None:
            body = body.decode().encode(self.charset, "replace")
        return Reply(reply.status, body, reply.content_type)

    def _broken(
        self, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if self.packed is not None:
            if headers.pop("Content-Encoding", None) == "gzip":
                body = zlib.decompress(body, wbits=zlib.MAX_WBITS | 16)
            headers["Content-Encoding"] = self.packed
            body = packer(self.packed)(body)
        if self.flip:
            at = len(body) - self.flip
            body = body[:at] + bytes([body[at] ^ 255]) + body[at + 1 :]
        if self.chunked:
            headers |= {"Transfer-Encoding": "chunked", "Content-Length": ""}
            body = _chunks(body)
        return status, headers | self.headers, body[: max(len(body) - self.clip, 0)]

    async def send(self, writer: asyncio.StreamWriter, head: bytes, body: bytes) -> bool:
        if self.cut_after is not None:
            writer.write(head + body[: self.cut_after] if self.cut_after else b"")
            await writer.drain()
            return False
        if self.drip:
            writer.write(head)
            for at in range(len(body)):
                writer.write(body[at : at + 1])
                await writer.drain()
                await asyncio.sleep(self.drip)
        else:
            await super().send(writer, head, body)
        # A length may be wrong, and the next response would be read as part of this one.
        return not (self.chunked or "Content-Length" in self.headers)


def _chunks(body: bytes, size: int = 1000) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


def packer(name: str) -> Callable[[bytes], bytes]:
    """The compression function for the Content-Encoding *name*.

    Raises ``ModuleNotFoundError`` if the library for ``br`` or ``zstd`` is missing.
    """
    match name:
        case "gzip":
            return gzip.compress
        case "deflate":
            return zlib.compress
        case "br":
            compress = importlib.import_module("brotli").compress
        case "zstd":
            zstd = importlib.import_module("backports.zstd")
            with_checksum = {zstd.CompressionParameter.checksum_flag: 1}
            compress = partial(zstd.compress, options=with_checksum)
        case _:
            raise ValueError(f"no Content-Encoding {name!r}")
    return lambda body: bytes(compress(body))


def redirected(url: str, redirects: int) -> str | None:
    """The next URL of a chain of *redirects*, or ``None`` at its end; -1 is endless.

    >>> redirected("https://money.kompas.com/", 2)
    'https://money.kompas.com/?hop=1'
    >>> redirected("https://money.kompas.com/?hop=2", 2) is None
    True
    """
    plain, _, hop = url.partition("hop=")
    number = int(hop) if hop.isdigit() else 0
    if redirects >= 0 and number >= redirects:
        return None
    mark = "" if plain.endswith(("?", "&")) else "&" if "?" in plain else "?"
    return f"{plain}{mark}hop={number + 1}"
