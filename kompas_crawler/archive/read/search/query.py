"""Parse search queries."""

from __future__ import annotations

import re
from typing import NamedTuple

from kompas_crawler.site.text import clean

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


_WORD = re.compile(r"[^\W_]+")


_TERMS = 100


class Query(NamedTuple):
    """Required and excluded terms: each a word or a phrase."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


def parse(words: str) -> Query:
    """Parse a query; raise ``ValueError`` if it has no required term.

    >>> parse('banjir "kota tua" -"gempa bumi" covid-19')
    Query(wanted=('banjir', 'kota tua', 'covid 19'), unwanted=('gempa bumi',))
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(clean(words)):
        term = " ".join(_WORD.findall(phrase or word))
        if term:
            (unwanted if minus else wanted).append(term)
    if len(wanted) + len(unwanted) > _TERMS:
        raise ValueError(f"name at most {_TERMS} words")
    if not wanted:
        raise ValueError("name at least one word to look for")
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))
