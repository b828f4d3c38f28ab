"""Find articles with common passages by their sketches, inside the caller's transaction."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, pairwise, permutations
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, text

from kompas_crawler.archive.models import ArticleRow, SketchRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import duplicates, similarities
from kompas_crawler.archive.store.sketch import sketch
from kompas_crawler.log.bar import shown

# The newest articles of a hash. Boilerplate is in thousands: of its hashes half are empty.
SHARING = {
    "sqlite": text(
        "select own.value as band, case when own.value % 2 and exists ("
        "  select 1 from signatures where band = own.value limit 1 offset :most - 1) then '' else"
        "  (select group_concat(article_id) from ("
        "    select article_id from signatures where band = own.value"
        "    order by article_id desc limit :most)) end as ids"
        " from json_each(:bands) as own"
        " where exists (select 1 from signatures where band = own.value)"
    ),
    "postgresql": text(
        "select band, case when band % 2 = 1 and cardinality(ids) = :most then ''"
        "  else array_to_string(ids, ',') end as ids"
        " from (select own.band, array("
        "  select article_id from signatures where band = own.band"
        "  order by article_id desc limit :most) as ids"
        " from unnest(cast(:bands as int[])) as own (band)) as found where cardinality(ids) > 0"
    ),
}
_STORE = text(
    "insert into signatures (band, article_id)"
    " select * from unnest(cast(:bands as int[]), cast(:ids as int[])) on conflict do nothing"
)
_COMPARED, _WEAK = 24, 3
"""Maximum of articles that one is compared with, and of those with only two hashes in common."""
_RARE, _COMMON, _LONG = 2, 1, 18
"""Weights of a rare hash, and of boilerplate, which counts for the newest alone.

A text with more hashes than ``_LONG`` needs two rare ones in common with another, or three.
"""
_FEWEST, _MOST, _SHARE = 3, 32, 400
"""Boilerplate has this many articles: one in ``_SHARE`` of the archive, within limits."""
_BATCH = 100


class Noted(NamedTuple):
    """An article with a new or changed text."""

    article_id: int
    key: str
    paragraphs: Sequence[str]
    is_new: bool = False  # and so in no family yet


def note(connection: Connection, noted: Sequence[Noted], now: datetime) -> dict[str, str | None]:
    """Find the originals of the articles *noted*, just stored; changes are kept as of *now*.

    Returns, for every article that is or was in a family, the key of its original, ``None`` for
    the original itself.
    """
    if not noted:
        return {}
    changed = [one for one in noted if not one.is_new]
    members = duplicates.family(connection, [one.key for one in changed])
    unsettled = members | {one.article_id: one.paragraphs for one in noted}
    sketches = {id_: sketch(paragraphs) for id_, paragraphs in unsettled.items()}
    near = _near(connection, {id_: found.asked for id_, found in sketches.items()})
    _store(connection, sorted({(n, id_) for id_, found in sketches.items() for n in found.stored}))
    originals, alike = duplicates.settle(connection, unsettled, near, members, now)
    similarities.replace(connection, [one.article_id for one in changed], alike)
    return originals


def _near(connection: Connection, asked: dict[int, list[int]]) -> dict[int, list[int]]:
    """Return, by row id, the articles that share most hashes; *asked* are those of a row id."""
    first: dict[int, int] = {}
    several: dict[int, set[int]] = {}
    for id_, hashes in asked.items():
        for value in hashes:
            if (holder := first.setdefault(value, id_)) != id_:
                several.setdefault(value, {holder}).add(id_)
    bands, dialect = sorted(first), connection.dialect.name
    most = min(max(max(asked) // _SHARE, _FEWEST), _MOST)
    values = {"bands": json.dumps(bands) if dialect == "sqlite" else bands, "most": most}
    rows = connection.execute(SHARING[dialect], values).all()
    held: dict[int, list[str]] = {id_: [] for id_ in asked}
    for band, ids in sorted(rows, key=lambda row: (len(row.ids), row.band)):  # the rarest first
        if not ids:
            several.pop(band, None)
            continue
        holders = ids.split(",")
        if band in several:
            several[band].update(map(int, holders))
        else:
            held[first[band]] += holders * _RARE if len(holders) < most else holders[:1] * _COMMON
    shared = {id_: Counter(found) for id_, found in held.items()}
    for band, together in several.items():
        if len(together) < 4:
            steps: Iterable[tuple[int, int]] = permutations(together, 2)
            weight = _RARE
        else:
            steps, weight = pairwise(sorted(together)), _COMMON * (1 - band % 2)
        for other, id_ in steps:
            if id_ in shared:
                shared[id_][str(other)] += weight
    near: dict[int, list[int]] = {}
    for id_, counts in shared.items():
        counts.pop(str(id_), None)
        least = 2 * _RARE if len(asked[id_]) > _LONG else _RARE
        best = [(int(one), n) for one, n in counts.most_common(_COMPARED) if n >= least]
        if best:
            near[id_] = [one for at, (one, n) in enumerate(best) if at < _WEAK or n > 2 * _RARE]
    beside = similarities.of(connection, chain.from_iterable(near.values()))
    for id_ in sorted(near):  # rows of articles noted together are not stored yet: the older first
        found = dict.fromkeys(near[id_])
        for other in near[id_]:
            is_close = shared[id_][str(other)] >= 4 * _RARE
            found |= dict.fromkeys(beside.get(other) or (near.get(other, []) if is_close else []))
        near[id_] = [one for one in found if one != id_][:_COMPARED]
    return near


def _store(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    if connection.dialect.name == "postgresql":
        bands, ids = [band for band, _ in pairs], [id_ for _, id_ in pairs]
        connection.execute(_STORE, {"bands": bands, "ids": ids})
    elif pairs:
        connection.exec_driver_sql("insert or ignore into signatures values (?, ?)", list(pairs))


def note_all(connection: Connection, now: datetime) -> None:
    """Note all stored articles, with a progress bar at a terminal."""
    row = ArticleRow
    ids = connection.scalars(select(row.id).order_by(row.id)).all()
    for part in chunks(shown(ids, "similar texts", len(ids)), _BATCH):
        rows = connection.execute(select(row.id, row.key, row.body).where(row.id.in_(part)))
        noted = [Noted(id_, key, body.split("\n\n"), is_new=True) for id_, key, body in rows]
        note(connection, noted, now)


def forget(connection: Connection, article_id: int, texts: Iterable[Sequence[str]]) -> None:
    """Delete the hashes of an article: those of its current and previous *texts*."""
    bands = {band for paragraphs in texts for band in sketch(paragraphs).stored}
    for part in chunks(sorted(bands)):
        is_of = (SketchRow.band.in_(part), SketchRow.article_id == article_id)
        connection.execute(delete(SketchRow).where(*is_of))
