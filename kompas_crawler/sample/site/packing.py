"""Gzip a page from cached, compressed parts."""

import zlib
from collections.abc import Iterable

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"  # an empty deflate block that ends the stream


def _deflated(plain: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)


class Packed:
    """A piece of a page: its bytes, and the same compressed once."""

    __slots__ = ("deflated", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self.deflated = _deflated(plain, 6)


def gzipped(pieces: Iterable[bytes | Packed]) -> bytes:
    """One gzip member with *pieces* in order.

    >>> import gzip
    >>> gzip.decompress(gzipped([b"satu ", Packed(b"dua "), b"tiga"]))
    b'satu dua tiga'
    """
    out = [_HEADER]
    crc = size = 0
    for piece in pieces:
        plain = piece if isinstance(piece, bytes) else piece.plain
        out.append(_deflated(piece, 1) if isinstance(piece, bytes) else piece.deflated)
        crc = zlib.crc32(plain, crc)
        size += len(plain)
    out += [_LAST_BLOCK, crc.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little")]
    return b"".join(out)


def joined(pieces: Iterable[bytes | Packed]) -> bytes:
    """*pieces* in order, uncompressed."""
    return b"".join(piece if isinstance(piece, bytes) else piece.plain for piece in pieces)
