"""Labels beside names and links: who writes, who edits, and which line is no text."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages.article_2015 import article_page
from tests.pages.articles import page, read

A = "https://money.kompas.com/read/2024/01/15/090000126/harga-beras"
BESIDE = "<p>Air naik di desa itu.</p>"
LINK = f'<a href="{A}">Judul Lain</a>'
MARKED = LINK.replace("<a ", '<a class="inner-link-baca-juga" ')
SARI, BUDI = ("Sari Melati",), ("Budi Hartono",)


@pytest.mark.parametrize(
    ("block", "authors", "editors"),
    [
        # The label stands in the same element as the name, in any tag.
        ('<div class="x">Budi Hartono<p>Editor</p></div>', (), BUDI),
        ('<div class="x"><p>Editor</p>Budi Hartono</div>', (), BUDI),
        ("<h6>Editor: Budi Hartono</h6>", (), BUDI),
        ("<h6>Editor : Budi Hartono</h6>", (), BUDI),
        ("<span>Editor</span><div>Budi Hartono</div>", (), BUDI),
        ("<div>Penyunting</div> Budi Hartono", (), BUDI),
        ("<h6>Penulis: Sari Melati</h6>", SARI, ()),
        # One block holds both.
        ("Sari Melati<p>Penulis</p> Budi Hartono<p>Editor</p>", SARI, BUDI),
        ("<p>Penulis</p>Sari Melati<p>Editor</p>Budi Hartono", SARI, BUDI),
        ("<h6>Penulis: Sari Melati</h6><h6>Editor: Budi Hartono</h6>", SARI, BUDI),
        # Controls: a name that begins like a label, and a break inside a name.
        ("<h6>Reporterina Melati</h6>", ("Reporterina Melati",), ()),
        ("<h6>Sari<br>Melati</h6>", SARI, ()),
    ],
)
def test_a_label_in_a_block_of_names(
    block: str, authors: tuple[str, ...], editors: tuple[str, ...]
) -> None:
    found = read(page(BESIDE, around=f'<div class="credit-title-name">{block}</div>'))
    assert (found.authors, found.editors) == (authors, editors)


@pytest.mark.parametrize("label", ["Editor", "Managing Editor", "Senior Editor", "Editor Bahasa"])
def test_an_editor_of_any_rank_is_no_author(label: str) -> None:
    short = f'<div><div class="credit-title-name"><h6>Budi Hartono</h6></div><p>{label}</p></div>'
    modal = (
        '<div class="credit-author"><h6 class="credit-author-name">Budi Hartono</h6>'
        f'<p class="credit-author-position">{label}</p></div>'
    )
    for around in (short, modal):
        found = read(page(BESIDE, around=around))
        assert (found.authors, found.editors) == ((), BUDI)


def test_declared_editors_with_labels() -> None:
    declared = '<meta name="content_editor" content="Editor: Budi Hartono">'
    found = read(page(BESIDE, head=declared))
    assert (found.authors, found.editors) == ((), BUDI)


@pytest.mark.parametrize("lost", ["", '"', '" <meta name='])
def test_a_declaration_that_goes_on_into_the_next_names_nobody(lost: str) -> None:
    ends = ['<meta name="content_author', '"content_editor" content="Budi Hartono">']
    found = read(page(BESIDE, head=lost.join(ends)))
    assert found.authors == ()


@pytest.mark.parametrize(
    ("row", "authors"),
    [
        ("Penulis: Sari Melati | Editor: Budi Hartono", SARI),
        ("<a>Penulis: Sari Melati</a> | <a>Editor: Budi Hartono</a>", SARI),
        ("Penulis Editor", ()),
        ("Tim Redaksi: Sari Melati", SARI),
    ],
)
def test_labels_in_a_credit_row_are_nobody(row: str, authors: tuple[str, ...]) -> None:
    around = f'<div class="read__credit__item" id="penulis">{row}</div>'
    assert read(page(BESIDE, around=around)).authors == authors


@pytest.mark.parametrize(
    ("row", "authors", "editors", "source"),
    [
        ("Penulis: <a>Sari Melati</a> Editor: <a>Budi Hartono</a>", SARI, BUDI, None),
        ("Penulis <a>Sari Melati</a> Editor <a>Budi Hartono</a>", SARI, BUDI, None),
        ("Penulis: Sari Melati<br>Editor: Budi Hartono", SARI, BUDI, None),
        ("Reporter: Sari Melati; Senior Editor: Budi Hartono", SARI, BUDI, None),
        ("<p>Penulis: Sari Melati</p><p>Sumber: Antara</p>", SARI, (), "Antara"),
        ("Sumber: <a>Antara</a> Editor: <a>Budi Hartono</a>", (), BUDI, "Antara"),
        ("Penulis: <a>Budi Hartono</a> Editor: <a>Budi Hartono</a>", BUDI, BUDI, None),
        (
            "Sumber The Hollywood Reporter, Asosiasi Penulis",
            (),
            (),
            "The Hollywood Reporter, Asosiasi Penulis",
        ),
        # Controls: one label of two words, and a link whose text is in another name.
        ("Penulis & Editor: <a>Sari Melati</a>", SARI, (), None),
        ("Penulis: <a>Sari Melati</a> Editor: <a>Sari</a>", SARI, ("Sari",), None),
    ],
)
def test_several_labels_in_a_credit_row(
    row: str, authors: tuple[str, ...], editors: tuple[str, ...], source: str | None
) -> None:
    around = f'<div class="read__credit__item">{row}</div>'
    found = read(page(BESIDE, around=around))
    assert (found.authors, found.editors, found.source) == (authors, editors, source)
    if "<a" not in row and "<p" not in row:
        rows = row.replace("<br>", " ").replace(";", "<br>")
        older = f'<html><body><div class="kcm-read-top"><h2>Judul</h2></div>{BESIDE}</body></html>'
        older = older.replace(BESIDE, f'<div class="kcm-read-text">{BESIDE}</div>{{}}')
        copy = older.format(f'<div class="kcm-read-copy">{rows}</div>')
        found = read(copy)
        assert (found.authors, found.editors) == (authors, editors)


def test_all_credit_rows_of_one_role() -> None:
    row = '<div class="read__credit__item" id="{}">{} <a>{}</a></div>'.format
    rows = row("penulis", "Penulis", "Sari Melati") + row("penulis", "Penulis", "Rini")
    assert read(page(BESIDE, around=rows)).authors == (*SARI, "Rini")


@pytest.mark.parametrize(
    "position",
    [
        "Penulis",
        "Koresponden Solo",
        "Jurnalis",
        "Wartawan",
        "Kontributor Malang",
        "Senior Reporter",
    ],
)
def test_who_writes_by_position(position: str) -> None:
    modal = (
        '<div id="creditModal"><div class="credit-author"><h6 class="credit-author-name">Sari '
        f'Melati</h6><p class="credit-author-position">{position}</p></div></div>'
    )
    assert read(page(BESIDE, around=modal)).authors == SARI


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        (f"<p>Baca juga:<br>{LINK}</p>", ()),
        (f"<p>Baca juga<br>{LINK}</p>", ()),
        (f"<p><strong>Baca juga:<br>{LINK}</strong></p>", ()),
        (f"<p>- Baca juga: {LINK}</p>", ()),
        (f"<p>* Baca juga: {LINK}</p>", ()),
        (f"<p>Baca juga – {LINK}</p>", ()),
        (f"<p><strong>Baca juga | {LINK}</strong></p>", ()),
        (f"<p>Baca juga:<br>1. {LINK}</p>", ()),
        (f"<p>Baca juga: 1. {LINK}</p>", ()),
        (f"<p>Simak: {MARKED}</p>", ()),
        (f"<p><strong>Berita terkait :</strong> {MARKED}</p>", ()),
        # Until about 2018.
        (f"<p>(Baca: {LINK})</p>", ()),
        (f"<p><strong>BACA : {LINK}</strong></p>", ()),
        (f"<p>➡ Baca juga: {LINK}</p>", ()),
        (f"<h3>Baca juga</h3><ul><li>{LINK}</li></ul>", ()),
        (f'<p><a href="{A}">Baca juga: Judul Lain</a></p>', ()),
        (f'<p>Baca juga: <a href="{A}">Judul<br>Lain</a></p>', ()),
        (f'<p><a class="inner-link-baca-juga" href="{A}">Baca juga: Judul Lain</a></p>', ()),
        # Controls: a link of a sentence stays text.
        (f"<p>Simak: {LINK}</p>", ("Simak: Judul Lain",)),
        (f"<p>Kata Sari: {LINK} dan air.</p>", ("Kata Sari: Judul Lain dan air.",)),
        (f"<p>Lihat {LINK} untuk peta.</p>", ("Lihat Judul Lain untuk peta.",)),
        (f"<p>Klik untuk baca: {LINK}</p>", ("Klik untuk baca: Judul Lain",)),
        ("<p>Baca: petunjuk dan aturan.</p>", ("Baca: petunjuk dan aturan.",)),
        (
            f"<p>Warga baca juga – {LINK} – hari ini.</p>",
            ("Warga baca juga – Judul Lain – hari ini.",),
        ),
        (f"<p>Warga membaca:<br>{LINK}</p>", ("Warga membaca:", "Judul Lain")),
    ],
)
def test_a_line_baca_juga_is_a_link_and_no_text(line: str, rest: tuple[str, ...]) -> None:
    found = read(page(f"{BESIDE}{line}<p>Surut.</p>"))
    assert found.body[0] == "Air naik di desa itu."
    assert found.body[1:-1] == rest or " ".join(found.body[1:-1]) == " ".join(rest)
    assert found.body[-1] == "Surut."
    expected = [] if rest else [(A, "Judul Lain")]
    assert [(link.url, link.title) for link in found.related] == expected


@pytest.mark.parametrize("label", ["Baca", "Baca juga", "baca juga"])
def test_a_sentence_around_a_line_baca_juga_keeps_its_end(label: str) -> None:
    found = read(page(f"<p>Air naik di desa ({label}: {LINK}).</p><p>Surut.</p>"))
    assert found.body == ("Air naik di desa.", "Surut.")
    assert len(found.related) == 1


@pytest.mark.parametrize("name", ["bluesky-embed", "text-post-media", "reddit-embed-bq"])
def test_embedded_posts_are_no_text(name: str) -> None:
    post = f'<blockquote class="{name}"><p>Kata orang.</p></blockquote>'
    assert read(page(f"{BESIDE}{post}<p>Surut.</p>")).body == ("Air naik di desa itu.", "Surut.")


@pytest.mark.parametrize(
    "first",
    [
        "<p>Oleh:<br>Sari Melati</p>",
        "<p>Oleh: Sari Melati*</p>",
        "<p>Oleh: Sari Melati - Dosen UI</p>",
        "<p>Oleh: Sari Melati | Dosen UI</p>",
        "<p>Oleh: Sari Melati (Dosen UI)</p>",
        "<p>Oleh: Sari Melati, Ekonom Contoh</p>",
        "<p>Oleh: Sari Melati, CEO PT Contoh</p>",
        "<p>(Penulis: Sari Melati)</p>",
        "<p>Reporter: Sari Melati</p>",
    ],
)
def test_what_stands_beside_the_name_in_a_byline(first: str) -> None:
    found = read(page(first + BESIDE + "<p>Surut.</p>"))
    assert (found.authors, found.body) == (SARI, ("Air naik di desa itu.", "Surut."))


@pytest.mark.parametrize(
    ("author", "editor"), [("Reporter", "Penyunting"), ("Oleh", "Redaktur"), ("Penulis", "Editor")]
)
def test_labels_of_credit_rows_of_2016(author: str, editor: str) -> None:
    body = (
        '<div class="kcm-read-text"><p>KOMPAS.com - Kejadian itu sore.</p></div>'
        f'<div class="kcm-read-copy"><table><tr><td>{author}</td><td>: Sari Melati</td></tr>'
        f"<tr><td>{editor}</td><td>: Budi Hartono</td></tr></table></div>"
    )
    url = "https://regional.kompas.com/read/2016/05/17/08150057/warga"
    found = article_page(HtmlResponse(url, body=body.encode())).to_item()
    assert (found.authors, found.editors) == (SARI, BUDI)


def test_a_position_in_a_credit_row_of_2016() -> None:
    body = (
        '<div class="kcm-read-top"><h2>Judul</h2></div>'
        '<div class="kcm-read-text"><p>KOMPAS.com - Kejadian itu sore.</p></div>'
        '<div class="kcm-read-copy"><table><tr><td>Penulis</td><td>: Kontributor Malang, Andi '
        "Hartik</td></tr></table></div>"
    )
    url = "https://regional.kompas.com/read/2016/05/17/08150057/warga"
    found = article_page(HtmlResponse(url, body=body.encode())).to_item()
    assert found.authors == ("Andi Hartik",)
    assert found.positions == {"Andi Hartik": "Kontributor Malang"}


TABLE = (
    "<table><tr><td>Penulis</td><td>: Sari Melati</td></tr><tr><td>Editor</td>"
    "<td>: Budi Hartono</td></tr><tr><td>Sumber</td><td>: Kantor</td></tr></table>"
)


@pytest.mark.parametrize(
    "rows",
    [
        "Penulis : Sari Melati<br>Editor : Budi Hartono<br>Sumber : Kantor",
        "<div>Penulis: Sari Melati</div><div>Editor: Budi Hartono</div><p>Sumber Kantor</p>",
        TABLE,
    ],
)
@pytest.mark.parametrize("end", ["</div>", ""], ids=["beside the text", "in the text"])
def test_credits_of_older_pages_are_no_text_in_a_table_or_not(rows: str, end: str) -> None:
    body = f'<div class="kcm-read-text"><p>Kejadian itu sore.</p>{end}'
    body += f'<div class="kcm-read-copy">{rows}</div>'
    url = "https://regional.kompas.com/read/2012/05/17/08150057/warga"
    found = article_page(HtmlResponse(url, body=body.encode())).to_item()
    assert (found.authors, found.editors, found.source) == (SARI, BUDI, "Kantor")
    assert found.body == ("Kejadian itu sore.",)


@pytest.mark.parametrize("name", ["pb_10 author", "pb_10", "author", "photo__author"])
def test_the_credit_of_a_photo(name: str) -> None:
    photo = f'<div class="photo"><img src="/data/photo/a.jpg"><span class="{name}">Sari</span>Air.'
    (image,) = read(page(f"{BESIDE}{photo}</div>")).images
    assert (image.credit, image.caption) == ("Sari", "Air.")
