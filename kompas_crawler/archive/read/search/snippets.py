"""Excerpts of stored texts with the words that were found."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from kompas_crawler.archive.analyzer import LONGEST, stem, words
from kompas_crawler.archive.read.search.query import Query, Term

SIZE = 30  # words of an excerpt
_BEFORE = 5  # words before the first hit, if possible
_LONGEST_WORD = 100
_words = lru_cache(1 << 14)(words)


class Piece(NamedTuple):
    """A part of a snippet; ``is_hit`` if it matches the query."""

    text: str
    is_hit: bool


def snippet(query: Query, *texts: str) -> tuple[Piece, ...]:
    """Return the part with most hits of the first of *texts* with hits, else of the first one.

    >>> from kompas_crawler.archive.read.search.query import parse
    >>> [piece.text for piece in snippet(parse("jual"), "Beras 'dijual' lagi.")]
    ["Beras '", 'dijual', "' lagi."]
    """
    read = [(parts, _hits(query, parts)) for parts in (text[:LONGEST].split() for text in texts)]
    parts, hits = next((one for one in read if one[1]), read[0])
    following = range(SIZE - _BEFORE)
    best = max(sorted(hits), key=lambda hit: sum(hit + n in hits for n in following), default=0)
    start = max(0, best - _BEFORE)
    pieces = [("… ", False)] if start else []
    for n, part in enumerate(parts[start : start + SIZE], start):
        part = part[:_LONGEST_WORD]
        letters = [place for place, letter in enumerate(part) if letter.isalnum()] or [0]
        first, after = (letters[0], letters[-1] + 1) if n in hits else (0, 0)
        if n > start:
            pieces.append((" ", pieces[-1][1] and n in hits and not first))
        around = ((part[:first], False), (part[first:after], True), (part[after:], False))
        pieces += [piece for piece in around if piece[0]]
    if start + SIZE < len(parts):
        pieces.append((" …", False))
    runs = groupby(pieces, lambda piece: piece[1])
    return tuple(Piece("".join(text for text, _ in run), is_hit) for is_hit, run in runs)


def _hits(query: Query, parts: Sequence[str]) -> set[int]:
    placed = [(word, n) for n, part in enumerate(parts) for word in _words(part)]
    found = [word for word, _ in placed]
    unique = set(found)
    hits: set[int] = set()
    for term in (term for group in query.wanted for term in group):
        firsts = {word for word in unique if _begins(term, word)}
        for place in (place for place, word in enumerate(found) if word in firsts):
            run = placed[place : place + len(term.words)]
            if _matches(term, [word for word, _ in run]):
                hits.update(n for _, n in run)
    return hits


def _begins(term: Term, word: str) -> bool:
    if not term.is_exact:
        return stem(word) == stem(term.words[0])
    return word == term.words[0] or (term.is_open and word.startswith(term.words[0]))


def _matches(term: Term, run: Sequence[str]) -> bool:
    *firsts, last = term.words
    if not firsts:
        return True
    is_last = run[-1].startswith(last) if term.is_open else run[-1] == last
    return is_last and run[:-1] == firsts
