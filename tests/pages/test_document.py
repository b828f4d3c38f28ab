"""Of a page the head and the article are parsed, and the rest only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.pages import document
from kompas_crawler.pages.article_2015 import article_page
from tests.pages.articles import page, read, response

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

HEAD = "".join(
    f'<meta name="content_{name}" content="{text}">'
    for name, text in {
        "author": "Sari",
        "editor": "Budi",
        "tags": "Banjir",
        "category": "Regional",
        "subcategory": "Jawa",
    }.items()
)
TIME = '<div class="read__time">Kompas.com - 17/05/2022, 08:15 WIB</div>'
TAGS = '<div class="read__tagging"><a class="tag__article__link">Banjir</a></div>'
REST = '<div class="related"><p>Berita lain.</p></div>' * 50
MODAL = (
    '<div class="credit-author"><h6 class="credit-author-name">Wati</h6>'
    '<p class="credit-author-position">Penulis</p></div>'
)
IN_A_SCRIPT = """<script>find("read__tagging")</script>"""
MENU = '<div class="nav"><a href="https://foto.kompas.com/photo">Foto</a></div>' * 50
TITLE = '<h1 class="read__title">Judul</h1>'
PHOTO = (
    '<div class="{}"><img src="https://asset.kompas.com/data/photo/1.jpg">'
    '<div class="photo__caption">Banjir di Demak.</div></div>'
)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is handed to the parser, in order."""
    found: list[bytes] = []
    parse = document._parse

    def listen(body: bytes) -> Element:
        found.append(body)
        return parse(body)

    monkeypatch.setattr(document, "_parse", listen)
    return found


def under(above: str, *, time: str = TIME) -> str:
    """A whole page with *above* between its head and its title."""
    whole = page("<p>Air naik.</p>", head=HEAD, around=time + TAGS + REST)
    return whole.replace("<body>", f"<body>{above}")


def test_what_follows_the_tags_is_left_alone(parsed: list[bytes]) -> None:
    article = read(page("<p>Air naik.</p>", head=HEAD, around=TIME + TAGS + REST))
    assert article.authors == ("Sari",)
    [body] = parsed
    assert body.endswith(b'<div class="read__tagging">')


def test_what_stands_between_head_and_title_is_left_alone(parsed: list[bytes]) -> None:
    article = read(under(MENU))
    assert (article.title, article.body) == ("Judul", ("Air naik.",))
    [body] = parsed
    assert b"</head><div>" in body
    assert b"nav" not in body


@pytest.mark.parametrize("classes", ["photo", "cover-photo", "wide cover-photo --first"])
def test_a_photo_above_the_title_is_the_lead(classes: str) -> None:
    [image] = read(under(MENU + PHOTO.format(classes))).images
    assert image.caption == "Banjir di Demak."


def test_a_time_above_the_title_is_found() -> None:
    time = TIME.replace("WIB", "WIB Diperbarui 17/05/2022, 09:15 WIB")
    article = read(under(MENU + time, time=""))
    assert article.updated_at is not None
    assert article.updated_at.hour == 9


@pytest.mark.parametrize(
    ("above", "title"),
    [
        (f"<script>let heading = '{TITLE}'</script>", "Judul"),
        (TITLE.replace("Judul", "Judul di atas"), "Judul di atas"),
    ],
    ids=["in a script", "two"],
)
def test_of_several_titles_the_first_of_the_page_counts(
    above: str, title: str, parsed: list[bytes]
) -> None:
    assert read(under(MENU + above)).title == title
    assert b"nav" in parsed[0]


CODE = [
    f"<script>let heading = '{TITLE}'</script>",
    f"<script>let heading = `<div>{TITLE}</div>`</script>",
    f"<!-- {TITLE} -->",
]


@pytest.mark.parametrize("code", CODE)
def test_a_title_in_a_script_or_a_comment_is_none(code: str, parsed: list[bytes]) -> None:
    """Control: beside code the title of the page is found, and its menus are left alone."""
    whole = under(MENU).replace(TITLE, "<title>Kepala</title>").replace("<body>", f"<body>{code}")
    assert read(whole).title == "Kepala"
    parsed.clear()
    assert read(under(MENU + code.replace("read__", "x"))).title == "Judul"
    assert b"nav" not in parsed[0]


def test_a_page_that_ends_in_its_tags_is_read() -> None:
    """Control: the same page with the end of that tag is read too."""
    whole = under(MENU)
    start = whole.index("read__tagging")
    for end in (start + len("read__tagging"), start + len('read__tagging">')):
        assert read(whole[:end] + '"').title == "Judul"


def test_text_above_the_title_is_text_beside_that_below_it() -> None:
    above = '<div class="read__content"><p>Ringkasan.</p></div>'
    assert read(under(MENU + above)).body == ("Ringkasan.", "Air naik.")


NEXT = (
    TITLE.replace("Judul", "Judul lain")
    + '<div class="read__credit__item" id="penulis">Penulis <a>Wati</a></div>'
    + PHOTO.format("photo")
    + '<div class="read__content"><p>Berita lain.</p></div>'
)


@pytest.mark.parametrize("tags", ["", TAGS], ids=["untagged", "tagged"])
@pytest.mark.parametrize("next_tags", ["", TAGS], ids=["next untagged", "next tagged"])
@pytest.mark.parametrize("after", ["", MODAL], ids=["no modal", "modal"])
def test_another_article_below_is_no_part_of_this_one(
    tags: str, next_tags: str, after: str
) -> None:
    """Control: without its title it belongs to the one above it."""
    below = f"{tags}<article>{NEXT}{next_tags}</article>{after}"
    article = read(page("<p>Air naik.</p>", around=below))
    assert (article.title, article.body, article.images) == ("Judul", ("Air naik.",), ())
    assert article.authors == (("Wati",) if after else ())
    if not tags:
        whole = page("<p>Air naik.</p>", around=below.replace("Judul lain", "Judul"))
        assert read(whole).body == ("Air naik.", "Berita lain.")


@pytest.mark.parametrize(
    "below", [TAGS + NEXT + MODAL, MODAL + NEXT + TAGS, NEXT.replace("h1", "b")]
)
def test_a_field_is_the_same_whichever_was_read_before(below: str) -> None:
    html = page("<p>Air naik.</p>", around=below)
    whole = read(html)
    for name in ("images", "source", "body", "editors", "title", "tags", "related", "authors"):
        assert getattr(article_page(response(html)), name) == getattr(whole, name), name


CREDIT = '<div class="read__credit__item" id="editor">Editor <a>Budi</a></div>'


def test_what_is_below_a_title_shown_twice_belongs_to_the_article() -> None:
    again = TITLE.replace(">Judul<", "> Judul\n<") + CREDIT
    for tags in ("", TAGS):
        article = read(page("<p>Air naik.</p>", around=again + tags))
        assert (article.body, article.editors) == (("Air naik.",), ("Budi",))


@pytest.mark.parametrize("code", ["<!-- {} -->", "<script>let old = `{}`</script>"])
def test_a_whole_article_in_code_is_none(code: str) -> None:
    """Control: beside it the article of the page is read."""
    old = TITLE.replace("Judul", "Lama") + '<div class="read__content"><p>Lama.</p></div>' + TAGS
    whole = under(MENU)
    bare = whole.replace(TITLE, "<title>Kepala</title>").replace(TAGS, "")
    for html, title in ((bare, "Kepala"), (whole, "Judul")):
        article = read(html.replace("<body>", f"<body>{code.format(old)}"))
        assert (article.title, article.body) == (title, ("Air naik.",))


@pytest.mark.parametrize("place", ["</head>", "<body>", "</body>"])
def test_what_a_script_would_copy_is_no_part_of_the_page(place: str) -> None:
    """Control: the same outside of a template is read."""
    inside = TITLE.replace("Judul", "Lain") + '<div class="read__content"><p>Lain.</p></div>'
    whole = under(MENU)
    assert whole.count(place) == 1
    article = read(whole.replace(place, f"<template>{inside}</template>{place}"))
    assert (article.title, article.body) == ("Judul", ("Air naik.",))
    assert "Lain." in read(whole.replace("<body>", f"<body>{inside}")).body


def test_a_page_without_an_end_of_its_head_is_read_from_its_start(parsed: list[bytes]) -> None:
    article = read(under(MENU).replace("</head>", ""))
    assert b"nav" in parsed[0]
    assert (article.title, article.authors) == ("Judul", ("Sari",))
    assert article.body == ("Air naik.",)


def test_a_title_that_was_never_closed_ends_with_its_block() -> None:
    article = read(under(f"{MENU}<div>").replace("</h1>", "</div>"))
    assert (article.title, article.body) == ("Judul", ("Air naik.",))


def test_a_menu_that_was_never_closed_swallows_no_article() -> None:
    article = read(under(f"{MENU}<script>let menu = 1;"))
    assert (article.title, article.body) == ("Judul", ("Air naik.",))


@pytest.mark.parametrize("after", [MODAL, MODAL + IN_A_SCRIPT], ids=["modal", "script"])
def test_what_stands_only_after_the_tags_is_found(after: str) -> None:
    article = read(page("<p>Air naik.</p>", around=TIME + TAGS + REST + after))
    assert article.authors == ("Wati",)
    assert article.tags == ("Banjir",)
    assert article.body == ("Air naik.",)


def test_text_goes_on_after_tags_that_stand_in_it(parsed: list[bytes]) -> None:
    article = read(page(f"<p>Air naik.</p>{TAGS}<p>Warga mengungsi.</p>", head=HEAD))
    assert article.body == ("Air naik.", "Warga mengungsi.")
    assert len(parsed) == 2
