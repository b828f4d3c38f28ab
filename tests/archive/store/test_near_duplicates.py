"""Which texts are one, parts or similar; which is the original; what looking costs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from benchmarks import similar as benchmark
from benchmarks.corpus import Corpus
from benchmarks.labelled import ONE_TEXT, SEVERAL_TEXTS
from kompas_crawler.archive.models import ArticleRow, SimilarityRow, SketchRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import (
    articles,
    duplicates,
    forget,
    near_duplicates,
    shared_passages,
    similarities,
    sketch,
)
from kompas_crawler.archive.store.duplicates import NEAR
from kompas_crawler.sample.site.site import Site
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
    bodies = {1: BODY[:8], 2: BODY, 3: (*BODY[2:], *paragraphs(2, 2))}
    first, last = sketch.read(bodies[1]), sketch.read(bodies[3])
    assert sketch.covered(last, first) < NEAR
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


def test_an_article_without_words_is_like_no_other(engine: Engine) -> None:
    save(engine, made(1, []), made(2, ["..."]), made(3, BODY))
    save(engine, made(4, ["-"]), made(5, BODY))
    assert {k: m[:2] for k, m in marks(engine).items()} == {key(5): (key(3), "same text")}


def test_a_rollback_takes_the_sketch_along(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        articles.save(connection, [made(1, BODY)], run_id=None, now=NOW)
        transaction.rollback()
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SketchRow)) == 0


def test_what_is_forgotten_leaves_no_sketch(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, paragraphs(2)))
    with engine.begin() as connection:
        near_duplicates.forget(connection, 1, [BODY])
        left = set(connection.scalars(select(SketchRow.article_id)))
    assert left == {2}


@given(st.text(alphabet=st.one_of(st.sampled_from("aB1_ -.,\n“”’–…éİ\u2009"), st.characters())))
def test_words_are_those_of_the_expression(text: str) -> None:
    assert sketch._words([text]) == re.findall(r"\w+", text.lower())


def test_sketches_never_change() -> None:
    """They are stored: where this fails, a migration must compute them all anew."""
    assert sketch.sketch(["Air naik lima meter."]) == ([126515769], [126515769])
    assert sketch.sketch(BODY).stored[:3] == [1880243102, 1539691310, 439495776]


@pytest.mark.slow
def test_any_sixty_words_are_found() -> None:
    corpus = Corpus(seed=3)
    found = dict.fromkeys(("short", "long"), 0)
    for number in range(1000):
        words = " ".join(corpus.body()).split()
        long = sketch.sketch([" ".join(words)])
        first = number % (len(words) - 60)
        words = words[first : first + 60]
        words[5 + number % 50] = "ralat"
        short = sketch.sketch([" ".join(words)])
        found["short"] += len({*long.asked} & {*short.stored}) >= 2
        found["long"] += bool({*short.asked} & {*long.stored})
    assert min(found.values()) >= 990


def test_an_article_has_thirteen_rows() -> None:
    corpus = Corpus(seed=3)
    rows = [len(sketch.sketch(corpus.body()).stored) for _ in range(200)]
    assert 10 <= sum(rows) / 200 <= 14
    assert max(rows) <= 300 // sketch.GAP + 1


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


@pytest.mark.slow
def test_labelled_texts_are_distinguished(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "PAIRS", 20)
    labelled, _ = benchmark.fill(engine, 50)
    found = benchmark.judge(engine, labelled)
    assert found.wrong == 0
    assert min(found.by_kind[kind] for kind in ONE_TEXT) >= 19
    assert found.recall >= 0.99
    assert sum(found.by_kind[kind] for kind in SEVERAL_TEXTS) == 0
    assert min(found.similar[kind] for kind in SEVERAL_TEXTS) >= 19
    assert sum(found.similar[kind] for kind in ONE_TEXT) <= 1


def test_background_would_be_a_copy_with_a_lower_limit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the labelled texts: the limit keeps them apart."""
    save(engine, made(1, BODY), made(2, (*paragraphs(2, 4), *BODY[4:])))
    assert marks(engine) == {}
    monkeypatch.setattr(duplicates, "NEAR", 0.55)
    save(engine, made(2, (*paragraphs(2, 4), *BODY[4:], "Ralat.")))
    assert list(marks(engine)) == [key(2)]


def alike(engine: Engine) -> dict[tuple[str, str], tuple[float, float]]:
    """The rows of similar articles, by both keys."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(SimilarityRow.article_id, SimilarityRow.other_id)
            .add_columns(SimilarityRow.share, SimilarityRow.other_share)
            .order_by(SimilarityRow.article_id, SimilarityRow.other_id)
        ).all()
        keys = dict(connection.execute(select(ArticleRow.id, ArticleRow.key)).all())
    return {(keys[a], keys[b]): (round(c, 2), round(d, 2)) for a, b, c, d in rows}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("part", [1, 2])
def test_a_part_is_a_duplicate_of_the_whole_whatever_came_first(
    engine: Engine, order: tuple[int, ...], part: int
) -> None:
    bodies = {part: BODY[3:5], 3 - part: BODY}
    for number in order:
        save(engine, made(number, bodies[number]))
    ((marked, (original, why, how_much)),) = marks(engine).items()
    assert (marked, original, why) == (key(part), key(3 - part), "part of it")
    assert how_much == pytest.approx(0.2, abs=0.02)
    assert alike(engine) == {}


def test_a_sentence_within_another_text_is_no_part(engine: Engine) -> None:
    save(engine, made(1, BODY[3:4]), made(2, BODY))
    assert marks(engine) == {}


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_part_of_two_texts_does_not_join_them(engine: Engine, order: tuple[int, ...]) -> None:
    bodies = {1: BODY[:4], 2: (*BODY[:4], *paragraphs(2, 6)), 3: (*paragraphs(3, 6), *BODY[:4])}
    for number in order:
        save(engine, made(number, bodies[number]))
    assert {k: m[:2] for k, m in marks(engine).items()} == {key(1): (key(2), "part of it")}
    assert alike(engine) == {(key(2), key(3)): (0.4, 0.4), (key(3), key(2)): (0.4, 0.4)}


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4))))
def test_copies_of_a_part_and_parts_of_a_part_have_one_original(
    engine: Engine, order: tuple[int, ...]
) -> None:
    bodies = {1: BODY[:3], 2: BODY[:6], 3: edited(BODY[:3]), 4: BODY}
    for number in order:
        save(engine, made(number, bodies[number]))
    assert {k: m[:2] for k, m in marks(engine).items()} == {
        key(number): (key(4), "part of it") for number in (1, 2, 3)
    }


def test_a_part_follows_its_whole_to_an_older_original(engine: Engine) -> None:
    save(engine, made(2, BODY[3:5]), made(3, BODY))
    save(engine, made(1, edited(BODY)))
    assert {k: m[:2] for k, m in marks(engine).items()} == {
        key(2): (key(1), "part of it"),
        key(3): (key(1), "near text"),
    }


def test_a_part_is_free_when_the_whole_changes(engine: Engine) -> None:
    save(engine, made(1, BODY[3:5]), made(2, BODY))
    save(engine, made(2, (*BODY[:3], *BODY[5:])))
    assert marks(engine) == {}
    save(engine, made(2, BODY))
    assert list(marks(engine)) == [key(1)]


def test_a_text_whose_whole_was_removed_can_be_copied(engine: Engine) -> None:
    save(engine, made(1, BODY), made(2, BODY[3:5]), made(3, BODY[3:5]))
    with engine.begin() as connection:
        connection.execute(delete(ArticleRow).where(ArticleRow.key == key(1)))
    save(engine, made(4, BODY[3:5]))
    assert {k: m[:2] for k, m in marks(engine).items()} == {
        key(3): (key(2), "same text"),
        key(4): (key(2), "same text"),
    }


def test_a_forgotten_whole_frees_its_part_and_leaves_no_row(engine: Engine) -> None:
    background = (*BODY[5:], *paragraphs(2, 5))
    save(engine, made(1, BODY[3:5]), made(2, BODY), made(3, background))
    assert alike(engine).keys() == {(key(2), key(3)), (key(3), key(2))}
    with engine.connect() as connection:
        found = forget.trace(connection, key(2))
    assert found.same_text == (key(1),)
    forget.forget(engine, found, NOW)
    assert (marks(engine), alike(engine)) == ({}, {})


def test_similar_articles_have_both_shares_until_a_text_changes(engine: Engine) -> None:
    longer = (*BODY[6:], *paragraphs(2, 12))
    save(engine, made(1, BODY), made(2, longer), made(3, paragraphs(3)))
    expected = {(key(1), key(2)): (0.4, 0.25), (key(2), key(1)): (0.25, 0.4)}
    assert alike(engine) == expected
    save(engine, made(2, paragraphs(2, 12)))
    assert alike(engine) == {}
    save(engine, made(2, longer))
    assert alike(engine) == expected


@pytest.mark.slow
def test_an_article_has_at_most_twenty_similar_ones_the_nearest(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def day(number: int) -> list[str]:
        rng = Random(number)
        return [f"{text} harga {rng.randrange(10**6)} rupiah." for text in BODY]

    for first in range(1, 46, 3):
        save(engine, *(made(number, day(number)) for number in range(first, first + 3)))
    save(engine, made(90, [*day(45)[:5], *day(90)[5:]]))
    rows: dict[str, list[str]] = {}
    for one, other in alike(engine):
        rows.setdefault(one, []).append(other)
    assert {len(others) for others in rows.values()} <= set(range(1, 21))
    assert max(len(others) for others in rows.values()) == 20
    assert key(90) in rows[key(45)]
    assert alike(engine)[key(90), key(45)] == max(alike(engine).values())
    assert marks(engine) == {}
    monkeypatch.setattr(similarities, "MOST", 100)  # the control
    for number in range(50, 60):
        save(engine, made(number, day(number)))
    assert max(Counter(one for one, _ in alike(engine)).values()) > 20


@pytest.mark.slow
@pytest.mark.parametrize("most", [32, 3])
def test_a_copy_is_found_where_each_sentence_is_in_some_other_articles(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(shared_passages, "_SHARE", 20)
    monkeypatch.setattr(shared_passages, "_MOST", most)
    monkeypatch.setattr(shared_passages, "_ALL", most)  # control: of three articles, as of all
    rng, pool = Random(5), [paragraphs(seed, 1)[0] for seed in range(200)]
    bodies = [rng.sample(pool, 6) for _ in range(200)]
    cut = {300 + n: body[:4] for n, body in enumerate(bodies[:30])}
    with engine.begin() as connection:
        for number, body in enumerate(bodies, start=1):
            articles.save(connection, [made(number, body)], run_id=None, now=NOW)
        for number, body in cut.items():
            articles.save(connection, [made(number, body)], run_id=None, now=NOW)
        copies = select(ArticleRow.key, ArticleRow.duplicate_of)
        copies = copies.where(ArticleRow.duplicate_of.is_not(None))
        marked = dict(connection.execute(copies).all())
    right = {key(number): key(number - 299) for number in cut}
    assert (marked == right) is (most == 32)
    assert marked.items() <= right.items()


@pytest.mark.slow
@pytest.mark.parametrize(("words", "replaced"), [(60, 1), (120, 3)])
def test_any_part_of_a_text_is_found_where_all_sentences_recur(
    engine: Engine, words: int, replaced: int
) -> None:
    """Of the sample site's texts, each sentence is one of fourteen with other words in it."""
    site, rng = Site(1000), Random(words + replaced)
    whole = {n: site.article(n).paragraphs for n in range(1000) if n % 20 != 12}
    parts = {}
    for number in rng.sample([n for n in whole if n > 0], 100):
        text = " ".join(whole[number]).split()
        first = rng.randrange(max(len(text) - words, 0) + 1)
        part = text[first : first + words]
        for place in rng.sample(range(len(part)), replaced):
            part[place] = f"ralat{place}"
        parts[3000 + number] = [" ".join(part)]
    with engine.begin() as connection:
        for group in chunks([*whole.items(), *parts.items()], 60):
            made_of = [made(number, body) for number, body in group]
            articles.save(connection, made_of, run_id=None, now=NOW)
    found = {k: m[0] for k, m in marks(engine).items()}
    right = {key(number): key(number - 3000) for number in parts}
    assert len(found.items() & right.items()) >= 99
    assert found.keys() <= right.keys()
