"""Whole former records: every change of a page is kept, and the archive as it stood."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Text, cast, select, update

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE, Outcome, PageResult
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.read import as_of
from kompas_crawler.archive.store import articles, captures, forget, records, states
from kompas_crawler.archive.store.reparse import RereadStore
from kompas_crawler.archive.store.revisions import add_revision
from kompas_crawler.items import Capture, Image, Related, StoredArticle, Visit
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, key, row, stored, url

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

DAY = timedelta(days=1)
PHOTO = Image(url="https://asset.kompas.com/a/photo.jpg?x=1", caption="Banjir", credit="ANTARA")
FULL: dict[str, Any] = {
    "subsection": "Regional",
    "content_type": "Standard",
    "dateline": "DEMAK",
    "source": "Antara",
    "topic": "Banjir Demak",
    "updated_at": datetime(2024, 1, 15, 10, 0, tzinfo=WIB),
    "declared_words": 7,
    "pages": 1,
    "images": (PHOTO,),
    "positions": {"Sari Dewi": "Kontributor Demak"},
}
OTHER: dict[str, Any] = {
    "url": url(1).replace("money", "nasional"),
    "section": "News",
    "subsection": None,
    "content_type": "Kolom",
    "dateline": None,
    "authors": ("Rini",),
    "editors": (),
    "positions": {},
    "source": "Reuters",
    "topic": None,
    "published_at": datetime(2024, 1, 15, 9, 1, tzinfo=WIB),
    "updated_at": None,
    "images": (replace(PHOTO, caption="Air"),),
    "related": (Related(url=url(3), title="Judul 3"),),
    "declared_words": 8,
    "pages": 2,
    "is_complete": None,
}


def full(number: int = 1, **changes: Any) -> StoredArticle:
    return article(number, 2, **(FULL | changes))


def save(connection: Connection, *made: StoredArticle, at: datetime = NOW) -> list[PageResult]:
    fetched = [replace(one, fetched_at=at) for one in made]
    return list(articles.save(connection, fetched, run_id=None, now=at).values())


def revisions(connection: Connection) -> list[tuple[int, str, str]]:
    row_ = RevisionRow
    query = select(row_.number, row_.kind, row_.reason).order_by(row_.id)
    return [(number, kind, reason) for number, kind, reason in connection.execute(query)]


def current(connection: Connection, number: int = 1) -> StoredArticle:
    found = stored_articles.by_key(connection, key(number))
    assert found is not None
    return found


@pytest.mark.parametrize("name", OTHER)
def test_a_change_of_any_other_field_is_kept_and_leaves_the_former_record(
    engine: Engine, name: str
) -> None:
    with engine.begin() as connection:
        save(connection, full())
        before = current(connection)
        (result,) = save(connection, full(**{name: OTHER[name]}), at=NOW + DAY)
        assert (result.outcome, result.revision) == (Outcome.UPDATED, 1)
        assert result.is_of_details
        assert getattr(current(connection), name) == OTHER[name]
        assert revisions(connection) == [(1, "details", "news")]
        record = connection.scalar(select(RevisionRow.record))
        assert record is not None
        now = replace(current(connection), fetched_at=before.fetched_at)
        assert records.decode(record, now) == before


def test_control_the_same_record_is_no_change(engine: Engine) -> None:
    moved = replace(PHOTO, url="https://asset2.kompas.com/b/photo.jpg")
    retold = (Related(url=url(2), title="Judul lain"),)
    with engine.begin() as connection:
        save(connection, full())
        for made in (full(), full(images=(moved,)), full(related=retold), full(section=None)):
            (result,) = save(connection, made, at=NOW + DAY)
            assert result.outcome is Outcome.UNCHANGED
        assert revisions(connection) == []
        assert current(connection) == replace(
            full(), revision=1, first_seen_at=NOW, fetched_at=NOW + DAY
        )


def test_details_and_texts_are_counted_apart(engine: Engine) -> None:
    with engine.begin() as connection:
        steps: list[dict[str, Any]] = [{}, {"authors": ("Rini",)}, {"title": "Baru"}]
        for days, changes in enumerate([*steps, {"title": "Baru", "topic": "Air"}]):
            (result,) = save(connection, full(**changes), at=NOW + days * DAY)
        assert result.revision == 2
        assert revisions(connection) == [
            (1, "details", "news"),
            (1, "text", "news"),
            (2, "details", "news"),
        ]


def test_a_record_of_an_older_version_is_compared_by_its_fields(engine: Engine) -> None:
    with engine.begin() as connection:
        save(connection, full())
        connection.execute(update(ArticleRow).values(details_hash=None))
        (same,) = save(connection, full(), at=NOW + DAY)
        (other,) = save(connection, full(topic="Air"), at=NOW + 2 * DAY)
    assert [same.outcome, other.outcome] == [Outcome.UNCHANGED, Outcome.UPDATED]


@pytest.mark.parametrize(
    ("digest", "reason"), [("sha1:A", REPARSE), ("sha1:B", "news"), (None, REPARSE)]
)
def test_newer_code_over_the_same_bytes_is_no_change_of_the_page(
    engine: Engine, digest: str | None, reason: str
) -> None:
    def captured(made: StoredArticle, digest: str | None) -> StoredArticle:
        if digest is None:
            return made
        capture = Capture(file="a.warc.gz", offset=0, digest=digest, at=NOW, written_at=NOW)
        return replace(made, visit=Visit(row=row(1), capture=capture))

    with engine.begin() as connection:
        save(connection, captured(full(), "sha1:A"))
        newer = full(topic="Air", extractor_version="2")
        save(connection, captured(newer, digest), at=NOW + DAY)
        assert revisions(connection) == [(1, "details", reason)]


def test_an_article_that_is_back_is_live_whatever_read_it(engine: Engine) -> None:
    with engine.begin() as connection:
        save(connection, full())
        states.mark_gone(connection, [key(1)], NOW + DAY)
        save(connection, full(topic="Air", extractor_version="2"), at=NOW + 2 * DAY)
        assert revisions(connection) == [(1, "details", REPARSE)]
        assert current(connection).status == "live"


def _history(connection: Connection) -> dict[datetime, dict[str, StoredArticle]]:
    """Play a week of changes; return what was stored after each."""
    steps: list[Callable[[datetime], object]] = [
        lambda at: save(connection, full(), at=at),
        lambda at: save(connection, full(authors=("Rini",)), at=at),
        lambda at: save(connection, full(5, body=("Isi yang lain sama sekali.",)), at=at),
        lambda at: save(connection, full(authors=("Rini",), title="Baru"), at=at),
        lambda at: states.mark_gone(connection, [key(5)], at),
        lambda at: save(connection, full(7, body=full(1).body), at=at),
        lambda at: save(connection, full(5, body=("Isi yang lain sama sekali.",)), at=at),
        lambda at: save(connection, full(authors=("Rini",), body=("Teks", "baru.")), at=at),
    ]
    found = {}
    for days, step in enumerate(steps):
        step(NOW + days * DAY)
        keys = [key(1), key(5), key(7)]
        found[NOW + days * DAY] = stored_articles.by_keys(connection, keys)
    return found


def _as_of(connection: Connection, at: datetime) -> dict[str, StoredArticle]:
    ids = connection.scalars(select(ArticleRow.id).where(as_of.was_there(at))).all()
    return {one.id: one for one in as_of.by_ids(connection, ids, at)}


def _but_fetched(found: dict[str, StoredArticle]) -> dict[str, StoredArticle]:
    return {key_: replace(one, fetched_at=NOW) for key_, one in found.items()}


def test_the_archive_as_it_stood(engine: Engine) -> None:
    with engine.begin() as connection:
        history = _history(connection)
        assert {one.status for day in history.values() for one in day.values()} == {"live", "gone"}
        assert {d.duplicate_of for day in history.values() for d in day.values()} == {None, key(1)}
        for at, was in history.items():
            for moment in (at, at + DAY / 2):
                assert _but_fetched(_as_of(connection, moment)) == _but_fetched(was)
        unchanged = set(connection.scalars(as_of.changed_since(max(history))))
        assert unchanged == set()


def test_an_older_page_found_later_does_not_change_what_stood(engine: Engine) -> None:
    with engine.begin() as connection:
        history = _history(connection)
        older = full(title="Paling lama", body=("Teks lama.",), fetched_at=NOW - DAY)

        class Later:
            def now(self) -> datetime:
                return NOW + 30 * DAY

        store = RereadStore(Later())  # type: ignore[arg-type]
        (result,) = store.apply(connection, [stored(older, row(1, scope="warc"))])
        assert result.reread == OLDER_PAGE
        assert [number for number, _, _ in revisions(connection)][:2] == [1, 2]
        for at, was in history.items():
            assert _but_fetched(_as_of(connection, at)) == _but_fetched(was)


def test_an_older_page_that_parts_two_equal_texts_leaves_their_number(engine: Engine) -> None:
    first = replace(full(), fetched_at=NOW)
    second = replace(full(section="News"), fetched_at=NOW + 2 * DAY)
    between = replace(full(body=("Teks lain.",)), fetched_at=NOW + DAY)
    with engine.begin() as connection:
        save(connection, first)
        save(connection, second, at=NOW + 2 * DAY)
        was = _as_of(connection, NOW + 2 * DAY)
        add_revision(connection, between, run_id=None, now=NOW + 3 * DAY)
        save(connection, full(body=("Baru.",)), at=NOW + 4 * DAY)
        assert [number for number, _, _ in revisions(connection)] == [1, 2, 3]
        assert _as_of(connection, NOW + 2 * DAY) == was
        assert [one.revision for one in _as_of(connection, NOW).values()] == [1]
        assert [one.revision for one in _as_of(connection, NOW + 3 * DAY).values()] == [3]


def test_an_older_page_removes_no_record_of_a_change(engine: Engine) -> None:
    first, second = full(), full(body=("Teks lain.",))
    with engine.begin() as connection:
        save(connection, first)
        save(connection, second, at=NOW + DAY)
        was = _as_of(connection, NOW), _as_of(connection, NOW + DAY)
        again, at = [replace(first, fetched_at=NOW + DAY)], NOW + 2 * DAY
        articles.save(connection, again, run_id=None, now=at, reason=REPARSE)
        oldest = replace(full(body=("Lama.",)), fetched_at=NOW - DAY)
        assert add_revision(connection, oldest, run_id=None, now=NOW + 3 * DAY) == 4
        assert (_as_of(connection, NOW), _as_of(connection, NOW + DAY)) == was


def test_control_without_states_a_copy_was_always_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "keep", lambda *_: None)
    with engine.begin() as connection:
        history = _history(connection)
        found = [_as_of(connection, at) != was for at, was in history.items()]
    assert any(found)


def test_a_former_record_forgets_the_title_of_a_forgotten_article(engine: Engine) -> None:
    with engine.begin() as connection:
        save(connection, full())
        save(connection, full(related=()), at=NOW + DAY)
        text = select(cast(RevisionRow.record, Text))
        assert "Judul 2" in (connection.scalar(text) or "")
        forget.redact(connection, {key(2)})
        left = connection.scalar(text) or ""
    assert "Judul 2" not in left
    assert "artikel-2" not in left
    assert key(2) in left


@pytest.mark.parametrize(
    "changes",
    [
        {"images": (replace(PHOTO, url="https://asset2.kompas.com/b/photo.jpg"),)},
        {"related": (Related(url=url(2), title="Judul lain"),)},
        {"body": ("Teks lain.",)},
    ],
)
def test_newer_code_over_a_former_or_the_current_page_leaves_what_stood(
    engine: Engine, changes: dict[str, Any]
) -> None:
    class Later:
        at = NOW + 9 * DAY

        def now(self) -> datetime:
            return self.at

    clock = Later()
    pages = [full(fetched_at=NOW), full(title="Baru", fetched_at=NOW + DAY)]
    with engine.begin() as connection:
        for made in pages:
            assert made.fetched_at
            save(connection, made, at=made.fetched_at)
        days = [NOW, NOW + DAY, NOW + 2 * DAY]
        was = [_but_fetched(_as_of(connection, at)) for at in days]
        for version in "232":
            for made in pages:
                read = changes | ({} if version == "2" else {"topic": "Air"})
                reread = full(title=made.title, fetched_at=made.fetched_at, **read)
                change = stored(replace(reread, extractor_version=version), row(1, scope="warc"))
                RereadStore(clock).apply(connection, [change])  # type: ignore[arg-type]
            assert [_but_fetched(_as_of(connection, at)) for at in days] == was
            days.append(clock.at)
            was.append(_but_fetched(_as_of(connection, clock.at)))
            clock.at += DAY
        ((name, value),) = changes.items()
        assert getattr(current(connection), name) == value


def test_another_reading_of_an_older_page_leaves_the_numbers_that_stood(engine: Engine) -> None:
    with engine.begin() as connection:
        save(connection, full())
        stood = []
        for days, body in ((1, ("Lama.",)), (2, full().body)):
            older = full(body=body, topic="Air", fetched_at=NOW - DAY)
            assert add_revision(connection, older, run_id=None, now=NOW + days * DAY) == 2
            stood.append(_as_of(connection, NOW + days * DAY))
        assert add_revision(connection, older, run_id=None, now=NOW + 3 * DAY) is None
        assert [_as_of(connection, NOW + days * DAY) for days in (1, 2)] == stood


def test_a_removal_that_a_file_tells_later_was_not_known_before(engine: Engine) -> None:
    with engine.begin() as connection:
        save(connection, full(), at=NOW + DAY)
        was = _as_of(connection, NOW + 3 * DAY)
        captures.gone(connection, url(1), 404, NOW + 2 * DAY, NOW + 4 * DAY)
        assert _as_of(connection, NOW + 3 * DAY) == was
        assert current(connection).status == "gone"
