"""Instants as Kompas writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.dates import MONTHS, parse_wib, visible_times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kompas.com - 22/01/2022, 09:31 WIB", "2022-01-22T09:31:00+07:00"),
        ("Kompas.com - 2/1/2022, 9:31 WIB", "2022-01-02T09:31:00+07:00"),
        ("Kompas.com, 20 Mei 2026, 22:20 WIB", "2026-05-20T22:20:00+07:00"),
        ("Kompas.com , 17 April 2026, 10:30 WIB", "2026-04-17T10:30:00+07:00"),
        ("20 Mei 2026, 22:20 WITA", "2026-05-20T21:20:00+07:00"),
        ("20 Mei 2026, 00:20 WIT", "2026-05-19T22:20:00+07:00"),
        ("20 Mei 2026, 22.20", "2026-05-20T22:20:00+07:00"),
        ("Selasa, 16 Februari 2016 | 14:38 WIB", "2016-02-16T14:38:00+07:00"),
        ("Jumat, 14 Agustus 2015 pukul 07:05 WIB", "2015-08-14T07:05:00+07:00"),
        ("20 Mei 2026, jam 22.20 WIB", "2026-05-20T22:20:00+07:00"),
        ("20 Mei 2026 (22:20 WIB)", "2026-05-20T22:20:00+07:00"),
        ("20 Mei 2026 • 22:20 WIB", "2026-05-20T22:20:00+07:00"),
        ("20 Mei 2026 — 22:20 WIB", "2026-05-20T22:20:00+07:00"),
        ("20-05-2026, 22:20 WIB", "2026-05-20T22:20:00+07:00"),
        ("20 Okt. 2026, 22:20 WIB", "2026-10-20T22:20:00+07:00"),
    ],
)
def test_visible_time(text: str, expected: str) -> None:
    (time,) = visible_times(text)
    assert (time.at.isoformat(), time.is_update) == (expected, False)


@pytest.mark.parametrize(
    "text",
    [
        "Kompas.com, Diperbarui 18/04/2026, 10:03 WIB",
        "diperbarui: 18 April 2026, 10:03 WIB",
        "Diperbarui pada Sabtu, 18 April 2026, 10:03 WIB",
        "Diperbarui tanggal 18/04/2026, 10:03 WIB",
        "Diperbarui Sabtu 18/04/2026, 10:03 WIB",
        "Terakhir diperbaharui: 18/04/2026, 10:03 WIB",
        "Diupdate 18/04/2026, 10:03 WIB",
        "Update: 18 April 2026, 10:03 WIB",
        "Updated Sabtu, 18/04/2026 | 10:03 WIB",
    ],
)
def test_visible_time_of_an_update(text: str) -> None:
    (time,) = visible_times(text)
    assert (time.at.isoformat(), time.is_update) == ("2026-04-18T10:03:00+07:00", True)


def test_both_times() -> None:
    times = visible_times("Kompas.com - 17/04/2026, 10:30 WIB Diperbarui 18/04/2026, 10:03 WIB")
    assert [(time.at.day, time.is_update) for time in times] == [(17, False), (18, True)]


@pytest.mark.parametrize("text", ["", "Kemarin", "31/02/2022, 09:31 WIB", "1 Foo 2022, 09:31 WIB",
                                  "22/01/2022, 29:31 WIB", "22/01/0000, 09:31"])  # fmt: skip
def test_no_time(text: str) -> None:
    assert visible_times(text) == ()


def test_every_month_by_all_its_names() -> None:
    for nth, names in enumerate(MONTHS, start=1):
        for name in names:
            assert visible_times(f"1 {name.upper()} 2020, 10:00")[0].at.month == nth


@given(st.text(alphabet="0123456789/:., |-–DiperbauiMWITA", max_size=60))
def test_any_text(text: str) -> None:
    visible_times(text)
    parse_wib(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-02-23 07:01:00", "2021-02-23T07:01:00+07:00"),
        (" 2021-02-23 07:01 ", "2021-02-23T07:01:00+07:00"),
        ("2021-02-23T00:01:00+00:00", "2021-02-23T07:01:00+07:00"),
        ("2021-02-23T00:01:00Z", "2021-02-23T07:01:00+07:00"),
        ("2021-02-23T00:01:00", None),  # of an unknown zone
        ("2021-02-23", None),
        ("0000-00-00 00:00:00", None),
        ("1970-01-01 07:00:00", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("kemarin, pukul tujuh", None),
        ("", None),
        (None, None),
    ],
)
def test_parse_wib(text: str | None, expected: str | None) -> None:
    found = parse_wib(text)
    assert (found.isoformat() if found else None) == expected
