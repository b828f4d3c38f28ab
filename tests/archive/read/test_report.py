"""The figures of the report, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert

from kompas_crawler.archive.changes import REPARSE
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import ArticleRow, CreditRow, PersonRow, RevisionRow
from kompas_crawler.archive.read import report

EVENING = datetime(2026, 6, 29, 16, 59, 59, 900_000, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 29, 17, 0, tzinfo=UTC)
CHANGES = [
    (EVENING, "text", "news"),
    (MIDNIGHT, "text", "news"),
    (MIDNIGHT, "details", "news"),
    (MIDNIGHT, "text", REPARSE),
]
BY_DAY = {date(2026, 6, 29): {"text": 1}, date(2026, 6, 30): {"text": 1, "details": 1}}


def _article(number: int) -> dict[str, object]:
    blank = {column.name: None for column in ArticleRow.__table__.columns}
    url = f"https://www.kompas.com/read/2026/06/29/{number:09}/"
    known = {"id": number, "key": f"20260629-{number:09}", "url": url, "section": "money"}
    known |= {"title": "Judul", "body": "Isi.", "word_count": 1, "status": "live", "revision": 2}
    times = dict.fromkeys(("published_at", "first_seen_at", "fetched_at", "stored_at"), EVENING)
    hashes = {"content_hash": "a", "text_hash": "b", "extractor_version": "1", "found_in": {}}
    return blank | known | times | hashes


def test_changes_are_counted_by_the_day_in_jakarta_and_fields_once_an_article(
    database_url: str,
) -> None:
    engine = open_engine(read_url(database_url, Path.cwd()))
    with engine.begin() as connection:
        connection.execute(insert(ArticleRow), [_article(1), _article(2)])
        connection.execute(insert(PersonRow), [{"id": n, "name": f"Orang {n}"} for n in (1, 2)])
        names = [(1, "author", 0), (1, "author", 1), (1, "editor", 0), (2, "author", 0)]
        for person, (article, role, position) in enumerate(names):
            row = {"article_id": article, "role": role, "position": position}
            connection.execute(insert(CreditRow), row | {"person_id": person % 2 + 1})
        for number, (at, kind, reason) in enumerate(CHANGES, 1):
            connection.execute(
                insert(RevisionRow),
                {"article_id": 1, "number": number, "kind": kind, "reason": reason, "record": {}}
                | {"fetched_at": at, "replaced_at": at, "content_hash": "a", "details_hash": "b"},
            )
        for chosen, is_changed, editors in (
            ((), True, 0.5),
            ((ArticleRow.id == 1,), True, 1.0),
            ((ArticleRow.id == 2,), False, 0.0),
        ):
            by_day, latest = report.corrections(connection, chosen, 5)
            assert by_day == (BY_DAY if is_changed else {})
            assert [one.number for one in latest] == ([2, 1] if is_changed else [])
            covered = report.totals(connection, chosen).coverage
            assert (covered["authors"], covered["editors"]) == (1.0, editors)
    engine.dispose()
