"""Find articles with common passages by their sketches, inside the caller's transaction."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select, text

from kompas_crawler.archive.models import ArticleRow, SketchRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import duplicates, similarities
from kompas_crawler.archive.store.sketch import sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


# The newest eight articles of a hash: boilerplate may occur in thousands.
SHARING = {
    "sqlite": text(
        "select own.value, near.value from json_each(:bands) as own, json_each(("
        "  select json_group_array(article_id) from ("
        "    select article_id from signatures where band = own.value"
        "    order by article_id desc limit 8))) as near"
        " where exists (select 1 from signatures where band = own.value)"  # faster: few are
    ),
    "postgresql": text(
        "select own.band, near.article_id"
        " from unnest(cast(:bands as int[])) as own (band) cross join lateral ("
        "  select article_id from signatures where band = own.band"
        "  order by article_id desc limit 8) as near"
    ),
}
_STORE = text(
    "insert into signatures (band, article_id)"
    " select * from unnest(cast(:bands as int[]), cast(:ids as int[])) on conflict do nothing"
)
_COMPARED = 24
"""Maximum of articles that one is compared with, those with most common hashes first."""
_LONG = 18
"""A text looked up by more hashes is compared only with those that share two of them."""
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
    bands: Any = sorted(first)
    if connection.dialect.name == "sqlite":
        bands = json.dumps(bands)
    sharing = {value: set(ids) for value, ids in several.items()}
    for value, other in connection.execute(SHARING[connection.dialect.name], {"bands": bands}):
        sharing.setdefault(value, {first[value]}).add(other)
    shared: dict[int, Counter[int]] = {}
    for value, ids in sharing.items():
        for id_ in several.get(value, (first[value],)):
            shared.setdefault(id_, Counter()).update(ids - {id_})
    near = {}
    for id_, counts in shared.items():
        least = 2 if len(asked[id_]) > _LONG else 1
        found = sorted((-count, other) for other, count in counts.items() if count >= least)
        if found:
            near[id_] = [other for _, other in found[:_COMPARED]]
    return near


def _store(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    if connection.dialect.name == "postgresql":
        bands, ids = [band for band, _ in pairs], [id_ for _, id_ in pairs]
        connection.execute(_STORE, {"bands": bands, "ids": ids})
    elif pairs:
        connection.exec_driver_sql("insert or ignore into signatures values (?, ?)", list(pairs))


def rebuild(connection: Connection, now: datetime) -> Iterator[int]:
    """Note all stored articles, for a migration; yield how many are done after each batch."""
    done = last = 0
    query = select(ArticleRow.id, ArticleRow.key, ArticleRow.body).order_by(ArticleRow.id)
    while rows := connection.execute(query.where(ArticleRow.id > last).limit(_BATCH)).all():
        noted = [Noted(row.id, row.key, row.body.split("\n\n"), is_new=True) for row in rows]
        note(connection, noted, now)
        done, last = done + len(rows), rows[-1].id
        yield done


def forget(connection: Connection, article_id: int, texts: Iterable[Sequence[str]]) -> None:
    """Delete the hashes of an article: those of its current and previous *texts*."""
    bands = {band for paragraphs in texts for band in sketch(paragraphs).stored}
    for part in chunks(sorted(bands)):
        connection.execute(
            delete(SketchRow).where(SketchRow.band.in_(part), SketchRow.article_id == article_id)
        )
