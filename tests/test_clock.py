"""The clock of tests starts where it is told and goes on ticking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kompas_crawler.clock import Clock


@pytest.mark.parametrize(
    "start", ["2024-01-31T09:00:00+07:00", "2024-01-31T02:00:00Z", " 2024-01-31T02:00 "]
)
def test_starts_at_the_moment_it_is_given(start: str) -> None:
    moment = datetime(2024, 1, 31, 2, 0, tzinfo=UTC)

    now = Clock(start).now()

    assert moment <= now < moment + timedelta(seconds=5)
    assert now.tzinfo is UTC


def test_goes_on_ticking() -> None:
    clock = Clock("2024-01-31")
    first = clock.now()

    assert any(clock.now() > first for _ in range(10**6))


@pytest.mark.parametrize("start", [None, "", " "])
def test_is_the_machines_own_without_a_start(start: str | None) -> None:
    assert abs(Clock(start).now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("start", ["tomorrow", "31/01/2024", "0001-01-01T00:00:00+14:00"])
def test_refuses_what_is_no_moment(start: str) -> None:
    with pytest.raises(ValueError, match="KOMPAS_NOW is not a time") as error:
        Clock(start)

    assert "\n" not in str(error.value)
