"""The figures of the report: counts by day and section, fields, corrections, links.

Days are publication days in WIB, taken from the keys. *chosen* is a condition on ``ArticleRow``
that chooses the articles, or empty for all.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import aliased

from kompas_crawler.archive import sql
from kompas_crawler.archive.changes import REPARSE
from kompas_crawler.archive.models import ArticleRow, LinkRow, RevisionRow
from kompas_crawler.archive.read.export import DAY
from kompas_crawler.archive.store import child_rows
from kompas_crawler.archive.store.records import Changed
from kompas_crawler.items import optional

_COLUMNS = [name for name in optional() if hasattr(ArticleRow, name) and name != "pages"]
BY_THE_SITE = RevisionRow.reason != REPARSE  # a page read differently by another version is not
Chosen: TypeAlias = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Totals; ``by_day`` counts articles by day and section."""

    articles: int
    words: int
    duplicates: int
    gone: int
    incomplete: int
    by_day: dict[date, dict[str, int]]
    coverage: dict[str, float]  # by field: the share of articles that have it


class Correction(NamedTuple):
    """A change of an article's text."""

    key: str
    url: str
    title: str
    former_title: str
    number: int
    replaced_at: datetime


class Linked(NamedTuple):
    """An article, and the number of chosen articles that link to it."""

    url: str
    title: str
    section: str | None
    links: int
    is_stored: bool


def totals(connection: Connection, chosen: Chosen) -> Totals:
    """Count the chosen articles, by day and section, and the fields they have."""
    by_day: dict[date, dict[str, int]] = {}
    of_days = select(DAY, ArticleRow.section, func.count()).where(*chosen)
    for text, section, count in connection.execute(of_days.group_by(ArticleRow.section, DAY)):
        by_day.setdefault(date.fromisoformat(text), {})[section or "none"] = count
    # Apart, because days and sections are counted by their index alone.
    counts: dict[str, Any] = {
        "articles": func.count(),
        "words": func.coalesce(func.sum(ArticleRow.word_count), 0),
        "duplicates": func.count(ArticleRow.duplicate_of),
        "gone": func.count().filter(ArticleRow.status == "gone"),
        "incomplete": func.count().filter(ArticleRow.is_complete.is_(False)),
    }
    have = [func.count(getattr(ArticleRow, name)) for name in _COLUMNS]
    row = connection.execute(select(*counts.values(), *have).where(*chosen)).one()
    found = dict(zip(counts, row, strict=False))
    with_field = dict(zip(_COLUMNS, row[len(counts) :], strict=True))
    with_field |= _with_child_rows(connection, chosen)
    shares = {name: n / (found["articles"] or 1) for name, n in with_field.items()}
    coverage = shares if found["articles"] else {}
    return Totals(**found, by_day=dict(sorted(by_day.items())), coverage=coverage)


def _with_child_rows(connection: Connection, chosen: Chosen) -> dict[str, int]:
    """Count the articles with people, tags, images and links, by the first of each."""
    of_table: dict[Any, list[Any]] = {}
    for name, (model, *only) in child_rows.FIELDS.items():
        number = func.count().filter(*only) if only else func.count()
        of_table.setdefault(model, []).append(number.label(name))
    found: dict[str, int] = {}
    for model, numbers in of_table.items():  # one scan a table
        query = select(*numbers).select_from(model).where(model.position == 0, *chosen)
        if chosen:
            query = query.join(ArticleRow, ArticleRow.id == model.article_id)
        found |= connection.execute(query).one()._asdict()
    return found


def corrections(connection: Connection, chosen: Chosen) -> dict[date, Counter[str]]:
    """Count changes by the day of the visit and kind."""
    row, day_of = RevisionRow, sql.day(connection, RevisionRow.replaced_at)
    by_day: dict[date, Counter[str]] = {}
    query = select(day_of, row.kind, func.count()).where(BY_THE_SITE).group_by(day_of, row.kind)
    if chosen:
        query = query.join(ArticleRow, ArticleRow.id == row.article_id).where(*chosen)
    for day, kind, number in connection.execute(query):
        by_day.setdefault(date.fromisoformat(day), Counter())[kind] = number
    return dict(sorted(by_day.items()))


def latest_corrections(connection: Connection, chosen: Chosen, limit: int) -> list[Correction]:
    """Return the latest changed texts."""
    row, former_title = RevisionRow, RevisionRow.record["title"].as_string()
    query = (
        select(ArticleRow.key, ArticleRow.url, ArticleRow.title, former_title)
        .add_columns(row.number, row.replaced_at)
        .join(ArticleRow, ArticleRow.id == row.article_id)
        .where(*chosen, BY_THE_SITE, row.kind == Changed.TEXT)
        .order_by(row.replaced_at.desc(), row.id.desc())
    )
    return [Correction(*one) for one in connection.execute(query.limit(limit))]


def most_linked(connection: Connection, chosen: Chosen, limit: int) -> list[Linked]:
    """Return the articles that most chosen articles link to, stored or not."""
    link, stored = LinkRow, aliased(ArticleRow)
    # The concatenation prevents a scan in the order of the target keys.
    key = link.target_key.concat("") if chosen else link.target_key
    links = func.count(func.distinct(link.article_id)).label("links")
    counted = select(key.label("key"), links).group_by(key).order_by(links.desc(), key).limit(limit)
    if chosen:
        counted = counted.where(link.article_id.in_(select(ArticleRow.id).where(*chosen)))
    top = counted.subquery().c

    def in_a_link(column: Any) -> Any:
        named = select(column).where(link.target_key == top.key, column.is_not(None))
        return named.limit(1).scalar_subquery()

    title = func.coalesce(func.nullif(stored.title, ""), in_a_link(link.title), top.key)
    rows = connection.execute(
        select(func.coalesce(stored.url, in_a_link(link.url)), title, stored.section)
        .add_columns(top.links, stored.id.is_not(None))
        .join(stored, stored.key == top.key, isouter=True)
        .order_by(top.links.desc(), top.key)
    )
    return [Linked(*row) for row in rows]
