"""What is left of a page when Kompas renames a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pages.articles import URL, plain, read

CASES = Path(__file__).parent / "cases"

# (form, what is renamed, the field it was read from, the place that answers then)
RENAMED = [
    ("2021", "read__title", "title", "meta:og:title"),
    ("2021", "content_author", "authors", "#penulis"),
    ("2021", "content_editor", "editors", "#editor"),
    ("2021", "content_source", "source", ".read__credit__item"),
    ("2021", "content_tags", "tags", ".tag__article__link"),
    ("2021", "content_PublishedDate", "published_at", "url"),
    ("2021", 'class="read__content"', "body", "[data-io-article-url]"),
    ("2021", 'rel="canonical"', "url", "meta:og:url"),
    ("2023", "content_author", "authors", "#creditModal"),
    ("2023", "content_editor", "editors", "#creditModal"),
    ("2023", "content_total_pages", "pages", None),
    ("2026", "read__title", "title", "meta:og:title"),
    ("2026", "content_PublishedDate", "published_at", "url"),
    ("2026", 'name="description"', "summary", "meta:og:description"),
]


def _form(year: str) -> str:
    return (CASES / f"form-of-{year}" / "page.html").read_text("utf-8")


@pytest.mark.parametrize(("year", "name", "field", "place"), RENAMED)
def test_the_next_place_answers(year: str, name: str, field: str, place: str | None) -> None:
    html = _form(year)
    assert name in html
    renamed = name[:-1] + '-baru"' if name.endswith('"') else f"{name}-baru"
    before, after = read(html), read(html.replace(name, renamed))
    assert after.found_in.get(field) == place
    if field not in ("summary", "published_at"):  # there another text, or the minute alone
        assert getattr(after, field) == getattr(before, field)


@pytest.mark.parametrize("tag", ["section", "article", "main"])
def test_the_parts_may_be_other_elements(tag: str) -> None:
    article = read(
        f'<link rel="canonical" href="{URL}"><{tag} class="read__title">Judul</{tag}>'
        f'<{tag} class="read__time">Diperbarui 18/05/2022, 10:03 WIB</{tag}>'
        f'<{tag} class="read__content"><p>Isi.</p></{tag}>'
    )
    assert (article.title, article.body) == ("Judul", ("Isi.",))
    assert article.updated_at is not None


@pytest.mark.parametrize("year", ["2021", "2023", "2026"])
def test_more_classes_and_their_order_change_nothing(year: str) -> None:
    html = _form(year)
    names = ("read__content", "read__title", "read__time", "cover-photo", "photo", "credit-author")
    other = html
    for name in names:
        other = other.replace(f'class="{name}"', f'class="baru {name} lain"')
    assert _told(other) == _told(html)


def _told(html: str) -> dict[str, Any]:
    return {name: value for name, value in plain(read(html)).items() if name != "found_in"}


def test_nobody_is_named_without_a_role() -> None:
    html = _form("2023")
    for name in ("content_author", "content_editor", "credit-author", "credit-title-name"):
        html = html.replace(name, f"{name}-baru")
    article = read(html)
    # Neither the publisher, nor the editor of the linked data, nor the dataLayer's.
    assert (article.authors, article.editors) == ((), ())


def test_credits_below_the_tags_are_found() -> None:
    html = _form("2026")
    start, end = html.index('<div class="credit">'), html.index('<div class="social--inline">')
    credit = html[start:end]
    moved = html.replace(credit, "").replace(
        '<div class="comment">', f'{credit}<div class="comment">'
    )
    article = read(moved)
    assert (article.authors, article.editors) == (("Sari Melati",), ("Budi Hartono",))
