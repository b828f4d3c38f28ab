"""Full text: what is found, in which order, and that no word breaks it; on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kompas_crawler.archive import full_text
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.export import Filters, conditions, matching_ids
from kompas_crawler.archive.read.search import query, search, snippets
from kompas_crawler.archive.store import articles, forget
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.text import clean
from tests.archive.build import NOW, article, key

if TYPE_CHECKING:
    from collections.abc import Callable

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


def numbers(engine: Engine, words: str, limit: int = 20, **filters: Any) -> list[int]:
    by_key = {key(number): number for number in TEXTS}
    asked = conditions(Filters(**filters))
    with engine.connect() as connection:
        hits = search.search(connection, words, *asked, limit=limit)
        found = [by_key[hit.key] for hit in hits]
        matches = select(ArticleRow.key).where(search.condition(connection, words), *asked)
        every = connection.scalars(matches).all()
        if limit > len(found):
            assert sorted(found) == sorted(by_key[each] for each in every)
    return found


def save(engine: Engine, *made: Any) -> None:
    with engine.begin() as connection:
        articles.save(connection, made, run_id=None, now=NOW)


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
        ("cafe", {2}),
        ("CAF\u00c9", {2}),
        ("ungsi", {1}),
        ("pengungsian", {1}),
        ('"mengungsi"', {1}),
        ('"ungsi"', set()),
        ("-ungsi banjir", {2, 3}),
        ('-"ungsi" banjir', {1, 2, 3}),
        ("vaks*", {4}),
        ("covid-1*", {4}),
        ("vaksin OR panen", {3, 4}),
        ("vaksin OR panen harga", {3}),
        ('"air naik" OR covid19', {1, 4}),
        ("banjir AND surut", {2, 3}),
        ("\u201cungsi\u201d", set()),
        ("\u201eharga beras\u201c", {2, 3}),
        ("\u00abberas harga\u00bb", set()),
        ("banjir \u2212demak", {2}),
        ("banjir \u2013\u201charga beras\u201d", {1}),
        ("banjir \u2013 demak", {1, 3}),
    ],
)
def test_words_phrases_and_exclusions(engine: Engine, words: str, found: set[int]) -> None:
    assert set(numbers(engine, words)) == found


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Rp1.250.000", ["1.250.000", "1250000", "1,250,000", "Rp 1.250.000", "Rp1250000"]),
        ("U-23", ["U-23", "u23", "U 23", '"u-23"', "23"]),
        ("AS\u2013Rusia", ["AS-Rusia", "as rusia", "rusia", "AS/Rusia"]),
        ("15,8 persen", ["15,8", "15.8", '"15,8 persen"']),
        ("1e5e", ["1e5e", "1E5E", '"1e5e"']),
        ("Vi\u0303ales", ["vinales OR viales", "vi\u00e1les"]),
    ],
)
def test_numbers_and_codes_are_found_in_their_usual_spellings(
    engine: Engine, written: str, words: list[str]
) -> None:
    save(engine, article(4, title="Kabar", body=(f"Ada {written}.",)))
    assert [numbers(engine, each) for each in words] == [[4]] * len(words)
    assert numbers(engine, "250.000") == []


def test_titles_come_first_then_the_newest_then_by_key(engine: Engine) -> None:
    assert numbers(engine, "banjir") == [3, 1, 2]
    assert numbers(engine, "banjir surut") == [3, 2]
    assert numbers(engine, "demak") == [3, 1, 4]
    same = {"published_at": datetime(2024, 1, 9, tzinfo=WIB), "body": ("Sama.",)}
    save(engine, *(article(number, title="Lain", **same) for number in (2, 1, 4)))
    assert numbers(engine, "sama") == [1, 2, 4]
    assert numbers(engine, "sama", limit=1) == [1]


@pytest.mark.parametrize("number", TEXTS)
def test_an_exact_title_comes_first(engine: Engine, number: int) -> None:
    title = TEXTS[number]["title"]
    save(
        engine, article(9, title=f"{title} {title}", published_at=datetime(2025, 1, 1, tzinfo=WIB))
    )
    with engine.connect() as connection:
        assert search.search(connection, title)[0].title == title


def test_filters_by_day_section_name_and_number(engine: Engine) -> None:
    assert numbers(engine, "demak", section=("tekno",)) == [4]
    assert numbers(engine, "demak", since=date(2024, 1, 3)) == [3, 4]
    assert numbers(engine, "demak", until=date(2024, 1, 3)) == [3, 1]
    assert numbers(engine, "demak", since=date(2024, 1, 3), until=date(2024, 1, 3)) == [3]
    assert numbers(engine, "demak", limit=2) == [3, 1]
    save(engine, article(1, title="Demak", tags=("Banjir Rob",), authors=("Sari",)))
    assert numbers(engine, "demak", tag=("lain", "banjir rob")) == [1]
    assert numbers(engine, "demak", author=("SARI",)) == [1]


@pytest.mark.parametrize("name", ["Élysée", "ÉLYSÉE", "élysée", "Éric Ångström"])
@pytest.mark.parametrize("form", [str, str.lower, str.upper, str.title])
def test_names_are_found_in_any_case_as_in_an_earlier_state(
    engine: Engine, name: str, form: Callable[[str], str]
) -> None:
    save(engine, article(1, title="Demak", tags=(name,), authors=(name,)))
    later = article(1, title="Demak", tags=(name,), authors=(name,), topic="Lain")
    with engine.begin() as connection:
        articles.save(connection, [later], run_id=None, now=NOW + timedelta(days=1))
    for option in ("tag", "author"):
        chosen: dict[str, Any] = {option: (form(name),)}
        assert numbers(engine, "demak", **chosen) == [1]
        with engine.connect() as connection:
            for at in (None, NOW):
                assert len(matching_ids(connection, Filters(**chosen, as_of=at))) == 1


def test_a_copy_names_its_original(engine: Engine) -> None:
    body = tuple(f"Kalimat {n} tentang jembatan yang panjang sekali." for n in range(9))
    save(engine, article(7, title="Jembatan", body=body), article(8, title="Jembatan", body=body))
    with engine.connect() as connection:
        hits = search.search(connection, "jembatan")
    assert [(hit.key, hit.duplicate_of) for hit in hits] == [(key(7), None), (key(8), key(7))]


def test_the_snippet_marks_what_was_found(engine: Engine) -> None:
    with engine.connect() as connection:
        (hit,) = search.search(connection, "vaksin jakarta")
    text = "".join(piece.text for piece in hit.snippet)
    assert text.rstrip(".") == "Vaksin untuk anak-anak di Jakarta dan Demak"
    assert [piece.text for piece in hit.snippet if piece.is_hit] == ["Vaksin", "Jakarta"]


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("jual", ["menjual", "dijual"]),
        ('"dijual"', ["dijual"]),
        ('"dijual lagi"', ["dijual lagi"]),
        ("dij*", ["dijual"]),
        ("250000", ["250.000"]),
        ("tidakada OR lagi", ["lagi"]),
        ("judul", []),
    ],
)
def test_an_excerpt_shows_the_part_with_most_hits(words: str, hits: list[str]) -> None:
    text = "Awal " * 40 + "kami menjual Rp250.000, lalu 'dijual lagi'. " + "akhir " * 40
    found = snippets.snippet(query.parse(words), text, "Ringkasan")
    shown = [piece.text for piece in found if piece.is_hit]
    assert [one.removeprefix("Rp") for one in shown] == hits
    assert len("".join(piece.text for piece in found).split()) <= snippets.SIZE + 2


@pytest.mark.parametrize("words", ["", "  ", "!!!", "-banjir", '""', "_", "- -"])
def test_what_names_nothing_to_look_for_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="name at least one word"):
        query.parse(words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("banjir OR", "OR needs a word on both sides"),
        ("OR banjir", "OR needs a word on both sides"),
        ("banjir OR OR gempa", "OR needs a word on both sides"),
        ("banjir OR -gempa", "a word with a minus cannot follow OR"),
        ("ba*", "write at least 3 characters before a \\*"),
        ("b*njir", "a \\* stands for the end of one word"),
        ('"banj*"', "a \\* stands for the end of one word"),
        ("banjir -banjir", "both required and excluded"),
        ("banjir NOT demak", "exclude a word by a minus"),
    ],
)
def test_what_means_nothing_is_refused(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        query.parse(words)


def test_more_words_than_a_title_has_are_refused() -> None:
    with pytest.raises(ValueError, match="name at most 100 words"):
        query.parse(" ".join(f"kata{number}" for number in range(300)))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.text(
        st.sampled_from("ab\"'()*:^-+&|!<>\\{}~%_=;,. \x00\t\n\ud800éßİ中AND OR NOT NEAR \u202e0"),
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
        connection.execute(select(ArticleRow.key).where(search.condition(connection, words))).all()


def test_the_index_follows_changes_and_removals_in_their_transaction(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        articles.save(connection, [article(1, title="Gempa")], run_id=None, now=NOW)
        assert [hit.title for hit in search.search(connection, "gempa")] == ["Gempa"]
        transaction.rollback()
    assert numbers(engine, "gempa") == []
    later = datetime(2025, 5, 5, tzinfo=WIB)
    save(engine, article(1, body=("Angin ribut.",), published_at=later))
    assert (numbers(engine, "ribut"), numbers(engine, "naik")) == ([1], [])
    with engine.connect() as connection:
        found = forget.trace(connection, key(1))
    forget.forget(engine, found, NOW)
    assert numbers(engine, "ribut") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("is_told", [True, False])
def test_removed_words_leave_the_index(engine: Engine, *, is_told: bool) -> None:
    """The control: FTS5 stores no texts, and keeps what it is not told to remove."""
    former = article(1, title="Lain") if is_told else article(1, title="Judul palsu", body=("x",))
    with engine.begin() as connection:
        full_text.replace(connection, {}, {99: article(1, title="Lain")})
        full_text.replace(connection, {99: former}, {})
        count = "select count(*) from article_words where article_words match 'lain'"
        assert connection.exec_driver_sql(count).scalar() == (0 if is_told else 1)


@pytest.mark.parametrize("body", ["kata " * 400_000, "é" * 3000, "x" * 1_500_000], ids=len)
def test_a_text_of_any_size_is_stored(engine: Engine, body: str) -> None:
    many = " ".join(f"kata{number}é" for number in range(100_000))
    with engine.begin() as connection:
        texts = [article(8, body=(body,)), article(9, title=many, summary=many, body=(many,))]
        articles.save(connection, texts, run_id=None, now=NOW)
        assert connection.scalar(select(ArticleRow.title).where(ArticleRow.key == key(9))) == many
        assert [hit.key for hit in search.search(connection, "kata7é")] == [key(9)]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("pertama", True),
        ('"awal pertama"', True),
        ("terakhir", True),  # past the positions
        ('"tengah terakhir"', False),
        ('"tengah akhir"', False),
        ('"kata7 kata7"', True),
        ('"lusa lusa"', True),
        ('"lusa penutup"', False),  # past the repeats of one word
    ],
)
def test_both_databases_forget_the_same_places_of_a_long_text(
    engine: Engine, words: str, is_found: bool
) -> None:
    body = "awal pertama " + "lusa " * 300 + "penutup kata7 kata7 "
    body += " ".join(f"{'abcdefgh'[n % 8]}{n}" for n in range(9_000)) + " tengah terakhir"
    save(engine, article(8, body=(body,)))
    with engine.connect() as connection:
        assert bool(search.search(connection, words)) == is_found


@pytest.mark.parametrize("limit", [1, 3, 5])
@pytest.mark.parametrize("looked", [(1, 2), (2_000, 20_000)])
def test_a_rare_phrase_of_common_words_is_found_whatever_its_age(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, looked: tuple[int, int], limit: int
) -> None:
    monkeypatch.setattr(search, "_LOOKED", looked)
    in_order = {10, 12, 17}
    bodies = {n: "Hujan deras." if n in in_order else "Deras, hujan." for n in range(10, 22)}
    days = {n: datetime(2024, 1, n, tzinfo=WIB) for n in bodies}
    made = (article(n, title="x", body=(bodies[n],), published_at=days[n]) for n in bodies)
    save(engine, *made)
    with engine.connect() as connection:
        hits = search.search(connection, '"hujan deras"', limit=limit)
    assert [hit.key for hit in hits] == [key(n) for n in (17, 12, 10)][:limit]


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


@pytest.mark.parametrize("mark", HIDDEN, ids=ascii)
def test_nor_does_it_in_a_text_stored_without_cleaning(engine: Engine, mark: str) -> None:
    save(engine, article(4, title="Judul", body=(f"Long{mark}sor.",)))
    assert numbers(engine, "longsor") == [4]


@pytest.mark.parametrize(
    "text", ["\U0001f468\u200d\U0001f469 \u2764\ufe0f", "\u0645\u06cc\u200c\u062e"]
)
def test_emoji_and_other_scripts_keep_their_joiners(text: str) -> None:
    assert clean(text) == text
