"""The words of texts and queries: one full-text analysis for both databases.

Words are folded of case and accents, runs of letters and of digits are words of their own, and
numbers lose the signs between thousands: ``U-23``, ``U23`` and ``u 23`` are the same two words,
``1.250.000`` is ``1250000``.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from itertools import chain

from Stemmer import Stemmer

STEM, TITLE, GAP = "_", "=", "_"
"""Marks of stems and of words in the title, and what stands for no word; no word contains them."""
LONGEST, LONGEST_TITLE = 100_000, 1000
"""Characters of a text and of a title that are indexed: PostgreSQL refuses a megabyte of words."""
LONGEST_WORD = 64
POSITIONS, REPEATS = 16_000, 255
"""Words with a position, and positions of one word, of a text; PostgreSQL forgets others."""

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(rb"0[0.]*")  # in the kinds of characters
_WHOLE = re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)(?![0-9])|[0-9]+")
_DROPPED = frozenset({"Mn", "Mc", "Me", "Cf"})  # accents, joiners, soft hyphens
SIGNS = "‘’“”–—…"  # the non-ASCII characters of most texts
# For ASCII texts, which are most: a third of the time of the pattern.
_ASCII = bytes(range(128))
_SPACED = re.sub(rb"[^0-9A-Za-z]", b" ", _ASCII) + bytes(128)
# Letters, and characters that may be some, as "a", digits as "0", signs of thousands as ".".
_KINDS = re.sub(rb"[A-Za-z?]", b"a", re.sub(rb"[0-9]", b"0", _ASCII.replace(b",", b".")))
_KINDS = re.sub(rb"[^a0.]", b" ", _KINDS) + bytes(128)
_LONG = b"a" * (LONGEST_WORD + 1), b"0" * (LONGEST_WORD + 1)
_KEPT = 1 << 16
_stem = Stemmer("indonesian", 0)  # its own cache is slower


class _Folded(dict[int, str]):
    """Folded characters, by code point: for ``str.translate``."""

    def __missing__(self, code: int) -> str:
        text = chr(code)
        for _ in range(2):  # folding some letters makes others that fold
            text = unicodedata.normalize("NFKD", text).casefold()
            text = "".join(c for c in text if unicodedata.category(c) not in _DROPPED)
        self[code] = text
        return text


_FOLDED = _Folded()


class _Cache(dict[str, str]):
    """Results of *function* for some thousand words; ``lru_cache`` slows indexing by a fifth."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> str:
        if len(self) >= _KEPT:
            self.clear()
        self[word] = self._function(word)
        return self[word]


def _spaced(number: str) -> str:
    """Separate a number from letters beside it; join its thousands, separate other digits."""
    whole = (figures.replace(".", "").replace(",", "") for figures in _WHOLE.findall(number))
    return f" {' '.join(whole)} "


def _marked(word: str) -> str:
    """Return the marked stem of *word*; nothing if it is its own stem."""
    root = _stem.stemWord(word)
    return "" if root == word else STEM + root


_NUMBERS, _STEMS = _Cache(_spaced), _Cache(_marked)


def words(text: str) -> list[str]:
    """Return the words of *text*, in order.

    >>> words("Café AS-Rusia: Rp1.250.000, 15,8 persen, COVID-19, ban\\u200cjir")
    ['cafe', 'as', 'rusia', 'rp', '1250000', '15', '8', 'persen', 'covid', '19', 'banjir']
    """
    for sign in SIGNS:
        text = text.replace(sign, " ")
    if not text.isascii():
        text = " ".join(w if w.isascii() else w.translate(_FOLDED) for w in text.split())
    text = text.lower()
    kinds = text.encode("ascii", "replace").translate(_KINDS)
    if is_mixed := b"a0" in kinds or b"0a" in kinds or b"0.000" in kinds:
        parts, end = [], 0
        for number in _NUMBER.finditer(kinds):
            parts += [text[end : number.start()], _NUMBERS[text[number.start() : number.end()]]]
            end = number.end()
        text = "".join([*parts, text[end:]])
    if text.isascii():
        found = text.encode().translate(_SPACED).decode().split()
    else:
        found = _WORD.findall(text)
    if is_mixed or _LONG[0] in kinds or _LONG[1] in kinds:
        return [word[:LONGEST_WORD] for word in found]
    return found


def stem(word: str) -> str:
    """Return the Indonesian stem of a folded word.

    >>> [stem(word) for word in ("menjual", "penjualan", "jual", "banjir")]
    ['jual', 'jual', 'jual', 'banjir']
    """
    return _STEMS[word][1:] or word


def title_word(title: list[str]) -> str:
    """Return the word that stands for a whole title."""
    return TITLE + TITLE + blake2b(" ".join(title).encode(), digest_size=8).hexdigest()


def indexed(title: str, summary: str | None, body: str) -> tuple[list[str], list[str]]:
    """Return the words of an article in order, and those without a position: stems and its title.

    Words of the title are there twice: with the mark ``TITLE`` and without. A stem is left out
    if it is the word itself. Past the limits words have no position, and phrases do not match.
    """
    named = words(title[:LONGEST_TITLE])
    text = [*named, GAP, *words((summary or "")[:LONGEST]), GAP, *words(body[:LONGEST])]
    unique = set(text)
    more = set(map(_STEMS.__getitem__, unique))
    more.update([TITLE + _STEMS[word] for word in named])
    more -= {"", TITLE}
    placed = [*[TITLE + word for word in named], GAP, *text]
    if len(text) - len(unique) >= REPEATS and max(Counter(placed).values()) > REPEATS:
        seen: Counter[str] = Counter()
        for place, word in enumerate(placed):
            seen[word] += 1
            if seen[word] > REPEATS:
                placed[place] = GAP
    apart = chain.from_iterable((GAP, word) for word in dict.fromkeys(placed[POSITIONS:]))
    return placed[:POSITIONS], [*more, title_word(named), *apart]
