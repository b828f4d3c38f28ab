"""The full-text index of the articles, written with each article in its transaction.

On SQLite an FTS5 table that stores no text, on PostgreSQL a table of tsvectors. The number of a
row contains the UTC day of publication and the article's id, so that newer days come later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, column, select, table

from kompas_crawler.archive.analyzer import GAP, indexed
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.items import Article
from kompas_crawler.log.bar import shown

INDEX = table("article_words", column("rowid"), column("words"), column("article_words"))
IDS = 1 << 31  # more than any id of an article; the numbers of a day


class _Entry(NamedTuple):
    """What the index contains of an article."""

    id: int
    published_at: datetime
    title: str
    summary: str | None
    body: str

    @property
    def number(self) -> int:
        return int(self.published_at.timestamp()) // 86_400 * IDS + self.id


def replace(
    connection: Connection, former: Mapping[int, Article], current: Mapping[int, Article]
) -> None:
    """Replace the *former* articles, by row id, by the *current* ones in the index.

    *former* are equal to what was indexed, because FTS5 does not store it.
    """
    before, after = _entries(former), _entries(current)
    _write(connection, sorted(before - after), sorted(after - before))


def index_all(connection: Connection, *, after: int = 0) -> None:
    """Index all articles with row ids *after* this one, with a progress bar at a terminal."""
    row = ArticleRow
    query = select(row.id).where(row.id > after).order_by(row.published_at, row.id)
    fields = (row.id, row.published_at, row.title, row.summary, row.body)
    ids = connection.scalars(query).all()
    for part in chunks(shown(ids, "full-text index", len(ids))):
        rows = connection.execute(select(*fields).where(row.id.in_(part)))
        _write(connection, [], [_Entry(*found) for found in rows])


def _entries(articles: Mapping[int, Article]) -> set[_Entry]:
    return {
        _Entry(id_, one.published_at, one.title or "", one.summary, "\n\n".join(one.body))
        for id_, one in articles.items()
        if one.published_at
    }


def _write(connection: Connection, gone: Sequence[_Entry], new: Sequence[_Entry]) -> None:
    if connection.dialect.name == "sqlite":
        rows: list[tuple[int, str | None, str]]
        rows = [(entry.number, "delete", _text(entry)) for entry in gone]
        rows += [(entry.number, None, _text(entry)) for entry in new]
        # FTS5 begins another segment whenever a number is less than the one before.
        rows.sort(key=lambda row: (row[0], row[1] is None))
        into = "insert into article_words (rowid, article_words, words) values (?, ?, ?)"
        if rows:
            connection.exec_driver_sql(into, rows)
        return
    if gone:
        away = "delete from article_words where rowid = %s"
        connection.exec_driver_sql(away, [(entry.number,) for entry in gone])
    if new:
        into = "insert into article_words (rowid, words) values (%s, %s)"
        connection.exec_driver_sql(into, [(entry.number, _vector(entry)) for entry in new])


def _text(entry: _Entry) -> str:
    placed, more = indexed(entry.title, entry.summary, entry.body)
    return " ".join(placed + more)


def _vector(entry: _Entry) -> str:
    """Write a tsvector; ``to_tsvector`` would split texts in its own way."""
    placed, more = indexed(entry.title, entry.summary, entry.body)
    places: dict[str, str] = {}
    for place, word in enumerate(placed, 1):
        places[word] = f"{places[word]},{place}" if word in places else f"'{word}':{place}"
    places |= {word: f"'{word}'" for word in more}
    del places[GAP]
    return " ".join(places.values())
