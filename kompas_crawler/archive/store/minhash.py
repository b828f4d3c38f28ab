"""MinHash: shingles of texts, and bands by which a database finds near texts.

``rensa`` makes a MinHash sketch of a text's shingles (runs of four words), which is split into
bands. Two texts whose share of common shingles is R share a band with the probability
1 - (1 - R^4)^8: 0.99 at 0.82, 0.95 at 0.75, 0.06 at 0.3. These are then compared in full.
"""

import re
import struct
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from rensa import RMinHash

SHINGLE = 4
"""Words in a shingle: fewer would join texts on the same subject, more would miss light edits."""
BANDS, ROWS = 8, 4
_SEED = 1
_BAND = struct.Struct(f"<{ROWS + 1}I")
_WORD = re.compile(r"\w+")
# The non-ASCII characters of most texts: quotation marks, dashes and the ellipsis.
_MARKS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
_ASCII_WORDS = bytes(n if re.match(rb"\w", bytes([n])) else 32 for n in range(256))


class Text(NamedTuple):
    """The compared parts of a text: its shingles and numbers."""

    shingles: frozenset[str]
    figures: frozenset[str]


def read(paragraphs: Iterable[str]) -> Text:
    """Return the compared parts of a text.

    >>> sorted(read(["Air naik 5", "meter lagi."]).shingles)
    ['air naik 5 meter', 'naik 5 meter lagi']
    """
    words = _words(paragraphs)
    return Text(frozenset(_shingles(words)), frozenset(word for word in words if word.isdecimal()))


def _words(paragraphs: Iterable[str]) -> list[str]:
    text = "\n".join(paragraphs).lower()
    for mark in _MARKS:
        text = text.replace(mark, " ")
    if text.isascii():  # three times as fast, for nearly all texts
        return text.encode().translate(_ASCII_WORDS).decode().split()
    return _WORD.findall(text)


def _shingles(words: Sequence[str]) -> list[str]:
    if 0 < len(words) < SHINGLE:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(words[n:] for n in range(SHINGLE)), strict=False)))


def bands(paragraphs: Iterable[str]) -> list[int]:
    """Return the bands of a text, numbers of 48 bits; none for an empty one.

    They must never change, because they are stored.
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
    """Return the Jaccard similarity of the shingles."""
    if not one.shingles or not other.shingles:
        return 0.0
    common = len(one.shingles & other.shingles)
    return common / (len(one.shingles) + len(other.shingles) - common)


def containment(one: Text, other: Text) -> float:
    """Return the share of the shingles of *one* that *other* contains."""
    return len(one.shingles & other.shingles) / len(one.shingles) if one.shingles else 0.0


def same_figures(one: Text, other: Text) -> float:
    """Return the Jaccard similarity of the numbers; 1 if either has fewer than four.

    Daily tables of prices or prayer times differ only in their numbers.
    """
    if min(len(one.figures), len(other.figures)) < 4:
        return 1.0
    return len(one.figures & other.figures) / len(one.figures | other.figures)
