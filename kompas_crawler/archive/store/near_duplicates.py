"""Find near-duplicates by MinHash bands, inside the caller's transaction."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, text

from kompas_crawler.archive.models import MinhashRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import duplicates, minhash

# At most five articles per band: boilerplate may occur in thousands of articles.
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
"""Maximum of articles that one is compared with, those with most common bands first."""


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
    members = duplicates.family(connection, [one.key for one in noted if not one.is_new])
    unsettled = members | {one.article_id: one.paragraphs for one in noted}
    holders: dict[int, list[int]] = {}
    for id_, paragraphs in unsettled.items():
        for band in minhash.bands(paragraphs):
            holders.setdefault(band, []).append(id_)
    near = _near(connection, holders)
    _store(connection, sorted((band, id_) for band, ids in holders.items() for id_ in ids))
    return duplicates.settle(connection, unsettled, near, members, now)


def _near(connection: Connection, holders: dict[int, list[int]]) -> dict[int, list[int]]:
    """Return, by row id, the articles that share most bands; *holders* maps bands to row ids."""
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
    """Delete the bands of an article: those of its current and previous *texts*."""
    bands = {band for paragraphs in texts for band in minhash.bands(paragraphs)}
    for part in chunks(sorted(bands)):
        connection.execute(
            delete(MinhashRow).where(MinhashRow.band.in_(part), MinhashRow.article_id == article_id)
        )
