"""The frontier: what is admitted, what is taken, in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, text, update

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import admit, settle, take
from kompas_crawler.archive.frontier.take import Work, owed
from kompas_crawler.frontier import GONE, Priority, State
from tests.archive.build import NOW, candidate, depths, key, row, states, taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine


def settle_row(
    connection: Connection, number: int, state: State, next_at: datetime | None = None
) -> None:
    change = PageChange(row=row(number), state=state)
    values = settle.settled_values(change, now=NOW, unchanged=0, next_at=next_at)
    settle.settle(connection, {change.row.key: values})


def test_a_link_becomes_one_pending_row_and_is_new_once(engine: Engine) -> None:
    with engine.begin() as connection:
        assert admit.admit(connection, [candidate(1), candidate(1)], NOW).new == {key(1)}
        assert admit.admit(connection, [candidate(1), candidate(2)], NOW).new == {key(2)}
        assert states(connection) == {key(1): "pending", key(2): "pending"}


def test_the_smallest_depth_found_so_far_is_kept(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1, depth=2)], NOW)
        admit.admit(connection, [candidate(1, depth=1)], NOW)
        admit.admit(connection, [candidate(1, depth=3)], NOW)
        assert depths(connection) == {key(1): 1}


def test_rows_are_taken_by_priority_then_in_order_of_discovery(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1), candidate(2)], NOW)
        admit.admit(connection, [candidate(3, priority=Priority.FRONT)], NOW)
        assert taken(connection) == [key(3), key(1), key(2)]
        assert taken(connection, in_flight={key(3)}, limit=1) == [key(1)]


def test_done_rows_are_not_taken_until_they_are_due(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1), candidate(2)], NOW)
        settle_row(connection, 1, State.DONE, next_at=NOW + timedelta(hours=1))
        settle_row(connection, 2, State.FAILED, next_at=NOW - timedelta(hours=1))
        assert taken(connection) == [key(2)]
        later = NOW + timedelta(hours=2)
        assert taken(connection, now=later) == [key(2), key(1)]


def test_a_stored_article_is_not_asked_for_again_by_its_address(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1), candidate(2)], NOW)
        settle_row(connection, 1, State.DONE)
        settle_row(connection, 2, State.GONE)
        admit.admit(connection, [candidate(1, requeue=True), candidate(2, requeue=True)], NOW)
        assert taken(connection) == [key(2)]


def test_what_was_forgotten_is_never_asked_for_again(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1)], NOW)
        settle_row(connection, 1, State.FORGOTTEN)
        admit.admit(connection, [candidate(1, requeue=True)], NOW)
        assert taken(connection) == []
        settle_row(connection, 1, State.DONE)
        assert states(connection) == {key(1): "forgotten"}


def test_a_sweep_leaves_a_back_fill_to_the_spider_that_began_it(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1, scope="indeks"), candidate(2, scope="urls:x")], NOW)
        assert taken(connection) == [key(2)]
        assert taken(connection, Work(scope="indeks")) == [key(1)]


def test_a_waiting_row_that_is_found_anew_belongs_to_the_finder(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1, scope="indeks")], NOW)
        admit.admit(connection, [candidate(1)], NOW)
        assert taken(connection) == [key(1)]


def test_a_list_takes_over_a_failed_row_that_is_due(engine: Engine) -> None:
    later = NOW + timedelta(hours=1)
    with engine.begin() as connection:
        admit.admit(connection, [candidate(n, scope="sitemap") for n in (1, 2)], NOW)
        settle_row(connection, 1, State.FAILED, next_at=NOW)
        settle_row(connection, 2, State.FAILED, next_at=later)
        found = [candidate(n, scope="indeks", is_listed=True) for n in (1, 2)]
        admit.admit(connection, [replace(one, is_listed=False) for one in found], NOW)
        assert taken(connection, Work(scope="indeks")) == []  # control: a link takes nothing over
        admit.admit(connection, found, NOW)
        assert taken(connection, Work(scope="indeks")) == [key(1)]
        assert owed(connection, Work(scope="indeks"), NOW).failed == 1  # the one that is not due
        assert taken(connection, Work(scope="indeks"), now=later) == [key(1), key(2)]


def test_a_listed_alias_does_not_give_its_address_to_a_missing_article(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(n) for n in (1, 2)], NOW)
        for n, state, claim in ((1, State.SKIPPED, key(2)), (2, State.FAILED, GONE)):
            change = PageChange(row=row(n), state=state, claim=claim)
            values = settle.settled_values(change, now=NOW, unchanged=0, next_at=None)
            settle.settle(connection, {key(n): values})
        admit.admit(connection, [candidate(1, is_listed=True)], NOW)
        of_second = select(FrontierRow.url).where(FrontierRow.key == key(2))
        assert connection.scalar(of_second) == candidate(2).url


@pytest.mark.parametrize("moves", [1, 2])
def test_a_list_of_an_alias_takes_over_the_article_that_it_leads_to(
    engine: Engine, moves: int
) -> None:
    numbers = range(1, moves + 1)
    with engine.begin() as connection:
        admit.admit(connection, [candidate(n, scope="sitemap") for n in (*numbers, 9)], NOW)
        for n, to in zip(numbers, (*numbers[1:], 9), strict=True):
            moved = PageChange(row=row(n), state=State.SKIPPED, claim=key(to))
            values = settle.settled_values(moved, now=NOW, unchanged=0, next_at=None)
            settle.settle(connection, {key(n): values})
        found = candidate(1, scope="indeks", is_listed=True)
        admit.admit(connection, [replace(found, is_listed=False)], NOW)
        assert taken(connection, Work(scope="indeks")) == []  # control: a link takes nothing over
        admit.admit(connection, [found], NOW)
        assert taken(connection, Work(scope="indeks")) == [key(9)]


@pytest.mark.parametrize(
    ("state", "claim", "how", "is_replaced"),
    [
        (State.FAILED, GONE, {"is_listed": True}, True),
        (State.FAILED, GONE, {"requeue": True}, True),
        (State.GONE, GONE, {"is_listed": True}, True),
        (State.FAILED, GONE, {}, False),  # a link in a text
        (State.FAILED, None, {"is_listed": True}, True),
        (State.PENDING, None, {"is_listed": True}, True),
        (State.DONE, None, {"is_listed": True}, False),
        (State.FORGOTTEN, GONE, {"is_listed": True}, False),  # its words may be a name
    ],
)
def test_a_list_replaces_an_address_that_failed(
    engine: Engine, state: State, claim: str | None, how: dict[str, Any], is_replaced: bool
) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1)], NOW)
        change = PageChange(row=row(1), state=state, claim=claim)
        values = settle.settled_values(change, now=NOW, unchanged=0, next_at=NOW)
        settle.settle(connection, {key(1): values})
        other = "https://bola.kompas.com/read/2026/06/30/nama"
        admit.admit(connection, [replace(candidate(1, **how), url=other)], NOW)
        assert (connection.scalar(select(FrontierRow.url)) == other) is is_replaced


def test_gaps_are_taken_whatever_their_next_time_but_once_a_run(engine: Engine) -> None:
    work = Work(scope="gaps", takes_gaps=True)
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1), candidate(2)], NOW)
        settle_row(connection, 1, State.FAILED, next_at=NOW + timedelta(days=7))
        settle_row(connection, 2, State.GONE)
        later = NOW + timedelta(minutes=1)
        assert taken(connection, work, started_at=later) == [key(1)]
        assert taken(connection, work, started_at=NOW) == []


def test_how_many_wait_and_until_when(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1), candidate(2), candidate(3)], NOW)
        settle_row(connection, 1, State.FAILED, next_at=NOW + timedelta(hours=3))
        settle_row(connection, 2, State.DONE, next_at=NOW + timedelta(hours=1))
        assert take.waiting(connection, NOW) == (2, NOW + timedelta(hours=1))


def test_a_taken_row_is_what_was_admitted(engine: Engine) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(1, depth=1)], NOW)
        found = take.take(
            connection, Work(scope="kompas"), now=NOW, started_at=NOW, limit=9, in_flight=()
        )
        assert [replace(r, day=None) for r in found] == [row(1, depth=1)]


def _due(connection: Connection, number: int, section: str, state: State = State.FAILED) -> None:
    admit.admit(connection, [replace(candidate(number), section=section)], NOW)
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.key == key(number))
        .values(state=state, next_at=NOW - timedelta(hours=number))
    )


def test_a_sweep_of_named_sections_takes_their_due_rows_alone(engine: Engine) -> None:
    work = Work(scope="kompas", takes_leftovers=True, takes_due=True)
    with engine.begin() as connection:
        _due(connection, 1, "money")
        _due(connection, 2, "bola", State.DONE)
        assert taken(connection, replace(work, sections=("bola",))) == [key(2)]
        assert owed(connection, replace(work, sections=("bola",)), NOW).failed == 0
        assert taken(connection, work) == [key(1), key(2)]  # the control; a retry comes first
        assert owed(connection, work, NOW).failed == 1


def test_due_rows_are_read_in_the_order_of_an_index(engine: Engine) -> None:
    """Else a database sorts all that are due for each batch."""
    plans: list[str] = []

    def explain(
        connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith("SELECT") and "ORDER BY frontier.next_at" in statement:
            words = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
            rows = connection.exec_driver_sql(words + statement, parameters)
            plans.append("\n".join(map(str, rows)))

    with engine.begin() as connection:
        for number in range(1, 40):
            _due(connection, number, "money")
        if engine.dialect.name == "postgresql":  # a table this small is cheaper to sort
            connection.execute(text("set enable_sort = off"))
            connection.execute(text("set enable_seqscan = off"))
            connection.execute(text("set enable_bitmapscan = off"))
        event.listen(engine, "before_cursor_execute", explain)
        try:
            work = Work(scope="kompas", takes_leftovers=True, takes_due=True)
            assert len(taken(connection, work, limit=5)) == 5
        finally:
            event.remove(engine, "before_cursor_execute", explain)
    assert len(plans) == 3  # skipped, gone, failed: then there are enough
    for plan in plans:
        assert "ix_frontier_state_next_at" in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan
