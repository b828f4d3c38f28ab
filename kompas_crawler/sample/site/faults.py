"""Faults a test asks the sample site's server for: refusals, delays and broken answers."""

from __future__ import annotations

import gzip
import importlib
import zlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Fault:
    """What the server does instead of, or to, its answer.

    ``status`` with ``body`` replaces the answer (without it the true answer is sent);
    ``times`` counts how often the fault still strikes (``None``: always); ``delay`` is in
    seconds; after ``cut_after`` bytes of the body the connection is closed (0: before the
    first byte of the answer).

    ``headers`` come on top of the answer's own: a ``Content-Type`` may lie about the
    charset, a ``Content-Length`` about the size (an empty value leaves a header out; a body
    without a length ends with the connection). ``charset`` writes the page's text
    in another one. ``drip`` sends the body byte by byte, so many seconds apart. ``packed``
    packs the body as ``gzip``, ``deflate``, ``br`` or ``zstd``, whatever was asked for.
    ``flip`` inverts the byte that is so many from the end of the packed body. ``chunked``
    sends chunks without a length. ``clip`` leaves out so many bytes at the end of what is
    sent, before its length is taken: of chunks, 5 are the final one.
    ``redirects`` leads so many times to another address before the answer, -1 without end.
    ``then`` are the faults of the requests that follow, each once and the last for ever.
    """

    status: int | None = None
    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    body: bytes = b""
    cut_after: int | None = None
    charset: str | None = None
    drip: float = 0.0
    packed: str | None = None
    flip: int = 0
    chunked: bool = False
    clip: int = 0
    redirects: int = 0
    then: list[Fault] = field(default_factory=list)

    @property
    def touches_body(self) -> bool:
        """Whether the body must be had as plain bytes before it is sent."""
        return self.charset is not None or self.packed is not None


class Faults(dict[str, Fault]):
    """Faults by true URL or by how it begins; the longest that fits strikes."""

    def take(self, url: str) -> Fault | None:
        """The fault that strikes a request for *url*, counted.

        >>> faults = Faults({"https://money.kompas.com/": Fault(status=503, times=1)})
        >>> faults.take("https://money.kompas.com/?page=2").status
        503
        >>> faults.take("https://money.kompas.com/") is None
        True
        >>> faults = Faults({"https://": Fault(status=404, then=[Fault(status=503)])})
        >>> [faults.take("https://www.kompas.com/robots.txt").status for _ in range(3)]
        [404, 503, 503]
        """
        for prefix in sorted((p for p in self if url.startswith(p)), key=len, reverse=True):
            fault = self[prefix]
            if fault.then:
                following, *left = fault.then
                following.then = following.then or left
                self[prefix] = following
                return fault
            if fault.times is None:
                return fault
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None


def packer(name: str) -> Callable[[bytes], bytes]:
    """What packs bytes for the Content-Encoding *name*.

    Raises ``ModuleNotFoundError`` where the library for ``br`` or ``zstd`` is missing.
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
    """Where a chain of *redirects* leads from *url*, or ``None`` at its end; -1 has none.

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
