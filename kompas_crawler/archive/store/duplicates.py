"""Families of articles with equal or near texts, their originals, and parts of other texts.

A family is the transitive closure of "equal or near text". The article with the smallest key is
its original. If that is a part of a longer text, the longer one is the original of all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks, update_each
from kompas_crawler.archive.store import sketch, states
from kompas_crawler.archive.store.similarities import Pair

NEAR = 0.7  # minimum share of the words of near texts, each way, that are in common shingles
SAME_FIGURES = 2 / 3
"""Minimum share of common numbers: below, the articles are of a series, such as daily prices."""
CONTAINED, LONGER = 0.9, 1.05  # an update: share of the original in it, and times as long
PART = 40  # minimum of shingles of a part: a sentence or two may be anywhere
SIMILAR = 0.3  # minimum share of the shingles of one of two similar texts that the other contains


class Reason(StrEnum):
    """Why an article is a duplicate."""

    SAME = "same text"
    NEAR = "near text"
    UPDATED = "updated version"
    PART = "part of it"


@dataclass(frozen=True)
class _Member:
    """An article, and its stored mark as a duplicate."""

    id: int
    key: str
    published_at: datetime
    text_hash: str
    body: str
    marked: tuple[str | None, str | None, float | None]

    @cached_property
    def text(self) -> sketch.Text:
        return sketch.read([self.body])

    @property
    def original(self) -> str:
        return self.marked[0] or self.key

    @property
    def is_part(self) -> bool:
        """Whether it is marked as a part of its original, and so not in its family."""
        return self.marked[1] == Reason.PART


_MARK = (ArticleRow.duplicate_of, ArticleRow.duplicate_reason, ArticleRow.similarity)
_MEMBER: Select[Any] = select(
    ArticleRow.id, ArticleRow.key, ArticleRow.published_at, ArticleRow.text_hash, ArticleRow.body
).add_columns(*_MARK)


def is_copy(key: str, original: str | None, reason: str | None) -> ColumnElement[bool]:
    """Whether an article has the text of the article *key*, or one of both is a part of the other.

    *original* and *reason* are the mark of *key*. Two parts of one text may have nothing in common.
    """
    row = ArticleRow
    if original is None:
        return row.duplicate_of == key
    other_copies = and_(row.duplicate_of == original, row.duplicate_reason != Reason.PART)
    others = false() if reason == Reason.PART else other_copies
    return and_(row.key != key, or_(row.key == original, others))


def family(connection: Connection, keys: Collection[str]) -> dict[int, list[str]]:
    """Return the paragraphs of all members of the families of *keys*, by row id."""
    roots: set[str] = set()
    for part in chunks(sorted(keys)):
        roots.update(filter(None, connection.scalars(_of_family(ArticleRow.duplicate_of, part))))
    found: dict[int, list[str]] = {}
    for part in chunks(sorted(roots)):
        rows = connection.execute(_of_family(ArticleRow.id, part).add_columns(ArticleRow.body))
        found |= {id_: body.split("\n\n") for id_, body in rows}
    return found


def _of_family(column: InstrumentedAttribute[Any], keys: Collection[str]) -> Select[Any]:
    return select(column).where(or_(ArticleRow.key.in_(keys), ArticleRow.duplicate_of.in_(keys)))


def settle(
    connection: Connection,
    ids: Collection[int],
    near: Mapping[int, Collection[int]],
    in_family: Collection[int],
    now: datetime,
) -> tuple[dict[str, str | None], list[Pair]]:
    """Find the originals of the articles *ids*, and of the families they join.

    *near* maps row ids to candidates for near texts; *in_family* are those of *ids* that were in
    a family. Returns the originals of all that were or are in a family, by key, and the pairs
    of texts that are only similar.
    """
    if not near and not in_family:
        return {}, []
    row = ArticleRow
    members = _members(connection, row.id, {*near, *in_family, *chain(*near.values())})
    originals = {one.original for one in members.values()}
    members |= _members(connection, row.key, originals - {one.key for one in members.values()})
    there = {one.key: one.id for one in members.values()}
    unsettled = set(ids) & members.keys()
    families, alike = _Families(), []
    for one_id, other in _pairs(near, members, there):
        alike += families.compare(members[one_id], members[other])
    outside = [one for one in members.values() if one.id not in unsettled]
    # If the original of a family was removed, another member replaces it.
    parts_first = sorted(outside, key=lambda one: not one.is_part)
    orphans = [one for one in parts_first if one.original not in there]
    heirs = {one.original: "" if one.is_part else one.key for one in orphans}
    families.add(outside, heirs)
    roots = {one.original for one in outside}
    moved = {root for root in roots if families.original(heirs.get(root, root)) != root}
    more = _members(connection, row.duplicate_of, moved)
    families.add([one for one in more.values() if one.id not in unsettled], heirs)
    members = more | members
    changed = {
        id_: original
        for id_, one in members.items()
        if (original := families.original(one.key)) != one.original or id_ in unsettled
    }
    return _mark(connection, members, changed, now), alike


def _pairs(
    near: Mapping[int, Collection[int]], members: Mapping[int, _Member], there: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Return the pairs of texts to compare, each with a candidate and with its original."""
    ends = (
        (id_, end)
        for id_, others in near.items()
        for other in filter(members.__contains__, others)
        for end in (other, there.get(members[other].original, id_))
    )
    return sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})


class _Families:
    """Union-find over keys; the root is the smallest key. A root may be part of other texts."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._wholes: dict[str, set[str]] = {}

    def add(self, stored: Iterable[_Member], heirs: Mapping[str, str]) -> None:
        """Add what the database says of articles; *heirs* replace originals removed."""
        for one in stored:
            original = heirs.get(one.original, one.original) or one.key
            if not one.is_part:
                self._join(one.key, original)
            elif original != one.key:
                self._wholes.setdefault(one.key, set()).add(original)

    def compare(self, one: _Member, other: _Member) -> list[Pair]:
        """Join near texts, or a part to the whole; return the pair if it is only similar."""
        if one.text_hash == other.text_hash:
            self._join(one.key, other.key)
            return []
        shares = sketch.share(one.text, other.text), sketch.share(other.text, one.text)
        if max(shares) < SIMILAR:
            return []
        if _is_near(one, other):
            self._join(one.key, other.key)
        elif _is_part(one, other):
            self._wholes.setdefault(one.key, set()).add(other.key)
        elif _is_part(other, one):
            self._wholes.setdefault(other.key, set()).add(one.key)
        else:
            return [(one.id, other.id, *shares)]
        return []

    def original(self, key: str) -> str:
        """Return the original of *key*: its root, or that of the whole of which it is a part."""
        seen: set[str] = set()
        while (root := self._root(key)) in self._wholes and root not in seen:
            seen.add(root)
            key = min(map(self._root, self._wholes[root]))
        return root

    def _root(self, key: str) -> str:
        while (above := self._above.get(key, key)) != key:
            key = above
        return key

    def _join(self, one: str, other: str) -> None:
        one, other = sorted((self._root(one), self._root(other)))
        self._above[other] = one


def _members(
    connection: Connection, column: InstrumentedAttribute[Any], values: Collection[Any]
) -> dict[int, _Member]:
    found = {}
    for part in chunks(sorted(values)):
        rows = connection.execute(_MEMBER.where(column.in_(part)))
        for id_, key, at, text_hash, body, *mark in rows:
            found[id_] = _Member(id_, key, at, text_hash, body, tuple(mark))
    return found


def _is_near(one: _Member, other: _Member) -> bool:
    covered = min(sketch.covered(one.text, other.text), sketch.covered(other.text, one.text))
    return covered >= NEAR and sketch.same_figures(one.text, other.text) >= SAME_FIGURES


def _is_part(one: _Member, other: _Member) -> bool:
    """Whether the text of *one* is a part of a longer one."""
    return (
        PART <= len(one.text.shingles) < len(other.text.shingles)
        and sketch.share(one.text, other.text) >= CONTAINED
        and sketch.same_figures(one.text, other.text) >= SAME_FIGURES
    )


def _compared(one: _Member, original: _Member) -> tuple[str | None, str | None, float | None]:
    """Return the mark of *one* as a duplicate: original, reason and similarity."""
    if one.key == original.key:
        return None, None, None
    if one.text_hash == original.text_hash:
        return original.key, Reason.SAME.value, 1.0
    longer = len(one.text.shingles) / max(len(original.text.shingles), 1)
    reason = Reason.NEAR
    if longer < NEAR or (_is_part(one, original) and not _is_near(one, original)):
        reason = Reason.PART
    elif (
        one.published_at > original.published_at
        and longer >= LONGER
        and sketch.share(original.text, one.text) >= CONTAINED
    ):
        reason = Reason.UPDATED
    return original.key, reason.value, round(sketch.similarity(one.text, original.text), 4)


def _mark(
    connection: Connection, members: dict[int, _Member], originals: Mapping[int, str], now: datetime
) -> dict[str, str | None]:
    by_key = {one.key: one for one in members.values()}
    missing = set(originals.values()) - by_key.keys()
    by_key |= {one.key: one for one in _members(connection, ArticleRow.key, missing).values()}
    wrong: dict[int, dict[str, Any]] = {}
    for id_, original in originals.items():
        right = _compared(members[id_], by_key[original])
        if right != members[id_].marked:
            wrong[id_] = {column.key: value for column, value in zip(_MARK, right, strict=True)}
    moved = [id_ for id_, mark in wrong.items() if mark["duplicate_of"] != members[id_].marked[0]]
    states.keep(connection, moved, now)
    update_each(connection, ArticleRow.id, wrong)
    return {
        members[id_].key: None if original == members[id_].key else original
        for id_, original in originals.items()
    }
