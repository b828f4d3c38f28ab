"""Word diff of two texts."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

AROUND = 7  # unchanged words shown on each side of a change
MOST = 1_000_000  # pairs of words, or of paragraphs, that are compared in a third of a second


class Change(StrEnum):
    """What the newer text does with some words of the older one."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """Successive words with the same change."""

    change: Change
    text: str


def changed_paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Piece, ...]]:
    """Yield the changed paragraphs, each as pieces; long unchanged pieces are shortened.

    >>> for pieces in changed_paragraphs(["Satu.", "Ada 1 kali."], ["Satu.", "Ada 2 kali.", "Tiga."]):
    ...     marked(pieces)
    'Ada [-1-] {+2+} kali.'
    '{+Tiga.+}'
    """  # noqa: E501
    for tag, i, j, k, m in _steps(old, new):
        if tag != "equal":
            pairs = ((a, b) for a, b in zip_longest(old[i:j], new[k:m], fillvalue="") if a != b)
            yield from (tuple(_shortened([*_pieces(a.split(), b.split())])) for a, b in pairs)


def marked(pieces: Sequence[Piece]) -> str:
    """The pieces as plain text: ``[-old-] {+new+}``."""
    forms = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}"}
    return " ".join(forms[piece.change].format(piece.text) for piece in pieces)


def _steps(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """The steps from *old* to *new*; a single one if they are too long to be compared."""
    if len(old) * len(new) > MOST:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, i, j, k, m in _steps(old, new):
        if i < j:
            yield Piece(Change.SAME if tag == "equal" else Change.REMOVED, " ".join(old[i:j]))
        if k < m and tag != "equal":
            yield Piece(Change.ADDED, " ".join(new[k:m]))


def _shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for number, (change, text) in enumerate(pieces):
        words = text.split()
        head = words[:AROUND] if number else []
        tail = words[-AROUND:] if number < len(pieces) - 1 else []
        if change is Change.SAME and len(head) + len(tail) < len(words):
            text = " ".join([*head, "...", *tail])
        yield Piece(change, text)
