"""What public web archives list and this archive holds, by month of publication."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import web_captures
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import keys_within, within


class Month(NamedTuple):
    """The articles of a month (``2022-01``): ``listed`` by public archives, ``stored`` here.

    ``not_held`` of those listed are not stored, ``alone`` of those stored are not listed.
    """

    month: str
    listed: int
    stored: int
    not_held: int
    alone: int


class Comparison(NamedTuple):
    """The months with a listed article, the articles not held, and pages of indexes not read."""

    months: list[Month]
    not_held: list[str]  # keys
    unread: int


def compare(connection: Connection, since: date | None, until: date | None) -> Comparison:
    """Compare the articles published from *since* to *until*, or all."""
    days = within(FrontierRow.day, since, until)
    named = select(FrontierRow.pager_of.label("key")).where(FrontierRow.kind == "capture", *days)
    listed = named.distinct().subquery()
    both = listed.join(ArticleRow, ArticleRow.key == listed.c.key, isouter=True)
    month = func.substr(listed.c.key, 1, 6)
    of_month = select(month, func.count(), func.count(ArticleRow.id)).select_from(both)
    counts = connection.execute(of_month.group_by(month)).all()
    of_article = func.substr(ArticleRow.key, 1, 6)
    held = select(of_article, func.count()).where(*keys_within(ArticleRow.key, since, until))
    stored: dict[str, int] = dict(connection.execute(held.group_by(of_article)).all())
    missing = select(listed.c.key).select_from(both).where(ArticleRow.id.is_(None))
    return Comparison(
        months=[
            Month(f"{m[:4]}-{m[4:]}", n, stored.get(m, 0), n - held, stored.get(m, 0) - held)
            for m, n, held in sorted(counts)
        ],
        not_held=list(connection.scalars(missing.order_by(listed.c.key))),
        unread=web_captures.unread(connection),
    )
