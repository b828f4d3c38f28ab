"""What two texts have in common: shingles, and bands by which a database finds near texts.

Pure functions. ``rensa`` makes a MinHash sketch of a text's shingles (runs of four words); the
sketch is cut into bands, and two texts that share at least ``R`` of their shingles have a
band in common with the probability 1 - (1 - R^4)^8: 0.99 at 0.82, 0.95 at 0.75, 0.06
at 0.3. What shares a band is then compared in full.
"""

from __future__ import annotations

import re
import struct
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from rensa import RMinHash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHINGLE = 4
"""Words in a shingle: fewer join what merely treats the same matter, more part light edits."""
BANDS, ROWS = 8, 4
_SEED = 1
_BAND = struct.Struct(f"<{ROWS + 1}I")
_WORD = re.compile(r"\w+")
# Quotation marks, dashes and an ellipsis: no word has one, and most texts have no other sign.
_MARKS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
_ASCII_WORDS = bytes(n if re.match(rb"\w", bytes([n])) else 32 for n in range(256))


class Text(NamedTuple):
    """A text as it is compared: its shingles, and the figures in it."""

    shingles: frozenset[str]
    figures: frozenset[str]


def read(paragraphs: Iterable[str]) -> Text:
    """Return what is compared of a text.

    >>> sorted(read(["Air naik 5", "meter lagi."]).shingles)
    ['air naik 5 meter', 'naik 5 meter lagi']
    """
    words = _words(paragraphs)
    return Text(frozenset(_shingles(words)), frozenset(word for word in words if word.isdecimal()))


def _words(paragraphs: Iterable[str]) -> list[str]:
    text = "\n".join(paragraphs).lower()
    for mark in _MARKS:
        text = text.replace(mark, " ")
    if text.isascii():  # as nearly all are then: the same words, three times as fast
        return text.encode().translate(_ASCII_WORDS).decode().split()
    return _WORD.findall(text)


def _shingles(words: Sequence[str]) -> list[str]:
    if 0 < len(words) < SHINGLE:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(words[n:] for n in range(SHINGLE)), strict=False)))


def bands(paragraphs: Iterable[str]) -> list[int]:
    """Return the bands of a text, numbers of 48 bits; none of an empty one.

    They must never change, for they are stored: a test holds them.
    """
    shingles = _shingles(_words(paragraphs))
    if not shingles:
        return []
    sketch = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    sketch.update(shingles)
    least = sketch.digest()
    return [
        int.from_bytes(
            blake2b(
                _BAND.pack(band, *least[band * ROWS : (band + 1) * ROWS]), digest_size=6
            ).digest()
        )
        for band in range(BANDS)
    ]


def similarity(one: Text, other: Text) -> float:
    """The share of shingles that two texts have in common, of all that either has."""
    if not one.shingles or not other.shingles:
        return 0.0
    common = len(one.shingles & other.shingles)
    return common / (len(one.shingles) + len(other.shingles) - common)


def containment(one: Text, other: Text) -> float:
    """The share of the shingles of *one* that *other* has as well."""
    return len(one.shingles & other.shingles) / len(one.shingles) if one.shingles else 0.0


def same_figures(one: Text, other: Text) -> float:
    """The share of figures in common; 1 where either has fewer than four.

    Daily tables of prices or prayer times differ in these alone.
    """
    if min(len(one.figures), len(other.figures)) < 4:
        return 1.0
    return len(one.figures & other.figures) / len(one.figures | other.figures)
