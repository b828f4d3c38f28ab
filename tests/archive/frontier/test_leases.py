"""Leases: what one crawl has taken no other takes, until it gives it back or has died."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier import admit, leases, settle
from kompas_crawler.archive.frontier.leases import Leases
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.sql import count
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.clock import Clock
from kompas_crawler.frontier import State
from kompas_crawler.spiders.list_spider import listing_candidate
from tests.archive.build import NOW, candidate, key, row, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

pytestmark = pytest.mark.postgres

WORK = Work(scope="kompas", takes_leftovers=True, takes_due=True)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(read_url(postgres_url, Path.cwd()))
    yield engine
    engine.dispose()


def take(
    engine: Engine, owner: Leases, limit: int = 2, work: Work = WORK, **known: Any
) -> list[str]:
    asked: dict[str, Any] = {"now": NOW, "started_at": NOW, "in_flight": ()} | known
    with engine.begin() as connection:
        return [r.key for r in owner.take(connection, work, limit=limit, **asked)]


def put(engine: Engine, *numbers: int) -> None:
    with engine.begin() as connection:
        admit.admit(connection, [candidate(number) for number in numbers], NOW)


def settle_row(engine: Engine, number: int, state: State, next_at: Any = None) -> None:
    change = PageChange(row=row(number), state=state)
    with engine.begin() as connection:
        values = settle.settled_values(change, now=NOW, unchanged=0, next_at=next_at)
        settle.settle(connection, {change.row.key: values})


def test_what_one_has_taken_the_other_does_not_take(engine: Engine) -> None:
    put(engine, 1, 2, 3)
    one, other = Leases("one", 60), Leases("other", 60)
    assert take(engine, one) == [key(1), key(2)]
    assert take(engine, other) == [key(3)]
    assert take(engine, other, in_flight={key(3)}) == []


def test_a_lease_that_has_run_out_frees_the_row_in_its_former_state(engine: Engine) -> None:
    put(engine, 1, 2)
    settle_row(engine, 2, State.DONE, next_at=NOW - timedelta(hours=1))
    assert take(engine, Leases("dead", 0.05)) == [key(1), key(2)]
    deadline = time.monotonic() + 10
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while count(connection, leases.IS_LEASED):
            assert time.monotonic() < deadline
    assert take(engine, Leases("other", 60)) == [key(1), key(2)]
    with engine.connect() as connection:
        assert states(connection) == {key(1): "pending", key(2): "done"}


@pytest.mark.parametrize(("days", "is_free"), [(366, True), (1, False)])
def test_a_lease_given_while_the_clock_was_ahead_is_none(
    engine: Engine, days: int, is_free: bool
) -> None:
    """R34: the rows of a dead crawl do not wait for that year; the longest lease is a day."""
    put(engine, 1)
    take(engine, Leases("dead", 60))
    with engine.begin() as connection:
        later = text("update frontier set lease_until = now() + make_interval(days => :days)")
        connection.execute(later, {"days": days})
        assert count(connection, leases.IS_LEASED) == (not is_free)
    assert take(engine, Leases("other", 60)) == [key(1)] * is_free


def test_a_lease_that_is_renewed_lasts(engine: Engine) -> None:
    put(engine, 1)
    assert take(engine, Leases("one", 0.05)) == [key(1)]
    with engine.begin() as connection:
        assert Leases("one", 60).renew(connection) == 1
    time.sleep(0.1)
    assert take(engine, Leases("other", 60)) == []


def test_what_is_settled_is_leased_no_more(engine: Engine) -> None:
    put(engine, 1)
    take(engine, Leases("one", 60))
    settle_row(engine, 1, State.FAILED, next_at=NOW - timedelta(seconds=1))
    assert take(engine, Leases("other", 60)) == [key(1)]


def test_what_is_given_back_is_free(engine: Engine) -> None:
    put(engine, 1, 2)
    one = Leases("one", 60)
    take(engine, one)
    with engine.begin() as connection:
        assert count(connection, leases.IS_LEASED) == 2
        one.give_back(connection)
        assert count(connection, leases.IS_LEASED) == 0
    assert take(engine, Leases("other", 60)) == [key(1), key(2)]


def test_an_answer_that_was_lost_is_given_again(engine: Engine) -> None:
    put(engine, 1, 2, 3)
    one = Leases("one", 60)
    take(engine, one)  # the server was restarted before the answer came
    assert take(engine, one, limit=3, in_flight={key(2)}) == [key(1), key(3)]


def test_a_listing_asked_for_again_while_it_is_read_is_not_read_twice(engine: Engine) -> None:
    front = listing_candidate("https://money.kompas.com/", scope="kompas", priority=0)
    with engine.begin() as connection:
        admit.admit(connection, [front], NOW)
    assert take(engine, Leases("one", 60)) == [front.key]
    with engine.begin() as connection:
        admit.admit(connection, [front], NOW)
    assert take(engine, Leases("other", 60)) == []


WRITERS, ROUNDS = 8, 12


def _write(engine: Engine, number: int, errors: list[BaseException]) -> None:
    """Pages that all link to the same articles, each in another order."""
    store = PageStore(Clock(), max_depth=2)
    try:
        for turn in range(ROUNDS):
            numbers = [100 * turn + (i * (2 * number + 1)) % 40 for i in range(40)]
            links = tuple(candidate(1000 + n, depth=WRITERS - number) for n in numbers)
            page = PageChange(row=row(number), state=State.DONE, candidates=links)
            with engine.begin() as connection:
                store.apply(connection, [page])
    except OperationalError as error:
        errors.append(error)


def test_eight_writers_do_not_wait_for_each_other_for_ever(engine: Engine) -> None:
    leases.write_in_turn(engine)
    put(engine, *range(WRITERS))
    errors: list[BaseException] = []
    threads = [
        threading.Thread(target=_write, args=[engine, number, errors]) for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with engine.connect() as connection:
        assert len(states(connection)) == WRITERS + 40 * ROUNDS


def test_control_out_of_turn_two_writers_wait_for_each_other(engine: Engine) -> None:
    failed: list[BaseException] = []
    # Of two sections, and so counted apart.
    apart = {n: replace(candidate(n), section=f"section {n}") for n in (1, 2)}
    with engine.connect() as one, engine.connect() as other:
        admit.admit(one, [apart[1]], NOW)
        admit.admit(other, [apart[2]], NOW)

        def cross(connection: Connection, number: int) -> None:
            try:
                admit.admit(connection, [apart[number]], NOW)
            except OperationalError as error:
                failed.append(error)
                connection.rollback()

        thread = threading.Thread(target=cross, args=[other, 1])
        thread.start()
        cross(one, 2)
        thread.join(30)
    assert len(failed) == 1
    assert "deadlock" in str(failed[0])


def test_a_machine_that_vanished_does_not_hold_the_others_up(
    engine: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_IDLE_SECONDS", 1)
    vanished = open_engine(read_url(postgres_url, Path.cwd()))
    leases.write_in_turn(vanished)
    leases.write_in_turn(engine)
    connection = vanished.connect()
    connection.begin()
    put(engine, 1)  # waits until the server lets go of the other
    connection.invalidate()
    connection.close()
    vanished.dispose()


MANY = 150_000  # with more rows an index gains more


@pytest.mark.slow
def test_many_rows_are_taken_from_by_an_index(engine: Engine) -> None:
    fill = text(
        """
        insert into frontier (key, kind, url, scope, depth, priority, state, attempts, barren,
            unchanged, discovered_at, visited_at, day, next_at)
        select '2024-' || i, 'article', 'https://money.kompas.com/read/' || i, 'indeks', 0, 20,
            case when i % 50 = 0 then 'pending' else 'done' end, 0, 0, 0, now(), now(),
            current_date, case when i % 100 = 1 then '2020-01-01'::timestamptz end
        from generate_series(1, :count) i
        """
    )
    with engine.begin() as connection:
        connection.execute(text("set local synchronous_commit = off"))
        connection.execute(fill, {"count": MANY})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze frontier"))
    seen = _plans(engine)
    assert len(seen) >= 4
    for statement, plan in seen:
        assert "Seq Scan on frontier" not in plan, f"{statement}\n{plan}"


def _plans(engine: Engine) -> list[tuple[str, str]]:
    """How PostgreSQL goes about each statement on leases."""
    seen: list[tuple[str, str]] = []
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    owner = Leases("one", 60)
    assert len(take(engine, owner, 16, Work(scope="indeks"))) == 16
    assert len(take(engine, owner, 16, Work(scope="kompas", takes_due=True))) == 16
    with engine.begin() as connection:
        assert owner.renew(connection) == 32
        owner.give_back(connection)
    event.remove(engine, "before_cursor_execute", _note)
    with engine.connect() as connection:
        for statement, values in asked:
            rows = connection.exec_driver_sql(f"explain {statement}", values).scalars()
            seen.append((statement, "\n".join(rows)))
    return seen
