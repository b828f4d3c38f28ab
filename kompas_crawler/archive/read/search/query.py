"""Parse search queries, and write them in the language of each database."""

import re
from typing import NamedTuple

from kompas_crawler.archive.analyzer import STEM, TITLE, stem, words
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.site.text import clean

_TERM = re.compile(r'([-−–]?)(?:"([^"]*)"?|([^\s"]+))')
_QUOTES = dict.fromkeys(map(ord, "“”„«»＂"), '"')  # as phones and editors write them
_MOST_WORDS = 100
_LEAST_OPENING = 3  # characters before a ``*``; shorter ones open a large part of all words


class Term(NamedTuple):
    """A word in all its forms; with ``is_exact`` as it is, or several words in this order.

    ``is_open`` if the last word is the beginning of a word.
    """

    words: tuple[str, ...]
    is_exact: bool = True
    is_open: bool = False

    def forms(self) -> list[tuple[str, ...]]:
        """Return what the index contains where the term is."""
        if self.is_exact:
            return [self.words]
        root = stem(self.words[0])
        return [(STEM + root,), *([(root,)] if stem(root) == root else ())]


class Query(NamedTuple):
    """Required groups of terms, one of each is enough, and excluded terms."""

    wanted: tuple[tuple[Term, ...], ...]
    unwanted: tuple[Term, ...] = ()


class Language(NamedTuple):
    """How a database writes a query; ``opening`` follows the beginning of a word."""

    quote: str
    word_quote: str
    follows: str
    both: str
    either: str
    without: str
    opening: str


SQLITE = Language('"', "", " ", " AND ", " OR ", " NOT ", " *")
POSTGRESQL = Language("", "'", " <-> ", " & ", " | ", " & !", ":*")


def parse(text: str) -> Query:
    """Parse a query; raise ``UsageProblem`` if it has no required term, or one without sense.

    >>> parse('banjir OR gempa "kota tua" -hujan U-23').wanted[1:]
    ((Term(words=('kota', 'tua'), is_exact=True, is_open=False),), \
(Term(words=('u', '23'), is_exact=True, is_open=False),))
    """
    wanted: list[tuple[Term, ...]] = []
    unwanted: list[Term] = []
    is_or = False
    for minus, phrase, word in _TERM.findall(clean(text).translate(_QUOTES)):
        if "|" in word or (word.startswith("(") and (minus or " OR " in text)):
            raise UsageProblem("leave out brackets and |; OR is for the words on its two sides")
        if word == "NOT":
            raise UsageProblem('exclude a word by a minus: -jakarta; for the word write "not"')
        if word in ("AND", "OR") and not minus:
            if word == "OR" and (is_or or not wanted):
                raise UsageProblem("OR needs a word on both sides")
            is_or = is_or or word == "OR"
            continue
        term = _term(phrase, word)
        if term is None:
            continue
        if minus and is_or:
            raise UsageProblem("a word with a minus cannot follow OR")
        if minus:
            unwanted.append(term)
        elif is_or:
            wanted[-1] += (term,)
        else:
            wanted.append((term,))
        is_or = False
    if is_or:
        raise UsageProblem("OR needs a word on both sides")
    if sum(len(term.words) for terms in (*wanted, unwanted) for term in terms) > _MOST_WORDS:
        raise UsageProblem(f"name at most {_MOST_WORDS} words")
    if not wanted:
        raise UsageProblem("name at least one word to look for")
    if any(set(group) <= set(unwanted) for group in wanted):
        raise UsageProblem("a word cannot be both required and excluded")
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))


def _term(phrase: str, word: str) -> Term | None:
    found = tuple(words(phrase or word))
    if not found:
        return None
    if "*" in phrase or "*" in word[:-1]:
        raise UsageProblem("a * stands for the end of one word, without quotes: banj*")
    if word.endswith("*"):
        if sum(map(len, found)) < _LEAST_OPENING:
            raise UsageProblem(f"write at least {_LEAST_OPENING} characters before a *")
        return Term(found, is_open=True)
    return Term(found, is_exact=bool(phrase) or len(found) > 1 or found[0].isdecimal())


def written(
    query: Query, language: Language, *, in_title: bool = False, in_order: bool = True
) -> str:
    """Write *query*; with *in_title* its required terms are in the title.

    Without *in_order* it is wider: the words of a phrase are anywhere, and nothing is excluded.
    """
    groups = [
        language.either.join(_written(term, language, TITLE * in_title, in_order) for term in group)
        for group in query.wanted
    ]
    text = language.both.join(f"({group})" for group in groups)
    excluded = [_written(term, language, "", in_order) for term in query.unwanted if in_order]
    return language.without.join([f"({text})", *(f"({one})" for one in excluded)])


def _written(term: Term, language: Language, mark: str, in_order: bool) -> str:
    quote, inner = language.quote, language.word_quote
    joint = language.follows if in_order else f"{quote}{language.both}{quote}"
    end = language.opening if term.is_open else ""
    forms = (joint.join(f"{inner}{mark}{word}{inner}" for word in form) for form in term.forms())
    return "(" + language.either.join(f"{quote}{form}{quote}{end}" for form in forms) + ")"
