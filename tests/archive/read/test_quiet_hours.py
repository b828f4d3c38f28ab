"""Quiet hours: missing hours of the paper and days of a section are named, normal weeks are not."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.read import quiet_hours
from kompas_crawler.archive.read.quiet_hours import find
from kompas_crawler.archive.sql import insert_rows
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

    Kept = Callable[[str, datetime], bool]

FIRST = date(2026, 1, 5)  # a Monday
SECTIONS = {"nasional": 0.4, "regional": 0.3, "money": 0.2, "tekno": 0.07, "umkm": 0.03}
HOURS = [1] * 5 + [3, 6, *[9] * 11, 6, 5, 4, 3, 2, 1]  # how the articles of a day fall


def _poisson(rate: float, luck: random.Random) -> int:
    least, product, count = exp(-rate), luck.random(), 0
    while product > least:
        product *= luck.random()
        count += 1
    return count


Row = tuple[str | int | None, ...]


@lru_cache
def _articles() -> list[tuple[str, datetime, Row]]:
    """Section, time and row of ten weeks' articles: 900 a day, 550 at weekends."""
    luck = random.Random(7)
    found: list[tuple[str, datetime, Row]] = []
    for day in (FIRST + timedelta(days=n) for n in range(70)):
        a_day = 550 if day.weekday() > 4 else 900
        for section, share in SECTIONS.items():
            for hour, weight in enumerate(HOURS):
                count = _poisson(a_day * share * weight / sum(HOURS), luck)
                for second in luck.sample(range(3600), count):
                    at = datetime.combine(day, time(hour), WIB) + timedelta(seconds=second)
                    key = f"{at:%Y%m%d-%H%M%S}{len(found) % 10**6:06}"
                    found.append((section, at, row(key, section)))
    return found


def fill(engine: Engine, kept: Kept = lambda *_: True) -> None:
    """The ten weeks' articles that are *kept*, as rows."""
    add(engine, *(made for section, at, made in _articles() if kept(section, at)))


def row(key: str, section: str | None) -> Row:
    day = f"{key[:4]}-{key[4:6]}-{key[6:8]}"
    return (key, section, day, "article", key, "kompas", "done", "2026-01-01", 0, 0, 0, 0, 0)


def add(engine: Engine, *rows: Row) -> None:
    named = "key section day kind url scope state discovered_at"
    counts = "depth priority attempts barren unchanged"
    with engine.begin() as connection:
        insert_rows(connection, FrontierRow.__table__, f"{named} {counts}".split(), rows)


def lacking(begins_at: datetime, hours: int, only: str | None = None) -> Kept:
    ends_at = begins_at + timedelta(hours=hours)
    return lambda section, at: not (begins_at <= at < ends_at and only in (None, section))


def at(day: int, hour: int) -> datetime:
    """An hour of a day of the ten weeks, counted from 0."""
    return datetime.combine(FIRST + timedelta(days=day), time(hour), WIB)


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    """For what does not depend on the database."""
    engine = open_engine(read_url(sqlite_url, Path.cwd()))
    yield engine
    engine.dispose()


@pytest.mark.slow
def test_ten_normal_weeks_have_no_quiet_hours(engine: Engine) -> None:
    fill(engine)
    with engine.connect() as connection:
        assert find(connection) == []
        assert find(connection, since=FIRST) == []


@pytest.mark.slow
def test_control_without_the_thresholds_low_hours_at_night_are_named(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite)
    monkeypatch.setattr(quiet_hours, "LEAST_EXPECTED", 0.1)
    monkeypatch.setattr(quiet_hours, "CHANCE", 0.5)
    with sqlite.connect() as connection:
        spans = find(connection)
    assert {span.begins_at.hour for span in spans} >= set(range(4))


@pytest.mark.slow
def test_six_missing_hours_of_the_whole_paper_are_named_once(engine: Engine) -> None:
    days = (1, 30, 37, 66)  # in the first week, of two weeks the same, in the last
    gaps = [lacking(at(day, 9), 6) for day in days]
    fill(engine, lambda *article: all(kept(*article) for kept in gaps))
    with engine.connect() as connection:
        spans = find(connection, since=FIRST)
    assert [(span.section, span.begins_at, span.ends_at, span.found) for span in spans] == [
        (None, at(day, 9), at(day, 15), 0) for day in days
    ]
    assert spans[1].expected == pytest.approx(900 * 6 * 9 / sum(HOURS), rel=0.25)


@pytest.mark.slow
def test_a_section_that_is_missing_for_a_day_is_named(sqlite: Engine) -> None:
    fill(sqlite, lacking(at(44, 0), 24, "money"))
    with sqlite.connect() as connection:
        (span,) = find(connection)
    assert (span.section, span.found) == ("money", 0)
    assert at(43, 22) <= span.begins_at <= at(44, 1)
    assert at(44, 23) <= span.ends_at <= at(45, 2)


@pytest.mark.slow
def test_a_section_is_not_named_where_the_paper_is(sqlite: Engine) -> None:
    paper, section = lacking(at(44, 9), 6), lacking(at(44, 0), 48, "nasional")
    fill(sqlite, lambda *article: paper(*article) and section(*article))
    with sqlite.connect() as connection:
        whole, *of_section = find(connection)
    assert whole.section is None
    assert {span.section for span in of_section} == {"nasional"}
    assert all(s.ends_at <= whole.begins_at or s.begins_at >= whole.ends_at for s in of_section)


@pytest.mark.slow
def test_weekends_and_half_a_holiday_are_not_named(sqlite: Engine) -> None:
    luck = random.Random(2)
    fill(sqlite, lambda _, when: when.date() != at(44, 0).date() or luck.random() < 0.55)
    with sqlite.connect() as connection:
        assert find(connection) == []


@pytest.mark.slow
def test_hours_nobody_claims_are_not_named(sqlite: Engine) -> None:
    """A section may begin late or end early; the last hour is not over; links lead far back."""
    fill(
        sqlite,
        lambda section, when: (
            when < at(69, 12) + timedelta(minutes=3)
            and (section != "money" or at(20, 0) < when < at(60, 0))
        ),
    )
    add(sqlite, *(row(f"{at(-day, 10):%Y%m%d-%H%M%S}", "tekno") for day in range(1, 60, 3)))
    with sqlite.connect() as connection:
        assert find(connection, since=date(2025, 1, 1)) == []
        assert find(connection) == []


def test_two_other_weeks_are_too_few(sqlite: Engine) -> None:
    fill(sqlite, lambda section, when: when < at(21, 0) and lacking(at(10, 9), 6)(section, when))
    with sqlite.connect() as connection:
        assert find(connection) == []


def _span_count(connection: Connection, since: date | None, until: date | None) -> int:
    return len(find(connection, since=since, until=until))


@pytest.mark.slow
def test_only_the_days_asked_for_are_judged(sqlite: Engine) -> None:
    fill(sqlite, lacking(at(5, 9), 6))
    with sqlite.connect() as connection:
        assert _span_count(connection, None, None) == 0, "the last sixty days"
        assert _span_count(connection, date.min, date.max) == 1
        assert _span_count(connection, at(6, 0).date(), None) == 0
        assert _span_count(connection, None, at(4, 0).date()) == 0
        assert _span_count(connection, None, at(5, 0).date()) == 1
        assert _span_count(connection, date(2030, 1, 1), None) == 0


@pytest.mark.slow
def test_keys_without_a_time_and_wrong_dates_do_not_count(engine: Engine) -> None:
    with engine.connect() as connection:
        assert find(connection) == []
    add(engine, row("20260301-996112", None))
    with engine.connect() as connection:
        assert find(connection, since=FIRST, until=date(2026, 3, 1)) == []
    fill(engine, lacking(at(30, 9), 6))
    add(engine, *(row(f"20260204-09611{n}", None) for n in range(10)))
    add(engine, row("20990101-100000", "money"))
    with engine.connect() as connection:
        assert [span.begins_at for span in find(connection)] == [at(30, 9)]
