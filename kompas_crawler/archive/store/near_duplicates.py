"""Near-duplicates: texts that share a band of their MinHashes, compared in full.

All functions work on a connection, inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, text

from kompas_crawler.archive.models import MinhashRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import duplicates, minhash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


# Boilerplate may stand in thousands of articles: of each band the first five are looked at.
SHARING = {
    "sqlite": text(
        "select own.value, near.value from json_each(:bands) as own, json_each(("
        "  select json_group_array(article_id) from ("
        "    select article_id from signatures where band = own.value"
        "    order by article_id limit 5))) as near"
    ),
    "postgresql": text(
        "select own.band, near.article_id"
        " from unnest(cast(:bands as bigint[])) as own (band) cross join lateral ("
        "  select article_id from signatures where band = own.band"
        "  order by article_id limit 5) as near"
    ),
}
_STORE = text(
    "insert into signatures (band, article_id)"
    " select * from unnest(cast(:bands as bigint[]), cast(:ids as int[])) on conflict do nothing"
)
_COMPARED = 16
"""So many of the articles that share bands with one are compared with it, the likeliest first."""


class Noted(NamedTuple):
    """An article whose text is new or has changed."""

    article_id: int
    key: str
    paragraphs: Sequence[str]
    is_new: bool = False  # and so belongs to nobody yet


def note(connection: Connection, noted: Sequence[Noted]) -> dict[str, str | None]:
    """Settle which article each of *noted*, just stored, is a duplicate of, if any.

    Returns, for every article that belongs or belonged to others, the key of its
    original, ``None`` for the original itself: among equal and near texts it is the
    smallest key, whatever came first.
    """
    if not noted:
        return {}
    former = duplicates.family(connection, [one.key for one in noted if not one.is_new])
    unsettled = former | {one.article_id: one.paragraphs for one in noted}
    holders: dict[int, list[int]] = {}
    for id_, paragraphs in unsettled.items():
        for band in minhash.bands(paragraphs):
            holders.setdefault(band, []).append(id_)
    near = _near(connection, holders)
    _store(connection, sorted((band, id_) for band, ids in holders.items() for id_ in ids))
    return duplicates.settle(connection, unsettled, near, former)


def _near(connection: Connection, holders: dict[int, list[int]]) -> dict[int, list[int]]:
    """By row, the articles that share most bands with it; *holders* names rows by band."""
    bands: Any = sorted(holders)
    if connection.dialect.name == "sqlite":
        bands = json.dumps(bands)
    sharing = {band: set(ids) for band, ids in holders.items() if len(ids) > 1}
    for band, other in connection.execute(SHARING[connection.dialect.name], {"bands": bands}):
        sharing.setdefault(band, set(holders[band])).add(other)
    shared: dict[int, Counter[int]] = {}
    for band, ids in sharing.items():
        for id_ in holders[band]:
            shared.setdefault(id_, Counter()).update(ids - {id_})
    return {
        id_: sorted(counts, key=lambda other: (-counts[other], other))[:_COMPARED]
        for id_, counts in shared.items()
        if counts
    }


def _store(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    if connection.dialect.name == "postgresql":
        bands, ids = [band for band, _ in pairs], [id_ for _, id_ in pairs]
        connection.execute(_STORE, {"bands": bands, "ids": ids})
    elif pairs:
        connection.exec_driver_sql("insert or ignore into signatures values (?, ?)", list(pairs))


def forget(connection: Connection, article_id: int, texts: Iterable[Sequence[str]]) -> None:
    """Remove the bands of an article: those of all *texts* that it ever had."""
    bands = {band for paragraphs in texts for band in minhash.bands(paragraphs)}
    for part in chunks(sorted(bands)):
        connection.execute(
            delete(MinhashRow).where(MinhashRow.band.in_(part), MinhashRow.article_id == article_id)
        )
