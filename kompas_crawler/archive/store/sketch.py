"""Sketches: hashes by which a database finds texts that share a passage.

An anchor is a run of five words whose first two have certain hashes: one position in nine. A text
is stored under anchors at least 20 words apart (those of a short text are nearer), and looked up
by all of them. So thirteen rows of an article find any 60 of its words, in either order of storing.
The texts found are then compared by their shingles, runs of three words.
"""

import re
import struct
from collections.abc import Iterable
from typing import NamedTuple

from rensa import RMinHash

from kompas_crawler.archive.analyzer import SIGNS

SHINGLE = 3  # words in a shingle: 61 % of them outlast a change of 15 % of the words
ANCHOR, GAP = 5, 20
_PAIR = re.compile(rb"[\x00-\x57][\xa8-\xff]", re.DOTALL)
_BITS = 0x7FFFFFFF  # a column of four bytes
_WORD = re.compile(r"\w+")
_ASCII_WORDS = bytes(n if re.match(rb"\w", bytes([n])) else 32 for n in range(256))


class Text(NamedTuple):
    """The compared parts of a text: its shingles, in order and as a set, and numbers."""

    runs: list[str]
    shingles: frozenset[str]
    figures: frozenset[str]


class Sketch(NamedTuple):
    """The hashes under which a text is stored, and those by which it is looked up."""

    stored: list[int]
    asked: list[int]


def read(paragraphs: Iterable[str]) -> Text:
    """Return the compared parts of a text.

    >>> read(["Air naik 5", "meter lagi."]).runs
    ['air naik 5', 'naik 5 meter', '5 meter lagi']
    """
    words = _words(paragraphs)
    runs = list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    if words and not runs:
        runs = [" ".join(words)]
    return Text(runs, frozenset(runs), frozenset(filter(str.isdecimal, words)))


def _words(paragraphs: Iterable[str]) -> list[str]:
    text = "\n".join(paragraphs).lower()
    for sign in SIGNS:
        text = text.replace(sign, " ")
    if text.isascii():  # three times as fast, for nearly all texts
        return text.encode().translate(_ASCII_WORDS).decode().split()
    return _WORD.findall(text)


def sketch(paragraphs: Iterable[str]) -> Sketch:
    """Return the sketch of a text, numbers of 31 bits; nothing for an empty one.

    It must never change, because it is stored.
    """
    words = _words(paragraphs)
    if not words:
        return Sketch([], [])
    marks = struct.pack(f"<{len(words)}Q", *RMinHash.hash_token_sets([words])[0])[::8]
    found = _PAIR.finditer(marks, 0, max(len(words) - ANCHOR + 2, 0))
    places = [pair.start() for pair in found] or [0]
    runs = [" ".join(words[place : place + ANCHOR]) for place in places]
    asked = [value & _BITS for value in RMinHash.hash_token_sets([runs])[0]]
    stored, free, gap = [], 0, min(GAP, max(len(words) - 40, 0) // 12)
    for place, value in zip(places, asked, strict=True):
        if place >= free:
            stored.append(value)
            free = place + gap
    return Sketch(stored, asked)


def similarity(one: Text, other: Text) -> float:
    """Return the Jaccard similarity of the shingles."""
    common = len(one.shingles & other.shingles)
    return common / max(len(one.shingles) + len(other.shingles) - common, 1)


def share(one: Text, other: Text) -> float:
    """Return the share of the shingles of *one* that *other* contains."""
    return len(one.shingles & other.shingles) / max(len(one.shingles), 1)


def covered(one: Text, other: Text) -> float:
    """Return the share of the words of *one* that are in a shingle of *other*.

    Scattered changes lower it less than the share of shingles; other paragraphs lower both alike.
    """
    margin = [False] * (SHINGLE - 1)
    found = [*margin, *map(other.shingles.__contains__, one.runs), *margin]
    words = list(map(any, zip(*(found[n:] for n in range(SHINGLE)), strict=False)))
    return sum(words) / len(words)


def same_figures(one: Text, other: Text) -> float:
    """Return the share of common numbers in the text with fewer; 1 if that has fewer than four.

    Daily tables of prices or prayer times differ only in their numbers.
    """
    fewer = min(len(one.figures), len(other.figures))
    return 1.0 if fewer < 4 else len(one.figures & other.figures) / fewer
