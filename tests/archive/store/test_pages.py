"""One transaction a page: what a visit changes, together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import StatementError

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import Outcome, PageChange, PageResult
from kompas_crawler.archive.crawl_models import FrontierRow, IndexDayRow
from kompas_crawler.archive.frontier import admit as frontier
from kompas_crawler.archive.frontier import take
from kompas_crawler.archive.models import AliasRow, ArticleRow, LinkRow, RevisionRow
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.frontier import Candidate, IndexPage, State
from kompas_crawler.items import Related
from tests.archive.build import (
    NOW,
    article,
    candidate,
    depths,
    key,
    row,
    states,
    stored,
    taken,
    url,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine


class _Clock:
    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def apply(engine: Engine, *changes: PageChange, store: PageStore | None = None) -> list[PageResult]:
    with engine.begin() as connection:
        return (store or PageStore(_Clock(), max_depth=2)).apply(connection, changes)  # type: ignore[arg-type]


def held(engine: Engine, number: int = 1) -> Any:
    with engine.begin() as connection:
        return stored_articles.by_key(connection, key(number))


def admit(engine: Engine, *candidates: Candidate) -> None:
    with engine.begin() as connection:
        frontier.admit(connection, candidates, NOW)


def test_a_stored_article_reads_back_as_it_went_in(engine: Engine) -> None:
    admit(engine, candidate(1))
    (result,) = apply(engine, stored(article(1, 2, 3), row(1)))
    assert (result.outcome, result.revision) == (Outcome.NEW, 1)
    found = held(engine)
    expected = replace(article(1, 2, 3), revision=1, first_seen_at=NOW)
    assert replace(found, outcome=None) == replace(
        expected, published_at=found.published_at, pages_read=found.pages_read
    )
    assert found.published_at == expected.published_at


def test_a_link_with_a_long_address_is_stored(engine: Engine) -> None:
    long = f"https://a.example/{'x' * 1900}"
    apply(engine, stored(article(1, related=(Related(url=long, title="Lain"),)), row(1)))
    assert [link.url for link in held(engine).related] == [long]


def test_its_links_and_its_own_end_commit_with_it(engine: Engine) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1, 2), row(1)))
    with engine.begin() as connection:
        assert states(connection) == {key(1): "done", key(2): "pending"}
        assert depths(connection)[key(2)] == 1


def test_two_addresses_of_one_article_in_one_moment_are_one_new_article(engine: Engine) -> None:
    alias = "24A15000001126"
    other = replace(row(1), key=alias, url=f"https://money.kompas.com/read/{alias}")
    admit(engine, candidate(1), replace(candidate(1), key=alias, url=other.url))
    results = apply(engine, stored(article(1), other), stored(article(1), row(1)))
    assert [result.outcome for result in results] == [Outcome.NEW, Outcome.UNCHANGED]
    with engine.begin() as connection:
        assert states(connection) == {alias: "skipped", key(1): "done"}


def test_links_past_the_depth_are_edges_only(engine: Engine) -> None:
    admit(engine, candidate(1, depth=2))
    apply(engine, stored(article(1, 2), row(1, depth=2)))
    with engine.begin() as connection:
        assert states(connection) == {key(1): "done"}
        assert connection.scalars(select(LinkRow.target_key)).all() == [key(2)]


def test_when_the_depth_of_a_stored_article_falls_its_links_follow(engine: Engine) -> None:
    store = PageStore(_Clock(), max_depth=2)  # type: ignore[arg-type]
    admit(engine, candidate(1, depth=2), candidate(9))
    apply(engine, stored(article(1, 2), row(1, depth=2)), store=store)
    apply(engine, stored(article(9, 1), row(9)), store=store)
    with engine.begin() as connection:
        assert depths(connection) == {key(1): 1, key(2): 2, key(9): 0}


def test_the_same_article_again_is_unchanged_and_stored_once(engine: Engine) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1), row(1)))
    (result,) = apply(engine, stored(article(1), row(1)))
    assert result.outcome is Outcome.UNCHANGED
    with engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(ArticleRow)) == 1
        assert connection.scalar(select(func.count()).select_from(RevisionRow)) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Judul baru"},
        {"summary": "Lain"},
        {"body": ("Lain sekali ini.",)},
        {"tags": ("A",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_keeps_the_former_text_as_a_revision(
    engine: Engine, change: dict[str, Any]
) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1, 2), row(1)))
    (result,) = apply(engine, stored(article(1, 2, **change), row(1)))
    assert (result.outcome, result.revision) == (Outcome.UPDATED, 2)
    with engine.begin() as connection:
        former = connection.execute(select(*RevisionRow.__table__.c)).one()
    record = former.record
    assert (former.number, former.kind, record["title"]) == (1, "text", "Judul 1")
    assert record["tags"] == ["Banjir", "Gempa"]
    assert record["body"] == "Paragraf satu dari 1.\n\nParagraf dua."
    found = held(engine)
    assert getattr(found, next(iter(change))) == next(iter(change.values()))
    assert found.revision == 2


@pytest.mark.parametrize(
    ("again", "is_kept"),
    [
        ({"is_complete": False, "word_count": 5}, True),
        ({"is_complete": None, "word_count": 2}, True),
        ({"is_complete": None, "word_count": 5}, False),
        ({"is_complete": True, "word_count": 2}, False),
        ({"is_complete": True, "word_count": 2, "pages": 2}, True),
        ({"is_complete": True, "word_count": 2, "pages": 2, "declared_words": 2}, False),
    ],
)
def test_a_shorter_broken_page_never_replaces_a_whole_one(
    engine: Engine, again: dict[str, Any], is_kept: bool
) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1), row(1)))
    (result,) = apply(engine, stored(article(1, body=("Pendek.",), **again), row(1)))
    assert result.kept_whole is is_kept
    assert (held(engine).body == ("Pendek.",)) is not is_kept


@pytest.mark.parametrize("first", [1, 2])
def test_among_equal_texts_the_smallest_key_is_the_original(engine: Engine, first: int) -> None:
    second = 3 - first
    text = ("Teks yang sama di dua alamat.",)
    admit(engine, candidate(1), candidate(2))
    apply(engine, stored(article(first, body=text), row(first)))
    apply(engine, stored(article(second, body=text), row(second)))
    assert held(engine, 1).duplicate_of is None
    assert held(engine, 2).duplicate_of == key(1)


def test_an_original_that_changes_frees_its_copy(engine: Engine) -> None:
    text = ("Teks yang sama di dua alamat.",)
    admit(engine, candidate(1), candidate(2))
    apply(engine, stored(article(1, body=text), row(1)), stored(article(2, body=text), row(2)))
    apply(engine, stored(article(1, body=("Teks yang baru.",)), row(1)))
    assert held(engine, 2).duplicate_of is None


def test_another_address_of_an_article_is_an_alias_of_it(engine: Engine) -> None:
    alias = "24A15000001126"
    other = replace(row(1), key=alias, url=f"https://money.kompas.com/read/{alias}")
    admit(engine, replace(candidate(1), key=alias, url=other.url))
    apply(engine, stored(article(1), other))
    with engine.begin() as connection:
        assert states(connection) == {alias: "skipped", key(1): "done"}
        assert connection.execute(select(AliasRow.url, AliasRow.article_key)).all() == [
            (other.url, key(1))
        ]
        assert taken(connection) == []


def test_a_moved_article_keeps_its_former_address_as_an_alias(engine: Engine) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1), row(1)))
    apply(engine, stored(article(1, url=url(1).replace("money", "tekno")), row(1)))
    with engine.begin() as connection:
        assert connection.scalars(select(AliasRow.url)).all() == [url(1)]
    assert held(engine).url.startswith("https://tekno.")


def test_gone_keeps_the_text(engine: Engine) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1), row(1)))
    apply(engine, PageChange(row=row(1), state=State.GONE, http_status=404))
    assert held(engine).status == "gone"
    assert held(engine).body == article(1).body


def listing(number: int = 1, empty_pages: int = 0) -> Any:
    address = f"https://money.kompas.com/?page={number}"
    return replace(row(1), key=address, kind="listing", url=address, empty_pages=empty_pages)


def pager(number: int) -> Candidate:
    address = f"https://money.kompas.com/?page={number}"
    return Candidate(key=address, kind="listing", url=address, scope="kompas", requeue=True)


def test_a_listing_s_links_its_next_page_and_its_end_commit_together(engine: Engine) -> None:
    admit(engine, pager(1))
    change = PageChange(
        row=listing(), state=State.DONE, candidates=(candidate(1),), next_page=pager(2)
    )
    (result,) = apply(engine, change)
    assert (result.new_rows, result.known_rows) == (1, 0)
    with engine.begin() as connection:
        assert states(connection) == {
            listing().key: "done",
            key(1): "pending",
            pager(2).key: "pending",
        }


@pytest.mark.parametrize(("empty_pages", "goes_on"), [(0, True), (1, False)])
def test_a_pager_ends_after_two_pages_that_hold_nothing_new(
    engine: Engine, empty_pages: int, goes_on: bool
) -> None:
    admit(engine, candidate(1))
    change = PageChange(
        row=listing(2, empty_pages),
        state=State.DONE,
        candidates=(candidate(1),),
        next_page=pager(3),
    )
    apply(engine, change)
    with engine.begin() as connection:
        assert (pager(3).key in states(connection)) is goes_on


def test_a_change_that_fails_leaves_nothing_of_its_group(engine: Engine) -> None:
    admit(engine, candidate(1))
    with pytest.raises(StatementError, match="naive"):
        apply(
            engine,
            stored(article(1, 2), row(1)),
            stored(article(3, published_at=datetime(2024, 1, 1)), row(3)),  # noqa: DTZ001
        )
    assert held(engine) is None
    with engine.begin() as connection:
        assert states(connection) == {key(1): "pending"}


def test_a_done_row_whose_article_was_lost_is_pending_again(engine: Engine) -> None:
    admit(engine, candidate(1))
    apply(engine, stored(article(1), row(1)))
    with engine.begin() as connection:
        assert take.lost_articles(connection) == 0
        connection.execute(delete(ArticleRow))
        assert take.lost_articles(connection) == 1
        assert states(connection) == {key(1): "pending"}


def test_revisits_end_after_two_that_found_nothing_changed(engine: Engine) -> None:
    clock = _Clock()
    hours = [timedelta(hours=h) for h in (24 * 6, 24 * 7, 24 * 8, 24 * 9)]
    store = PageStore(clock, revisit=hours, max_depth=2)  # type: ignore[arg-type]
    admit(engine, candidate(1))
    due = []
    for day in range(4):
        clock.moment = NOW + timedelta(days=day)
        apply(engine, stored(article(1), row(1)), store=store)
        with engine.begin() as connection:
            due.append(connection.scalar(select(FrontierRow.next_at)))
    assert [moment is not None for moment in due] == [True, True, False, False]


def test_an_index_day_is_complete_when_read_to_its_end_and_all_is_settled(engine: Engine) -> None:
    from kompas_crawler.archive.frontier import index_days

    day = article(1).key.day
    admit(engine, pager(1))
    change = PageChange(
        row=listing(),
        state=State.DONE,
        candidates=(candidate(1),),
        index_page=IndexPage(site="all", day=day, page=1, keys=(key(1),), named=1, first=pager(1)),
    )
    apply(engine, change)

    def complete() -> bool | None:
        with engine.begin() as connection:
            index_days.complete_days(connection)
            return connection.scalar(select(IndexDayRow.complete))

    assert complete() is False
    apply(engine, stored(article(1), row(1)))
    assert complete() is True
