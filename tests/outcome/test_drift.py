"""Drift over the last 200 articles: noticed, lasting, ended, and never where the site is well."""

from __future__ import annotations

import random
import time
from math import comb
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.outcome import drift

if TYPE_CHECKING:
    from collections.abc import Sequence

    Past = tuple[dict[str, dict[str, int]], bool]

USUAL = {"authors": 0.96, "tags": 0.98, "topic": 0.12, "pages": 0.3}
SECTIONS = {f"section-{n}": 30 / (n + 1) for n in range(12)}


class Archive:
    """Runs of a site, each judged as it ends, the newest last."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.runs: list[Past] = []

    def sweep(
        self, articles: int = 9, *, lacks: str = "", only: str = "", share: float = 0
    ) -> list[str]:
        """Judge a run of *articles* articles; *share* of them have the field that others lack."""
        names = [only] * articles
        if not only:
            names = self._random.choices(list(SECTIONS), list(SECTIONS.values()), k=articles)
        now = self._counted(names, lacks, share)
        found = drift.vanished(now, self.runs[::-1])
        self.runs.append((now, not found))
        return found

    def _counted(self, names: Sequence[str], lacks: str, share: float) -> dict[str, dict[str, int]]:
        now: dict[str, dict[str, int]] = {}
        for name in names:
            counts = now.setdefault(name, {"articles": 0})
            counts["articles"] += 1
            for field, usual in USUAL.items():
                if self._random.random() < usual * (share if field == lacks else 1):
                    counts[field] = counts.get(field, 0) + 1
        return now


@pytest.fixture
def archive() -> Archive:
    made = Archive()
    for articles in (1500, 9, 9, 9):
        assert not made.sweep(articles)
    return made


def sweeps_until(archive: Archive, is_found: bool, most: int, **sweep: object) -> int:
    for count in range(1, most + 1):
        if bool(archive.sweep(**sweep)) == is_found:  # type: ignore[arg-type]
            return count
    raise AssertionError(f"not within {most} sweeps")


def test_authors_that_vanish_are_noticed_within_200_articles(archive: Archive) -> None:
    assert sweeps_until(archive, True, 200 // 9, lacks="authors") > 1
    assert archive.sweep(lacks="authors")[0].startswith("authors in all sections: ")


def test_in_a_single_section_too(archive: Archive) -> None:
    sweeps_until(archive, True, 200 // 9, lacks="authors", only="section-2")
    assert archive.sweep(1, only="section-2", lacks="authors")[0].startswith(
        "authors in section-2: "
    )


def test_a_rare_field_is_noticed_where_none_is_left(archive: Archive) -> None:
    sweeps_until(archive, True, 450 // 9, lacks="topic")


def test_control_judged_per_run_nobody_notices(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "WINDOW", 0)
    assert not any(archive.sweep(lacks="authors") for _ in range(60))


def test_a_drift_is_said_in_every_run_while_it_lasts(archive: Archive) -> None:
    sweeps_until(archive, True, 200 // 9, lacks="authors", share=0.1)
    assert all(archive.sweep(lacks="authors", share=0.1) for _ in range(250))


def test_control_it_becomes_normal_where_bad_runs_are_taken_for_good(archive: Archive) -> None:
    sweeps_until(archive, True, 200 // 9, lacks="authors", share=0.1)
    for _ in range(70):
        archive.sweep(90, lacks="authors", share=0.1)
        archive.runs[-1] = (archive.runs[-1][0], True)
    assert not archive.sweep(lacks="authors", share=0.1)


def test_the_alarm_ends_within_one_window_of_a_section(archive: Archive) -> None:
    for _ in range(40):
        archive.sweep(lacks="authors", only="section-2")
    assert sweeps_until(archive, False, 200 // 9, only="section-2") > 1
    assert not any(archive.sweep(only="section-2") for _ in range(50))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_site_that_is_well_raises_no_alarm(seed: int) -> None:
    archive = Archive(seed)
    assert not any(archive.sweep(1 + n % 17) for n in range(250))


def test_control_the_chance_keeps_rare_fields_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "CHANCE", 1.0)
    monkeypatch.setattr(drift, "LEAST_EXPECTED", 1)
    archive = Archive()
    assert any(archive.sweep(1 + n % 17) for n in range(250))


def runs(*counts: tuple[int, int], is_good: bool = True) -> Sequence[Past]:
    return [({"money": {"articles": all_, "tags": had}}, is_good) for all_, had in counts]


def test_a_large_run_fills_the_window_in_part_only() -> None:
    before = [*runs(*[(9, 0)] * 17), *runs((10_000, 9_900))]
    assert drift.vanished({"money": {"articles": 9}}, before) == [
        "tags in money: 38 of 200, expected 198"
    ]


def test_a_run_that_brings_enough_is_judged_alone() -> None:
    was = runs((9, 9), (9, 9), (300, 300))
    assert drift.vanished({"money": {"articles": 60}}, was)
    assert drift.vanished({"money": {"articles": 20}}, was)
    assert not drift.vanished({"money": {"articles": 14}}, was)


def test_a_young_archive_has_half_for_a_window() -> None:
    was = runs((30, 30))
    assert drift.vanished({"money": {"articles": 9}}, [*runs((9, 0), (9, 0)), *was])


def test_a_run_says_nothing_of_a_section_it_has_no_article_of() -> None:
    well, drifted = {"articles": 60, "tags": 60}, {"articles": 9}
    before = [({"money": drifted, "tekno": well}, True)] * 20
    before.append(({"money": {"articles": 300, "tags": 300}, "tekno": well}, True))
    assert drift.vanished({"money": {"articles": 1, "tags": 1}}, before)
    assert not drift.vanished({"tekno": well}, before)
    assert not drift.vanished({}, before)


def test_without_good_runs_nothing_is_said() -> None:
    assert not drift.vanished({"money": {"articles": 40}}, runs((300, 300), is_good=False))
    assert not drift.vanished({"money": {"articles": 40}}, [])


def test_the_chance_of_a_long_back_fill_is_found_at_once() -> None:
    """By whole numbers of 100,000 digits it took minutes, then hours."""
    began = time.process_time()
    assert drift._chance(60_000, 300_000, 25_650, 27_000) == 0
    assert drift._chance(0, 20, 30, 40) == pytest.approx(comb(30, 20) / comb(60, 20))
    assert time.process_time() - began < 5
