"""Faults of the sample site's server: refusals, delays and malformed responses."""

import gzip
import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class Fault:
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
    then: list["Fault"] = field(default_factory=list)


class Faults(dict[str, Fault]):
    """Faults by URL prefix; the longest match applies."""

    def take(self, url: str) -> Fault | None:
        """The fault for a request of *url*; decrements its ``times``.

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
