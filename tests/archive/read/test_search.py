"""Full text: what is found, in which order, and that no word breaks it; on both databases."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search import postgresql, query, search
from kompas_crawler.archive.store import articles
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.text import clean
from tests.archive.build import NOW, article, key

if TYPE_CHECKING:
    from sqlalchemy import Engine

TEXTS: dict[int, dict[str, Any]] = {
    1: {"title": "Banjir Bandang di Demak, Warga Mengungsi", "body": ("Air naik cepat.",)},
    2: {"title": "Harga Beras Turun", "body": ("Banjir surut, beras masuk. Café buka lagi.",)},
    3: {"title": "Harga Beras Turun di Demak karena Banjir Surut", "body": ("Panen tiba.",)},
    4: {"title": "Kabar COVID-19", "body": ("Vaksin untuk anak-anak di Jakarta dan Demak.",)},
}


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """An archive with a few texts."""
    texts = [
        article(
            number,
            summary=None,
            section="Tekno" if number == 4 else "Money",
            published_at=datetime(2024, 1, number, tzinfo=WIB),
            **values,
        )
        for number, values in TEXTS.items()
    ]
    with engine.begin() as connection:
        articles.save(connection, texts, run_id=None, now=NOW)
    return engine


def numbers(engine: Engine, words: str, **filters: Any) -> list[int]:
    by_key = {key(number): number for number in TEXTS}
    with engine.connect() as connection:
        found = [by_key[hit.key] for hit in search.search(connection, words, **filters)]
        every = connection.scalars(search.matching_keys(connection, words)).all()
        if not filters:
            assert sorted(found) == sorted(by_key[each] for each in every)
    return found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("banjir", {1, 2, 3}),
        ("BANJIR demak", {1, 3}),
        ("banjir -demak", {2}),
        ('"harga beras"', {2, 3}),
        ('"beras harga"', set()),
        ('banjir -"harga beras"', {1}),
        ("covid-19", {4}),
        ("19", {4}),
        ("anak-anak", {4}),
        ('"jakarta dan demak', {4}),
        ("tidak-ada", set()),
    ],
)
def test_words_phrases_and_exclusions(engine: Engine, words: str, found: set[int]) -> None:
    assert set(numbers(engine, words)) == found


def test_words_in_a_title_count_more(engine: Engine) -> None:
    assert numbers(engine, "banjir")[-1] == 2


@pytest.mark.parametrize("number", TEXTS)
def test_an_exact_title_comes_first(engine: Engine, number: int) -> None:
    assert numbers(engine, TEXTS[number]["title"])[0] == number


def test_an_exact_title_comes_before_better_matches(engine: Engine) -> None:
    best = article(9, title="Beras Beras Harga Turun: Harga Beras Turun", body=("Beras turun.",))
    with engine.begin() as connection:
        articles.save(connection, [best], run_id=None, now=NOW)
        hits = search.search(connection, "harga beras turun")
    assert hits[0].title == "Harga Beras Turun"


def test_filters_by_day_section_and_number(engine: Engine) -> None:
    assert numbers(engine, "demak", section=("tekno",)) == [4]
    assert numbers(engine, "demak", since=date(2024, 1, 3)) != []
    assert set(numbers(engine, "demak", since=date(2024, 1, 3))) == {3, 4}
    assert set(numbers(engine, "demak", until=date(2024, 1, 3))) == {1, 3}
    assert numbers(engine, "demak", since=date(2024, 1, 3), until=date(2024, 1, 3)) == [3]
    assert len(numbers(engine, "demak", limit=2)) == 2


def test_the_snippet_marks_what_was_found(engine: Engine) -> None:
    with engine.connect() as connection:
        (hit,) = search.search(connection, "vaksin jakarta")
    text = "".join(piece.text for piece in hit.snippet)
    assert text.rstrip(".") == "Vaksin untuk anak-anak di Jakarta dan Demak"
    assert [piece.text for piece in hit.snippet if piece.is_hit] == ["Vaksin", "Jakarta"]


def test_accents_and_stems(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        assert numbers(engine, "cafe buka") == [2]
    else:
        assert numbers(engine, "ungsi") == [1]  # from "mengungsi"


@pytest.mark.parametrize("words", ["", "  ", "!!!", "-banjir", '""', "_", "- -"])
def test_what_names_nothing_to_look_for_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="name at least one word"):
        query.parse(words)


def test_more_words_than_a_title_has_are_refused() -> None:
    with pytest.raises(ValueError, match="name at most 100 words"):
        query.parse(" ".join(f"kata{number}" for number in range(300)))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(
        st.sampled_from("ab\"'()*:^-+&|!<>\\{}~%_;,. \x00\t\n\ud800éßİ中AND OR NOT NEAR \u202e0"),
        max_size=30,
    )
)
def test_no_words_break_the_query(engine: Engine, words: str) -> None:
    with engine.connect() as connection:
        try:
            query.parse(words)
        except ValueError:
            return
        search.search(connection, words)
        connection.execute(search.matching_keys(connection, words)).all()


def test_the_index_follows_changes_and_removals_in_their_transaction(engine: Engine) -> None:
    row = ArticleRow.key == key(1)
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(update(ArticleRow).where(row).values(title="Gempa"))
        assert [hit.title for hit in search.search(connection, "gempa")] == ["Gempa"]
        transaction.rollback()
    assert numbers(engine, "gempa") == []
    with engine.begin() as connection:
        connection.execute(update(ArticleRow).where(row).values(body="Angin ribut."))
    assert (numbers(engine, "ribut"), numbers(engine, "naik")) == ([1], [])
    with engine.begin() as connection:
        connection.execute(delete(ArticleRow).where(row))
    assert numbers(engine, "ribut") == []


@pytest.mark.parametrize("body", ["kata " * 400_000, "é" * 3000, "x" * 1_500_000], ids=len)
def test_a_text_of_any_size_is_stored(engine: Engine, body: str) -> None:
    many = " ".join(f"kata{number}é" for number in range(100_000))
    with engine.begin() as connection:
        texts = [article(8, body=(body,)), article(9, title=many, summary=many, body=(many,))]
        articles.save(connection, texts, run_id=None, now=NOW)
        assert connection.scalar(select(ArticleRow.title).where(ArticleRow.key == key(9))) == many
        assert [hit.key for hit in search.search(connection, "kata7é")] == [key(9)]


@pytest.mark.parametrize(
    ("in_order", "found", "back_to"),
    [
        ({6}, [6], None),  # the words stand in the newest too, the phrase in the oldest alone
        ({6, 9}, [9], 8),  # older ones may have it as well, which is said
        ({8, 9}, [8, 9], None),  # as many as were asked for
        (set(), [], None),
    ],
)
def test_a_phrase_of_common_words_is_looked_for_in_the_newest_first(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    in_order: set[int],
    found: list[int],
    back_to: int | None,
) -> None:
    monkeypatch.setattr(postgresql, "RANKED", 1)
    monkeypatch.setattr(postgresql, "LOOKED", 2)
    bodies = {n: "Hujan deras di kota." if n in in_order else "Deras, hujan." for n in range(6, 10)}
    texts = [
        article(n, title="Cuaca", body=(body,), published_at=datetime(2024, 1, n, tzinfo=WIB))
        for n, body in bodies.items()
    ]
    with engine.begin() as connection:
        articles.save(connection, texts, run_id=None, now=NOW)
    with engine.connect() as connection:
        hits = search.search(connection, '"hujan deras"', limit=2)
    if engine.dialect.name == "sqlite":  # which knows where words stand
        found, back_to = sorted(in_order), None
    assert sorted(hit.key for hit in hits) == [key(n) for n in found]
    wanted = datetime(2024, 1, back_to, tzinfo=WIB) if back_to else None
    assert hits.looked_back_to == wanted


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("at_once", "parts"), [(True, 1), (False, 6)])
def test_articles_stored_together_are_one_part_of_the_index(
    engine: Engine, *, at_once: bool, parts: int
) -> None:
    """Each part of FTS5's is read and written again by later merges."""
    texts = [article(number) for number in range(11, 17)]

    def count() -> int:
        with engine.connect() as connection:
            query = "select count(distinct segid) from article_words_idx"
            return int(connection.exec_driver_sql(query).scalar_one())

    before = count()
    with engine.begin() as connection:
        for group in [texts] if at_once else [[one] for one in texts]:
            articles.save(connection, group, run_id=None, now=NOW)
    assert count() - before == parts


HIDDEN = [
    "\u200c",
    "\u200d",
    "\u00ad",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u034f",
    "\ufe0f",
    "\U000e0041",
]


@pytest.mark.parametrize("mark", HIDDEN, ids=ascii)
def test_an_invisible_mark_parts_no_word(engine: Engine, mark: str) -> None:
    written = f"Long{mark}sor di Ja{mark}wa"
    stored = CleanPipeline().process_item(article(4, title=written, body=(f"{written}.",)))
    with engine.begin() as connection:
        articles.save(connection, [stored], run_id=None, now=NOW)

    for words in ("longsor", f"long{mark}sor", f'"longsor di j{mark}awa"', written):
        assert numbers(engine, words) == [4]


@pytest.mark.parametrize("mark", ["\u200c", "\u200d"], ids=ascii)
def test_control_without_cleaning_it_parts_them(engine: Engine, mark: str) -> None:
    stored = article(4, title="Judul", body=(f"Long{mark}sor.",))
    with engine.begin() as connection:
        articles.save(connection, [stored], run_id=None, now=NOW)

    assert numbers(engine, "longsor") == []


@pytest.mark.parametrize(
    "text", ["\U0001f468\u200d\U0001f469 \u2764\ufe0f", "\u0645\u06cc\u200c\u062e"]
)
def test_emoji_and_other_scripts_keep_their_joiners(text: str) -> None:
    assert clean(text) == text
