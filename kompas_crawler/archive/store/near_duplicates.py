"""Find articles with common passages by their sketches, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from kompas_crawler.archive.models import ArticleRow, SketchRow
from kompas_crawler.archive.sql import chunks, insert_rows
from kompas_crawler.archive.store import duplicates, shared_passages, similarities
from kompas_crawler.archive.store.sketch import sketch
from kompas_crawler.log.bar import shown


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
    asked = {id_: found.asked for id_, found in sketches.items()}
    near = shared_passages.find(connection, asked, unsettled)
    rows = sorted({(n, id_) for id_, found in sketches.items() for n in found.stored})
    into = (SketchRow.__table__, ("band", "article_id"))
    insert_rows(connection, *into, rows, rest=" on conflict do nothing")
    originals, alike = duplicates.settle(connection, unsettled, near, members, now)
    similarities.replace(connection, [one.article_id for one in changed], alike)
    return originals


def note_all(connection: Connection, now: datetime) -> None:
    """Note all stored articles, with a progress bar at a terminal."""
    row = ArticleRow
    ids = connection.scalars(select(row.id).order_by(row.id)).all()
    for part in chunks(shown(ids, "similar texts", len(ids)), 100):
        rows = connection.execute(select(row.id, row.key, row.body).where(row.id.in_(part)))
        noted = [Noted(id_, key, body.split("\n\n"), is_new=True) for id_, key, body in rows]
        note(connection, noted, now)


def forget(connection: Connection, article_id: int, texts: Iterable[Sequence[str]]) -> None:
    """Delete the hashes of an article: those of its current and previous *texts*."""
    bands = {band for paragraphs in texts for band in sketch(paragraphs).stored}
    for part in chunks(sorted(bands)):
        is_of = (SketchRow.band.in_(part), SketchRow.article_id == article_id)
        connection.execute(delete(SketchRow).where(*is_of))
