"""Remove "Baca juga" (read also) lines: words and links tell them from sentences."""

import re
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from kompas_crawler.site.text import clean

MARKER = r"(?:(?:baca|lihat|simak)\s*(?:juga|pula)|baca\s+berikutnya|also\s+read|read\s+also)"
_BEFORE_LINK = rf"(?:{MARKER}|(?-i:Baca|BACA)(?=\s*[:：]))"  # the second until about 2018
_IN_BRACKETS = rf"(?P<open>[(\[]) ?(?:{MARKER}|baca(?= ?[:：]))"
# Also before the number of a list.
_MARK = re.compile(rf"(?i)(?:{_IN_BRACKETS}|\b{_BEFORE_LINK}) ?(?P<colon>[:：]?)[ 1\"“'|».);–—-]*$")
_LONGEST_MARK = 30
_LABEL = re.compile(rf"\W*{MARKER}\W*", re.I)
_AT_END = re.compile(rf"(?:(?<=[.!?…\"”’)])\s*|\s(?=(?-i:[A-Z]))){MARKER}\s*[:：]\W*$", re.I)
"""A label after a sentence; inside one it would start in lower case."""
_UNMARKED = r"(?-i:Baca [Jj]uga|BACA JUGA) (?=[\"“']?(?-i:[A-Z0-9]))"  # a title starts
_LINE = re.compile(rf"\A\W*(?:{_BEFORE_LINK}\s*[:：]|{_UNMARKED})", re.I)
_LINE_WITHOUT_LINK = re.compile(rf"\W*{MARKER}\s*[:：]", re.I)
# Before links with the class.
_ANY_LABEL = re.compile(r"\W*(?:[A-Z][A-Za-z ]{2,24}[:：]|Baca|BACA|Simak|Lihat|Tonton)\W*")
_NO_TEXT = re.compile(r"(?:\W|_|\b(?:dan|atau|and|serta|[0-9]{1,2})\b)*", re.I)


class Piece(NamedTuple):
    """A run of text; ``link`` is the index of its link in the body, or -1."""

    text: str
    is_bold: bool = False
    link: int = -1


def may_be_read_also(text: str) -> bool:
    """A fast test whether *text* can contain a "Baca juga" line.

    >>> may_be_read_also("Baca juga: Harga Beras"), may_be_read_also("Harga beras naik.")
    (True, False)
    """
    small = text.lower()
    return "baca" in small or "lihat" in small or "simak" in small or "also" in small


def without_label(title: str) -> str:
    """*title* without the label "Baca juga:" before it."""
    return _LINE.sub("", title, count=1).lstrip(" :：") or title


def is_label(text: str) -> bool:
    """Whether *text* is only "Baca juga".

    >>> is_label("Baca juga: "), is_label("Baca juga buku ini")
    (True, False)
    """
    return len(text) <= _LONGEST_MARK and _LABEL.fullmatch(text) is not None


class Taken(NamedTuple):
    """The rest of a row, and the links of the removed line."""

    pieces: Sequence[Piece]
    links: frozenset[int] = frozenset()
    is_heading: bool = False  # the links follow in separate rows
    ends_with_label: bool = False  # the links follow after the rest
    labels: frozenset[int] = frozenset()  # links with only the text "Baca juga"


def take_read_also(pieces: Sequence[Piece], marked: Set[int], *, is_after_heading: bool) -> Taken:
    """Remove the "Baca juga" line from *pieces*, if any; *marked* are the links with its class.

    *is_after_heading*: the previous row was a line without links.
    """
    linked = [nth for nth, piece in enumerate(pieces) if piece.link >= 0]
    if not linked:
        text = "".join(piece.text for piece in pieces)
        if _LINE_WITHOUT_LINK.match(text) or is_label(text):
            return Taken((), is_heading=is_label(text))
        return _without_end(pieces)
    if labels := _labels(pieces, linked):
        return _take_behind_labels(pieces, labels, marked)
    links = {pieces[nth].link for nth in linked}
    others, are_marked = "".join(p.text for p in pieces if p.link < 0), links <= marked
    is_labelled = are_marked and pieces[0].link < 0 and _ANY_LABEL.fullmatch(others)
    is_line = are_marked or is_after_heading or _LINE.match("".join(p.text for p in pieces))
    if is_labelled or (is_line and _NO_TEXT.fullmatch(others)):
        return Taken((), frozenset(links))
    return _take_marked(pieces, linked) or _without_end(pieces)


def _take_behind_labels(pieces: Sequence[Piece], labels: frozenset[int], marked: Set[int]) -> Taken:
    """Remove the line from *pieces*, in which the links *labels* have the text "Baca juga"."""
    others = {-1, *labels}
    if linked := [nth for nth, piece in enumerate(pieces) if piece.link not in others]:
        taken = _take_marked(pieces, linked)
        return taken._replace(labels=labels) if taken else Taken(pieces)
    text = "".join([piece.text for piece in pieces])
    is_heading = _LABEL.fullmatch(text) is not None
    if _LINE.match(text) or (is_heading and labels <= marked):
        return Taken((), labels, is_heading=is_heading)
    return Taken(pieces)


def _take_marked(pieces: Sequence[Piece], linked: list[int]) -> Taken | None:
    """Remove the words "Baca juga" and the links after them, if they are there."""
    first, end = linked[0], linked[0] + 1
    for nth in linked[1:]:
        if not _is_no_text(pieces[end:nth]):
            break
        end = nth + 1
    before = clean("".join([piece.text for piece in pieces[:first]]))
    match = _MARK.search(before, max(0, len(before) - _LONGEST_MARK))
    if match is None:
        return None
    lead = before[: match.start()].rstrip()
    is_open = _NO_TEXT.fullmatch(lead) is None  # else a bullet
    rest = list(pieces[end:])
    if not match["colon"] and (is_open or not _is_no_text(rest)):
        return None  # part of a sentence
    if rest and match["open"]:
        rest[0] = rest[0]._replace(text=rest[0].text.lstrip(")] "))
    if _is_no_text(rest):
        stop = "".join(piece.text for piece in rest).strip()
        lead += stop if lead[-1:].isalnum() and stop in (".", "!", "?") else ""
        rest = []
    gap = "" if rest and rest[0].text[:1] in ".,;!?" else " "
    opening = [pieces[0]._replace(text=lead + gap)] if is_open else []
    return Taken([*opening, *rest], frozenset(piece.link for piece in pieces[first:end]) - {-1})


def _labels(pieces: Sequence[Piece], linked: list[int]) -> frozenset[int]:
    texts: dict[int, list[str]] = {}
    for nth in linked:
        texts.setdefault(pieces[nth].link, []).append(pieces[nth].text)
    return frozenset(link for link, parts in texts.items() if is_label("".join(parts)))


def _without_end(pieces: Sequence[Piece]) -> Taken:
    """*pieces* without a label at their end, whose links follow elsewhere."""
    text = "".join([piece.text for piece in pieces])
    end = text[-_LONGEST_MARK:]
    is_possible = ":" in end or "：" in end  # nearly never
    match = _AT_END.search(text, max(0, len(text) - _LONGEST_MARK)) if is_possible else None
    if match is None:
        return Taken(pieces)
    rest = []
    left = match.start()
    for piece in pieces:
        if left <= 0:
            break
        rest.append(piece._replace(text=piece.text[:left]))
        left -= len(piece.text)
    return Taken(rest, ends_with_label=True)


def _is_no_text(pieces: Iterable[Piece]) -> bool:
    return _NO_TEXT.fullmatch("".join(piece.text for piece in pieces)) is not None
