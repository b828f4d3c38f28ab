"""The figures of the report, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import insert

from kompas_crawler.archive.changes import REPARSE
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.read import report
from tests.archive.build import article, key
from tests.commands.calling import fill, opened

EVENING = datetime(2026, 6, 29, 16, 59, 59, 900_000, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 29, 17, 0, tzinfo=UTC)
CHANGES = [
    (EVENING, "text", "news"),
    (MIDNIGHT, "text", "news"),
    (MIDNIGHT, "details", "news"),
    (MIDNIGHT, "text", REPARSE),
]
BY_DAY = {date(2026, 6, 29): {"text": 1}, date(2026, 6, 30): {"text": 1, "details": 1}}


def test_changes_are_counted_by_the_day_in_jakarta_and_fields_once_an_article(
    database_url: str,
) -> None:
    fill(database_url, article(1, authors=("Sari", "Dewi")), article(2, editors=()))
    alike = {"article_id": 1, "record": {}, "content_hash": "a", "details_hash": "b"}
    with opened(database_url) as engine, engine.begin() as connection:
        for number, (at, kind, reason) in enumerate(CHANGES, 1):
            change = {"number": number, "kind": kind, "reason": reason}
            times = {"fetched_at": at, "replaced_at": at}
            connection.execute(insert(RevisionRow), alike | change | times)
        for chosen, is_changed, editors in (
            ((), True, 0.5),
            ((ArticleRow.key == key(1),), True, 1.0),
            ((ArticleRow.key == key(2),), False, 0.0),
        ):
            by_day = report.corrections(connection, chosen)
            latest = report.latest_corrections(connection, chosen, 5)
            assert by_day == (BY_DAY if is_changed else {})
            assert [one.number for one in latest] == ([2, 1] if is_changed else [])
            covered = report.totals(connection, chosen).coverage
            assert (covered["authors"], covered["editors"]) == (1.0, editors)


def test_articles_are_counted_by_day_and_section(database_url: str) -> None:
    fill(database_url, article(1), article(2, section=None), article(3))
    with opened(database_url) as engine, engine.begin() as connection:
        by_day = report.totals(connection, ()).by_day
        chosen = report.totals(connection, (ArticleRow.key == key(2),)).by_day
    assert by_day == {date(2024, 1, 15): {"Money": 2, "none": 1}}
    assert chosen == {date(2024, 1, 15): {"none": 1}}
