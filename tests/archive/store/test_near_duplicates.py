"""Near-duplicates: which texts are one, which of them is the original, what looking costs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rensa import RMinHash
from sqlalchemy import delete, func, select

from benchmarks import similar as benchmark
from benchmarks.labelled import SEVERAL_TEXTS
from kompas_crawler.archive.models import ArticleRow, SketchRow
from kompas_crawler.archive.store import articles, near_duplicates, sketch
from kompas_crawler.archive.store.duplicates import NEAR
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from kompas_crawler.items import FetchedArticle

_WORDS = [f"kata{number}" for number in range(5000)]


def paragraphs(seed: int, count: int = 10) -> tuple[str, ...]:
    """A text of thirty words a paragraph."""
    rng = Random(seed)
    return tuple(" ".join(rng.choices(_WORDS, k=30)) + "." for _ in range(count))


def edited(body: Sequence[str], word: str = "ralat") -> tuple[str, ...]:
    """The text with one word changed."""
    return (f"{word} {body[0]}", *body[1:])


def made(number: int, body: Sequence[str], **changes: Any) -> FetchedArticle:
    at = datetime(2024, 1, 15, 9, tzinfo=WIB) + timedelta(hours=number)
    return article(number, body=tuple(body), published_at=at, word_count=300, **changes)


def save(engine: Engine, *texts: FetchedArticle) -> None:
    with engine.begin() as connection:
        articles.save(connection, texts, run_id=None, now=NOW)


def marks(engine: Engine) -> dict[str, tuple[str, str, float]]:
    """What is marked as a duplicate: of whom, why, how similar."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                ArticleRow.key,
                ArticleRow.duplicate_of,
                ArticleRow.duplicate_reason,
                ArticleRow.similarity,
            ).where(ArticleRow.duplicate_of.is_not(None))
        )
        return {row[0]: tuple(row[1:]) for row in rows}  # type: ignore[misc]


BODY = paragraphs(1)
KINDS = {
    "same text": (BODY, 1.0),
    "near text": (edited(BODY), 0.99),
    "updated version": ((*BODY, *paragraphs(2, 1)), 0.9),
}


@pytest.mark.parametrize("reason", KINDS)
def test_a_duplicate_is_marked_with_its_reason(engine: Engine, reason: str) -> None:
    body, similarity = KINDS[reason]
    save(engine, made(1, BODY))
    save(engine, made(2, body))
    ((marked, (original, why, how_much)),) = marks(engine).items()
    assert (marked, original, why) == (key(2), key(1), reason)
    assert how_much == pytest.approx(similarity, abs=0.02)


def test_an_earlier_longer_text_is_no_update(engine: Engine) -> None:
    longer = made(2, (*BODY, *paragraphs(2, 1)))
    early = replace(longer, published_at=datetime(2024, 1, 1, tzinfo=WIB))
    save(engine, made(1, BODY), early)
    assert marks(engine)[key(2)][1] == "near text"


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_smallest_key_is_the_original_whatever_came_first(
    engine: Engine, order: tuple[int, ...]
) -> None:
    bodies = {1: BODY, 2: edited(BODY), 3: edited(BODY, "koreksi")}
    for number in order:
        save(engine, made(number, bodies[number]))
    assert {k: m[0] for k, m in marks(engine).items()} == {key(2): key(1), key(3): key(1)}


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_texts_joined_through_another_are_one_family(
    engine: Engine, order: tuple[int, ...]
) -> None:
    bodies = {1: BODY[:9], 2: BODY, 3: (*BODY[1:], *paragraphs(2, 1))}
    first, last = sketch.read(bodies[1]), sketch.read(bodies[3])
    assert sketch.similarity(first, last) < NEAR
    for number in order:
        save(engine, made(number, bodies[number]))
    assert {k: m[0] for k, m in marks(engine).items()} == {key(2): key(1), key(3): key(1)}


def test_a_family_follows_when_an_older_original_turns_up(engine: Engine) -> None:
    save(engine, made(2, BODY), made(3, edited(BODY)), made(4, BODY))
    save(engine, made(1, edited(BODY, "koreksi")))
    assert {k: m[0] for k, m in marks(engine).items()} == {key(n): key(1) for n in (2, 3, 4)}


def test_an_original_that_changes_frees_its_family(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, edited(BODY)), made(3, BODY))
    save(engine, made(1, paragraphs(5)))
    assert {k: m[0] for k, m in marks(engine).items()} == {key(3): key(2)}


def test_a_family_whose_original_was_removed_goes_on(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, edited(BODY)), made(3, BODY))
    with engine.begin() as connection:
        connection.execute(delete(ArticleRow).where(ArticleRow.key == key(1)))
    save(engine, made(4, edited(BODY, "koreksi")))
    assert {k: m[0] for k, m in marks(engine).items()} == {key(3): key(2), key(4): key(2)}


def test_a_copy_that_changes_is_one_no_more(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, edited(BODY)))
    save(engine, made(2, paragraphs(5)))
    assert marks(engine) == {}


def test_daily_figures_in_the_same_words_are_several_texts(engine: Engine) -> None:
    def day(seed: int) -> list[str]:
        rng = Random(seed)
        return [f"{text} harga {rng.randrange(10**6)} rupiah." for text in BODY]

    save(engine, made(1, day(1)), made(2, day(2)))
    assert marks(engine) == {}
    save(engine, made(3, edited(day(1))))  # the control
    assert list(marks(engine)) == [key(3)]


def test_a_thousand_that_share_boilerplate_are_no_family(engine: Engine) -> None:
    save(engine, *(made(n, (*BODY[:3], *paragraphs(n, 7))) for n in range(1, 60)))
    assert marks(engine) == {}


def test_short_texts_are_one_only_when_equal(engine: Engine) -> None:
    save(engine, made(1, ["Judul saja."]), made(2, ["judul  SAJA."]), made(3, ["Lain."]))
    assert {k: m[:2] for k, m in marks(engine).items()} == {key(2): (key(1), "same text")}


def test_a_rollback_takes_the_bands_along(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        articles.save(connection, [made(1, BODY)], run_id=None, now=NOW)
        transaction.rollback()
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SketchRow)) == 0


def test_what_is_forgotten_leaves_no_band(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, paragraphs(2)))
    with engine.begin() as connection:
        near_duplicates.forget(connection, 1, [BODY])
        left = set(connection.scalars(select(SketchRow.article_id)))
    assert left == {2}


@given(st.text(alphabet=st.one_of(st.sampled_from("aB1_ -.,\n“”’–…éİ\u2009"), st.characters())))
def test_words_are_those_of_the_expression(text: str) -> None:
    assert sketch._words([text]) == re.findall(r"\w+", text.lower())


def test_bands_never_change() -> None:
    """They are stored: where this fails, a migration must compute them all anew."""
    assert RMinHash.ALGORITHM_VERSION == 2
    assert sketch.bands(["Air naik lima meter lagi di Demak."])[:3] == [
        10556226891517,
        119669651040913,
        67777511005829,
    ]


def test_no_table_is_read_through(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("analyze")
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("set local enable_seqscan = off")
        plan = "\n".join(benchmark.explained(connection))
    wanted = "pk_signatures" if engine.dialect.name == "postgresql" else "SEARCH signatures USING"
    assert wanted in plan
    assert "Scan on signatures" not in plan
    assert "SCAN signatures" not in plan


def test_labelled_texts_are_told_apart(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "PAIRS", 5)
    pairs, _ = benchmark.fill(engine, 50)
    found = benchmark.judge(engine, pairs)
    assert found.wrong == 0
    assert found.recall >= 0.95
    assert sum(found.by_kind[kind] for kind in SEVERAL_TEXTS) == 0
