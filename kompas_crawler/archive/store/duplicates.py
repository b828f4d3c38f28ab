"""Families of articles with equal or near texts, and their originals.

A family is the transitive closure of "equal or near text". The article with the smallest key is
its original.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import minhash, states

NEAR = 0.75
"""Minimum similarity of near texts."""
SAME_FIGURES = 0.5
"""Minimum share of common numbers: below, the articles are of a series, such as daily prices."""
CONTAINED, LONGER = 0.9, 1.05
"""An update contains this share of the original, and is this many times as long."""


class Reason(StrEnum):
    """Why an article is a duplicate."""

    SAME = "same text"
    NEAR = "near text"
    UPDATED = "updated version"


class _Member(NamedTuple):
    """An article, and its stored mark as a duplicate."""

    id: int
    key: str
    published_at: datetime
    text_hash: str
    marked: tuple[str | None, str | None, float | None]
    text: minhash.Text

    @property
    def root(self) -> str:
        """The stored original of its family."""
        return self.marked[0] or self.key


_MEMBER = select(
    ArticleRow.id,
    ArticleRow.key,
    ArticleRow.published_at,
    ArticleRow.text_hash,
    ArticleRow.duplicate_of,
    ArticleRow.duplicate_reason,
    ArticleRow.similarity,
    ArticleRow.body,
)
_VALUES: Any = bindparam("values", expanding=True)
_BY_ID = _MEMBER.where(ArticleRow.id.in_(_VALUES))
_BY_KEY = _MEMBER.where(ArticleRow.key.in_(_VALUES))
_BY_ORIGINAL = _MEMBER.where(ArticleRow.duplicate_of.in_(_VALUES))


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
    """Select *column* of the articles *keys* and their duplicates."""
    return select(column).where(or_(ArticleRow.key.in_(keys), ArticleRow.duplicate_of.in_(keys)))


def settle(
    connection: Connection,
    ids: Collection[int],
    near: Mapping[int, Collection[int]],
    in_family: Collection[int],
    now: datetime,
) -> dict[str, str | None]:
    """Find the originals of the articles *ids*, and of the families they join.

    *near* maps row ids to candidates for near texts; *in_family* are those of *ids* that were in
    a family. Returns the originals of all that were or are in a family, by key.
    """
    if not near and not in_family:
        return {}
    members = _members(connection, _BY_ID, {*near, *in_family, *chain(*near.values())})
    unsettled = set(ids) & members.keys()
    families = _Families()
    outside: list[_Member] = []
    for id_, others in near.items():
        one = members[id_]
        for near_by in (members[other] for other in others if other in members):
            if _is_one(one, near_by):
                families.join(one.key, near_by.key)
                if near_by.id not in unsettled:
                    outside.append(near_by)
    # If the original of a family was removed, another member replaces it.
    roots = {one.root for one in outside}
    there = {one.key for one in _members(connection, _BY_KEY, roots).values()}
    heirs = {one.root: one.key for one in outside if one.root not in there}
    for one in outside:
        families.join(one.key, heirs.get(one.root, one.root))
    moved = {root for root in roots if families.root(heirs.get(root, root)) != root}
    members |= _members(connection, _BY_ORIGINAL, moved) | _members(connection, _BY_KEY, moved)
    originals = {
        id_: families.root(one.key if id_ in unsettled else heirs.get(one.root, one.root))
        for id_, one in members.items()
        if id_ in unsettled or one.root in moved
    }
    return _mark(connection, members, originals, now)


class _Families:
    """Union-find over keys; the root is the smallest key."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, key: str) -> str:
        while (above := self._above.get(key, key)) != key:
            key = above
        return key

    def join(self, one: str, other: str) -> None:
        one, other = sorted((self.root(one), self.root(other)))
        self._above[other] = one


def _members(
    connection: Connection, query: Select[*tuple[Any, ...]], values: Collection[Any]
) -> dict[int, _Member]:
    found = {}
    for part in chunks(sorted(values)):
        for row in connection.execute(query, {"values": part}):
            found[row.id] = _Member(
                id=row.id,
                key=row.key,
                published_at=row.published_at,
                text_hash=row.text_hash,
                marked=(row.duplicate_of, row.duplicate_reason, row.similarity),
                text=minhash.read([row.body]),
            )
    return found


def _is_one(one: _Member, other: _Member) -> bool:
    """Whether two texts are equal or near."""
    return one.text_hash == other.text_hash or (
        minhash.similarity(one.text, other.text) >= NEAR
        and minhash.same_figures(one.text, other.text) >= SAME_FIGURES
    )


def _compared(one: _Member, original: _Member) -> tuple[str | None, str | None, float | None]:
    """Return the mark of *one* as a duplicate: original, reason and similarity."""
    if one.key == original.key:
        return None, None, None
    if one.text_hash == original.text_hash:
        return original.key, Reason.SAME.value, 1.0
    is_update = (
        one.published_at > original.published_at
        and len(one.text.shingles) >= len(original.text.shingles) * LONGER
        and minhash.containment(original.text, one.text) >= CONTAINED
    )
    reason = Reason.UPDATED if is_update else Reason.NEAR
    return original.key, reason.value, round(minhash.similarity(one.text, original.text), 4)


def _mark(
    connection: Connection,
    members: dict[int, _Member],
    originals: Mapping[int, str],
    now: datetime,
) -> dict[str, str | None]:
    by_key = {one.key: one for one in members.values()}
    missing = set(originals.values()) - by_key.keys()
    by_key |= {one.key: one for one in _members(connection, _BY_KEY, missing).values()}
    wrong: list[dict[str, Any]] = []
    for id_, original in originals.items():
        right = _compared(members[id_], by_key[original])
        if right != members[id_].marked:
            wrong.append(dict(zip("iors", (id_, *right), strict=True)))
    if wrong:
        states.keep(connection, [row["i"] for row in wrong], now)
        connection.execute(
            update(ArticleRow)
            .where(ArticleRow.id == bindparam("i"))
            .values(
                duplicate_of=bindparam("o"),
                duplicate_reason=bindparam("r"),
                similarity=bindparam("s"),
            ),
            sorted(wrong, key=lambda row: row["i"]),
        )
    return {
        members[id_].key: None if original == members[id_].key else original
        for id_, original in originals.items()
    }
