"""What was read wrongly once, each with its kin and with what must stay as it is."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages import recognition
from kompas_crawler.pages.address import absolute
from kompas_crawler.pages.article_2015 import article_page
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.merge import is_complete
from kompas_crawler.site.urls import article_key
from tests.pages.articles import URL, page, read, response

A = "https://money.kompas.com/read/2024/01/15/090000126/harga-beras"
B = "https://tekno.kompas.com/read/2024/01/15/09000017/judul-lain"
BESIDE = "<p>Air naik di desa itu.</p>"
PHOTO = '<div class="photo"><img src="/data/photo/a.jpg"></div>'

PARTED = [
    ("Rendam<br>Demak", "Rendam Demak"),
    ("Rendam<br/>\n<br/>Demak", "Rendam Demak"),
    ("<div>Rendam</div>Demak", "Rendam Demak"),
    ("Rendam<div>Demak</div>", "Rendam Demak"),
    ("<span>Rendam<br></span>Demak", "Rendam Demak"),
    ("Rendam<hr>Demak", "Rendam Demak"),
    # These part no words, and have none.
    ("Ren<wbr>dam", "Rendam"),
    ("Ren&shy;dam", "Rendam"),
    ("Ren<b>dam</b>", "Rendam"),
    ("Ren<!-- iklan -->dam", "Rendam"),
    ("Ren<script>var a = 1;</script>dam", "Rendam"),
    ("Rendam<style>h1 {}</style>", "Rendam"),
    ("Rendam<noscript><img alt=x>tanpa skrip</noscript>", "Rendam"),
    ("Rendam<svg><title>ikon</title></svg>", "Rendam"),
]


@pytest.mark.parametrize(("markup", "text"), PARTED)
def test_breaks_part_words_wherever_text_is_read(markup: str, text: str) -> None:
    title = page(BESIDE).replace(">Judul<", f">{markup}<").replace("h1", "section")
    assert read(title).title == text
    link = f'<p>Baca juga: <a class="inner-link-baca-juga" href="{A}">{markup}</a></p>'
    assert read(page(BESIDE + link)).related[0].title == text
    block = f'<div class="inject-baca-juga"><a href="{A}">{markup}</a></div>'
    assert read(page(BESIDE + block)).related[0].title == text
    credit = f'<div class="read__credit__item" id="penulis">Penulis<br>{markup}</div>'
    assert read(page(BESIDE, around=credit)).authors == (text,)
    tag = f'<div class="read__tagging"><span class="tag__article__link">{markup}</span></div>'
    assert read(page(BESIDE, around=tag)).tags == (text,)
    photo = f'<div class="photo"><img src="/data/photo/a.jpg"><span class="author">{markup}</span>'
    assert read(page(f"{BESIDE}{photo}</div>")).images[0].credit == text
    rows = f'<div class="articleItem"><a href="{A}"></a><h2>{markup}</h2></div>'
    front = HtmlResponse("https://www.kompas.com/tag/air", body=rows.encode())
    assert ListingPage(front).articles[0].title == text
    linked = HtmlResponse("https://www.kompas.com/", body=f'<a href="{A}">{markup}</a>'.encode())
    assert ListingPage(linked).articles[0].title == text


@pytest.mark.parametrize(
    "label",
    ["Penulis", "Penulis<br>", "Penulis&nbsp;:", "Penulis :", "PENULIS:", "<b>Penulis</b><p></p>"],
)
@pytest.mark.parametrize("name", ["Sari Melati", "<a>Sari Melati</a>", "<a>Sari</a> <a></a>"])
def test_a_credit_row_is_its_label_and_the_name(label: str, name: str) -> None:
    row = f'<div class="read__credit__item" id="penulis">{label} {name}</div>'
    expected = "Sari Melati" if "Melati" in name else "Sari"
    assert read(page(BESIDE, around=row)).authors == (expected,)


def test_a_credit_row_without_a_label_is_the_name() -> None:
    row = '<div class="read__credit__item" id="penulis">Sari Melati</div>'
    assert read(page(BESIDE, around=row)).authors == ("Sari Melati",)


def test_an_unclosed_credit_row_keeps_to_its_own_name() -> None:
    rows = (
        '<div class="read__credit__item" id="penulis">Penulis <a>Sari Melati</a>, M.Si'
        '<div class="read__credit__item" id="editor">Editor <a>Budi Hartono</a></div>'
        '<div class="read__credit__item">Sumber&nbsp;: Kantor Contoh</div></div>'
    )
    found = read(page(BESIDE, around=rows))
    assert (found.authors, found.editors) == (("Sari Melati, M.Si",), ("Budi Hartono",))
    assert found.source == "Kantor Contoh"


def test_a_credit_row_without_an_id_is_that_of_its_label() -> None:
    row = '<div class="read__credit__item">{}</div>'.format
    rows = row("Sumber <a>Kantor</a>") + row("Penulis: Kontributor Solo, Sari") + row("Editor Budi")
    found = read(page(BESIDE, around=rows))
    assert (found.authors, found.editors, found.source) == (("Sari",), ("Budi",), "Kantor")
    assert found.positions == {"Sari": "Kontributor Solo"}


@pytest.mark.parametrize(
    "block", ["<a>Sari Melati</a><p>Dosen Universitas Contoh</p>", "Sari Melati, Guru Besar Hukum"]
)
def test_what_the_author_of_an_opinion_is(block: str) -> None:
    found = read(page(BESIDE, around=f'<div class="opinion__author">{block}</div>'))
    assert found.authors == ("Sari Melati",)


@pytest.mark.parametrize("position", ["Editor", "Asisten Editor", "Wakil Redaktur"])
def test_positions_of_who_edits(position: str) -> None:
    person = '<div class="credit-author"><p class="credit-author-name">{}</p>{}</div>'.format
    label = '<p class="credit-author-position">{}</p>'.format
    around = person("Sari", label("Content Writer")) + person("Budi", label(position))
    found = read(page(BESIDE, around=around))
    assert (found.authors, found.editors) == (("Sari",), ("Budi",))


def _block(names: str, label: str) -> str:
    return f'<div class="credit-title"><div class="credit-title-name">{names}</div>{label}</div>'


NAMES = '<div class="credit-title-name">'
SARI = '<div class="credit-title-nameEditor">Sari Melati,</div>'
BUDI = '<div class="credit-title-nameEditor">Budi Hartono</div>'


@pytest.mark.parametrize(
    ("blocks", "authors", "editors"),
    [
        (_block(BUDI, "<p>Editor</p>"), (), ("Budi Hartono",)),
        (_block(BUDI, "<p> EDITOR: </p>"), (), ("Budi Hartono",)),
        (_block(BUDI + "<p>Editor</p>", ""), (), ("Budi Hartono",)),
        (f"<p>Penyunting</p>{NAMES}{BUDI}</div>", (), ("Budi Hartono",)),
        (_block("Budi Hartono", "<p>Redaktur</p>"), (), ("Budi Hartono",)),
        (
            _block(SARI, "<p>Penulis</p>") + _block(BUDI, "<p>Editor</p>"),
            ("Sari Melati",),
            ("Budi Hartono",),
        ),
        # One parent for all: a label is that of the names before it.
        (
            f"{NAMES}{SARI}</div><p>Penulis</p>{NAMES}{BUDI}</div><p>Editor</p>",
            ("Sari Melati",),
            ("Budi Hartono",),
        ),
        (_block(SARI, "<p>Tim Redaksi</p>") + _block(BUDI, "<p>Editor</p>"),
         ("Sari Melati",), ("Budi Hartono",)),
        # Controls: writers stay writers, and of several without roles the last one edits.
        (_block(SARI, "<p>Penulis</p>"), ("Sari Melati",), ()),
        (_block(SARI + BUDI, "<p>Penulis</p>"), ("Sari Melati", "Budi Hartono"), ()),
        (_block(SARI + BUDI, "<p>Tim Redaksi</p>"), ("Sari Melati",), ()),
        (_block(SARI, ""), ("Sari Melati",), ()),
    ],
)  # fmt: skip
def test_the_label_says_who_edits(
    blocks: str, authors: tuple[str, ...], editors: tuple[str, ...]
) -> None:
    found = read(page(BESIDE, around=f"<div>{blocks}</div>"))
    assert (found.authors, found.editors) == (authors, editors)


def test_the_last_name_edits_where_the_editor_is_spelled_otherwise() -> None:
    modal = (
        '<div class="credit-author"><div class="credit-author-name">Budi Harto</div>'
        '<div class="credit-author-position">Editor</div></div>'
    )
    found = read(page(BESIDE, around=_block(SARI + BUDI, "") + modal))
    assert (found.authors, found.editors) == (("Sari Melati",), ("Budi Harto",))


@pytest.mark.parametrize(
    ("first", "authors"),
    [
        ("<p>Oleh: Sari Melati</p>", ("Sari Melati",)),
        ("<p><strong>Oleh : Sari Melati</strong></p>", ("Sari Melati",)),
        ("<p></p><p><em>OLEH:SARI MELATI</em></p>", ("SARI MELATI",)),
        ("<p>Ditulis oleh: Dr. Sari Melati, M.Si</p>", ("Dr. Sari Melati, M.Si",)),
        ("<p>Oleh: Sari Melati dan Budi bin Ali</p>", ("Sari Melati", "Budi bin Ali")),
        ("<p>Oleh: Sari Melati, Dosen Universitas Contoh</p>", ("Sari Melati",)),
        ("<p>Oleh: Sari Melati, Dosen Hukum, Universitas Contoh, Jakarta</p>", ("Sari Melati",)),
        ("<p>Oleh: Sari Melati<br>Warga menanam padi di sawah.</p>", ("Sari Melati",)),
        ("<div>Penulis: Sari Melati</div>", ("Sari Melati",)),
        ("<p>By: Sari Melati</p>", ("Sari Melati",)),
        # What each is, beside the names.
        ("<p>Oleh: Sari Melati (Dosen UI) dan Budi (Peneliti)</p>", ("Sari Melati", "Budi")),
        ("<p>Oleh: Sari Melati, Peneliti Satu; Budi, Dosen</p>", ("Sari Melati", "Budi")),
        ("<p>Oleh: Sari Melati, Sp.A(K) dan Budi*)</p>", ("Sari Melati, Sp.A(K)", "Budi")),
        ("<p>Oleh: Sari Melati, Mahasiswa S-3 UI</p>", ("Sari Melati",)),
        ("<p>Oleh: Sari Melati—Dosen</p>", ("Sari Melati",)),
        ("<p>Oleh: Sari Melati.</p>", ("Sari Melati",)),
        ("<p>Oleh: Sari Melati, S.H.</p>", ("Sari Melati, S.H.",)),
    ],
)
def test_a_byline_is_the_author_and_no_text(first: str, authors: tuple[str, ...]) -> None:
    found = read(page(first + BESIDE))
    assert found.authors == authors
    assert not any("Melati" in text.title() for text in found.body)
    assert found.body[-1] == "Air naik di desa itu."


@pytest.mark.parametrize(
    "first",
    [
        "Oleh karena itu, warga pindah.",
        "Oleh: warga desa jalan itu dijaga.",
        "Oleh-oleh Khas Contoh",
        "Oleh: Dosen Universitas Contoh, Sari",
        "Penulis: siapa yang tahu?",
        "Oleh: Sari, S3 UI",
        "Oleh: 2 Warga Contoh",
        'Oleh: "Sari Melati" dia dipanggil',
        "Sari Melati",
    ],
)
def test_what_is_no_byline_stays_text(first: str) -> None:
    found = read(page(f"<p>{first}</p>{BESIDE}"))
    assert (found.body[0], found.authors) == (first, ())
    later = read(page(f"{BESIDE}<p>Oleh: Sari Melati</p>"))
    assert (later.body[1], later.authors) == ("Oleh: Sari Melati", ())


def test_a_byline_adds_to_the_declared_authors_whom_they_lack() -> None:
    declared = '<meta name="content_author" content="Universitas Contoh">'
    found = read(page(f"<p>Oleh: Sari Melati</p>{BESIDE}", head=declared))
    assert found.authors == ("Universitas Contoh", "Sari Melati")
    again = read(page(f"<p>Oleh: Dr. Sari Melati, M.Si</p>{BESIDE}",
                      head=declared.replace("Universitas Contoh", "Sari Melati")))  # fmt: skip
    assert again.authors == ("Sari Melati",)


@pytest.mark.parametrize("added", [" Halaman all", " \n Halaman 2", ""])
@pytest.mark.parametrize("name", ['name="description"', 'property="og:description"'])
def test_a_summary_is_the_same_on_all_pages(name: str, added: str) -> None:
    head = f'<meta {name} content="Air naik di halaman 7{added}">'
    assert read(page(BESIDE, head=head)).summary == "Air naik di halaman 7"


@pytest.mark.parametrize(
    "value", ["-", "--", "None", "null", "NULL", "N/A", "n/a", ".", "undefined"]
)
def test_placeholders_are_nobody_and_nothing(value: str) -> None:
    names = ("author", "editor", "source", "lipsus", "tags", "subcategory", "type")
    head = "".join(f'<meta name="content_{name}" content="{value}">' for name in names)
    row = f'<div class="read__credit__item" id="penulis">Penulis <a>{value}</a></div>'
    found = read(page(BESIDE, head=head, around=row))
    assert (found.authors, found.editors, found.tags) == ((), (), ())
    assert (found.source, found.topic, found.subsection, found.content_type) == (None,) * 4


def test_the_next_place_answers_where_a_placeholder_stands() -> None:
    row = '<div class="read__credit__item" id="penulis">Penulis <a>Sari Melati</a></div>'
    head = '<meta name="content_author" content="-, None">'
    assert read(page(BESIDE, head=head, around=row)).authors == ("Sari Melati",)


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/data/photo/banjir di demak.jpg", "/data/photo/banjir%20di%20demak.jpg"),
        ("  /data/a b.jpg \n", "/data/a%20b.jpg"),
        ("/data/a\n\t b.jpg", "/data/a%20b.jpg"),
        ("/data/a\u00a0b.jpg", "/data/a%C2%A0b.jpg"),
        ("/data/a  b.jpg", "/data/a%20%20b.jpg"),
        ("/data/a\u200bb\ufeff.jpg\u200b", "/data/a%E2%80%8Bb%EF%BB%BF.jpg%E2%80%8B"),
        ("https://www.kompas.com/data/a b.jpg?x=c d", "/data/a%20b.jpg?x=c%20d"),
        # Browsers drop breaks and tabs inside, and white space at both ends.
        ("\x01/da\r\nta/\tab.jpg\x00", "/data/ab.jpg"),
        ("/data/a%20b.jpg", "/data/a%20b.jpg"),
    ],
)
def test_spaces_inside_an_address_are_kept(href: str, expected: str) -> None:
    assert absolute("https://www.kompas.com/", href) == f"https://www.kompas.com{expected}"


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\ufeff", "\u2060"])
def test_an_article_linked_with_an_unseen_character_is_found(unseen: str) -> None:
    rows = f'<div class="articleItem"><a href="{A}{unseen}">Harga</a></div>'
    front = HtmlResponse("https://www.kompas.com/tag/air", body=rows.encode())
    assert [article_key(link.url) for link in ListingPage(front).articles] == [article_key(A)]
    line = f'<p>Baca juga: <a href="{A}{unseen}">Harga</a></p>'
    assert [article_key(link.url) for link in read(page(BESIDE + line)).related] == [article_key(A)]


@pytest.mark.parametrize(
    "unseen", ["\x1b]0;x\x07", "&#27;[2J", "\x9b2J", "\x7f", "\u202e", "\u2066"]
)
@pytest.mark.parametrize("base", ["https://example.com/", A, "/data/photo/"])
def test_an_address_that_could_control_a_terminal_is_none(base: str, unseen: str) -> None:
    href = f"{base}a{unseen}b"
    line = f'<p>{MARKED}Harga</a></p><p><a class="inner-link-baca-juga" href="{href}">B</a></p>'
    photo = '<div class="photo"><img src="{}"></div>'.format
    found = read(page(BESIDE + line + photo(href) + photo("/data/photo/b.jpg")))
    assert [link.url for link in found.related] == [A]
    assert [image.url.rpartition("/")[2] for image in found.images] == ["b.jpg"]
    declared = '<meta property="og:image" content="https://a.example/data/photo/{}.jpg">'.format
    assert read(page(BESIDE, head=declared(unseen))).images == ()
    assert len(read(page(BESIDE, head=declared("b"))).images) == 1


def test_a_host_with_a_space_is_no_site() -> None:
    line = '<p>Baca juga: <a href="https://www.kompas .com/x">X</a></p>'
    assert read(page(BESIDE + line)).related == ()


MARKED = f'<a class="inner-link-baca-juga" href="{A}">'
PLAIN = f'<a href="{B}">Judul Lain</a>'


@pytest.mark.parametrize(
    ("line", "related"),
    [
        (f"<strong>{MARKED}Baca juga:</a> {PLAIN}</strong>", [(B, "Judul Lain")]),
        (f"<strong>{MARKED}Baca juga</a>: {PLAIN}</strong>", [(B, "Judul Lain")]),
        (f"{MARKED}Baca juga :<br></a>{PLAIN}", [(B, "Judul Lain")]),
        (f"{MARKED}Lihat juga: </a><b>{PLAIN}</b>", [(B, "Judul Lain")]),
        (f"{MARKED}<b>Also</b> read: </a>{PLAIN}", [(B, "Judul Lain")]),
        (f'<a href="{A}">Baca juga: </a>{PLAIN}', [(B, "Judul Lain")]),
        (f"{MARKED}Baca juga: </a>{MARKED}Judul</a>", [(A, "Judul")]),
        (f"{MARKED}Baca juga:</a></p><p>{PLAIN}", [(B, "Judul Lain")]),
        (f"{MARKED}Baca juga: </a>Judul yang lain", [(A, None)]),
    ],
)
def test_a_label_that_is_a_link_of_its_own(
    line: str, related: list[tuple[str, str | None]]
) -> None:
    found = read(page(f"{BESIDE}<p>{line}</p><p>Surut.</p>"))
    assert found.body == ("Air naik di desa itu.", "Surut.")
    assert [(link.url, link.title) for link in found.related] == related


@pytest.mark.parametrize(
    ("label", "rest"),
    [
        (" Baca juga:", ""),
        (" Baca juga: ", f"</li></ul><p>{PLAIN}</p><ul><li>"),
        (" <b>Baca juga</b>:", f"<br>{MARKED}Judul</a>"),
        (" BACA JUGA :", ""),
        (" baca juga: ", ""),
        (" Lihat juga:", f"</li></ul><p><strong>{PLAIN}</strong></p><ul><li>"),
    ],
)
def test_a_label_at_the_end_of_a_sentence_is_no_text(label: str, rest: str) -> None:
    found = read(page(f"{BESIDE}<ul><li>Bawa payung.{label}{rest}</li></ul><p>Surut.</p>"))
    assert found.body == ("Air naik di desa itu.", "Bawa payung.", "Surut.")
    assert len(found.related) == (1 if rest else 0)


@pytest.mark.parametrize(
    "text",
    [
        "Anda dapat baca juga: petunjuk, aturan, dan peta.",
        "Kami sarankan baca juga:",
        "Jangan lupa baca juga",
        f'Anda bisa <a href="{A}">baca juga</a> <a href="{B}">buku ini</a> gratis.',
        f'Banjir. <a href="{A}">Baca juga</a> menjadi kebiasaan <a href="{B}">warga</a>.',
    ],
)
def test_words_of_a_sentence_are_no_label(text: str) -> None:
    found = read(page(f"<ul><li>{text}</li></ul>{BESIDE}"))
    assert found.body[0] == "".join(part.partition(">")[2] or part for part in text.split("<"))
    assert found.related == ()


@pytest.mark.parametrize(
    ("line", "text", "titles"),
    [
        # Labels in other words or spellings.
        (f"Baca pula: {PLAIN}", "", ["Judul Lain"]),
        (f"<b>Simak pula:</b> {PLAIN}", "", ["Judul Lain"]),
        (f"Baca berikutnya: {PLAIN}", "", ["Judul Lain"]),
        (f"Bacajuga: {PLAIN}", "", ["Judul Lain"]),
        (f"Baca juga; {PLAIN}", "", ["Judul Lain"]),
        (f'<a href="{B}">Baca Juga Judul Lain</a>', "", ["Judul Lain"]),
        (f"{MARKED}Baca juga Judul</a>", "", ["Judul"]),
        (f'Baca juga<a href="{B}">: Judul Lain</a>', "", ["Judul Lain"]),
        (f"<strong>Baca {MARKED}Judul</a></strong>", "", ["Judul"]),
        # In a sentence.
        (f"Surut (baca: {PLAIN}). Tenang.", "Surut. Tenang.", ["Judul Lain"]),
        (f"Surut [baca juga: {PLAIN}], lalu tenang.", "Surut, lalu tenang.", ["Judul Lain"]),
        # More links below.
        (f"Baca juga: {PLAIN}<br>{PLAIN}<br>Tenang.", "Tenang.", ["Judul Lain"] * 2),
        # Controls.
        (f"Baca juga: {PLAIN}</p><p>{PLAIN}", "Judul Lain", ["Judul Lain"]),
        (f"Tenang.<br>{PLAIN}", "Tenang. | Judul Lain", []),
        (f"Baca {PLAIN}", "Baca Judul Lain", []),
        (f"Warga Baca {MARKED}Judul</a>", "Warga Baca Judul", ["Judul"]),
        (f"Surut, baca: {PLAIN}.", "Surut, baca: Judul Lain.", []),
        (f'<a href="{B}">Baca juga buku ini</a>', "Baca juga buku ini", []),
        ("Warga membaca pula: koran.", "Warga membaca pula: koran.", []),
    ],
)
def test_lines_in_other_words(line: str, text: str, titles: list[str]) -> None:
    found = read(page(f"<p>{line}</p>{BESIDE}"))
    assert " | ".join(found.body[:-1]) == text
    assert [link.title for link in found.related] == titles


@pytest.mark.parametrize(
    "title", ["Ayo Membaca Juga: 5 Buku", "Jangan Lupa Baca Juga: Harga", "Warga Baca Juga 2 Koran"]
)
@pytest.mark.parametrize("label", ["", "Baca juga: "])
def test_a_label_inside_a_title_belongs_to_it(title: str, label: str) -> None:
    """Control: the same words before the title are its label."""
    block = f'<div class="inject-baca-juga"><a href="{A}">{label}{title}</a></div>'
    for line in (block, f"<p>{MARKED}{label}{title}</a></p>"):
        assert [link.title for link in read(page(BESIDE + line)).related] == [title]


def test_a_link_that_is_only_a_picture() -> None:
    """Control: a picture without a link does not end the line."""
    picture = '<img src="/data/photo/a.jpg">'
    line = f'<p>Baca juga: <a href="{B}">{picture}</a></p>'
    found = read(page(BESIDE + line))
    assert (found.body, [link.url for link in found.related]) == (("Air naik di desa itu.",), [B])
    found = read(page(f"{BESIDE}<p>Baca juga: {picture}<br>{PLAIN}</p>"))
    assert [link.title for link in found.related] == ["Judul Lain"]


@pytest.mark.parametrize(
    ("tag", "title"), [('html class="js translated-ltr"', ""), ("html", ' _msttexthash="1"')]
)
def test_a_page_that_a_browser_translated_is_no_article(tag: str, title: str) -> None:
    """Control: as it was published, it is one."""
    saved = page(BESIDE, head=f"<title{title}>Judul</title>").replace("<html", f"<{tag}")
    verdict = recognition.article(response(saved), None)
    assert (verdict.kind, verdict.reason) == (
        recognition.Kind.ERROR,
        "a browser's translation of the page",
    )
    verdict = recognition.article(response(page(BESIDE)), None)
    assert verdict.kind is recognition.Kind.ARTICLE


@pytest.mark.parametrize("name", ["inject-baca-juga", "inject-baca-juga-2"])
def test_the_block_of_such_lines(name: str) -> None:
    found = read(page(f'{BESIDE}<div class="x {name}"><h4>Terkait</h4>{PLAIN}</div>'))
    assert (found.body, len(found.related)) == (("Air naik di desa itu.",), 1)


@pytest.mark.parametrize("parting", [" ", "<br>", "</p><p>"])
@pytest.mark.parametrize(
    "promo",
    [
        ["Dalam segala situasi, KOMPAS.com berkomitmen memberikan fakta jernih dari lapangan.",
         "Kirimkan Apresiasi Spesial untuk mendukung Jurnalisme.",
         "<a>Berikan apresiasi sekarang</a>"],
        ["KOMPAS.com berkomitmen memberikan fakta jernih, tepercaya, dan berimbang.",
         "Dukung keberlanjutan jurnalisme jernih.", "<a>Gabung KOMPAS.com Plus sekarang</a>"],
        ["Simak breaking news dan berita pilihan kami langsung di ponselmu.",
         "Pilih saluran andalanmu akses berita Kompas.com WhatsApp Channel :",
         "<a>https://www.whatsapp.com/channel/0029VaFPbedBPzjZrk13HO3D</a>.",
         "Pastikan kamu sudah install aplikasi WhatsApp ya."],
        ['Mari bergabung di Grup Telegram "Kompas.com News Update",',
         "caranya klik link https://t.me/kompascomupdate, kemudian join.",
         "Anda harus install aplikasi Telegram terlebih dulu di ponsel."],
    ],
    ids=["2025", "2026", "2023", "2021"],
)  # fmt: skip
def test_no_part_of_a_promotion_is_text(promo: list[str], parting: str) -> None:
    assert read(page(f"{BESIDE}<p>{parting.join(promo)}</p>")).body == ("Air naik di desa itu.",)


@pytest.mark.parametrize(
    "content",
    [
        "Satu.</p>Dua.</p>Tiga.",
        "<p>Satu.</p>Dua.</p>\nTiga.</p>",
        "<p><ul><li>Satu.</li></ul>Dua.</P>Tiga.",
        "<strong>Satu.</strong></p><strong>Dua.</strong></p><em>Tiga.</em>",
        "<b>Satu.</p></b>Dua.<div></div></p>Tiga.",
        f'<p>Satu.</p>{PHOTO}Dua.</p>Tiga.',
    ],
)  # fmt: skip
def test_a_paragraph_ends_where_none_was_open(content: str) -> None:
    """As in browsers. Control: a caption of a photo is not text."""
    assert read(page(content)).body == ("Satu.", "Dua.", "Tiga.")
    captioned = read(page(f"{BESIDE}{PHOTO.replace('</div>', '<p>Isi</p>Foto</div>')}"))
    assert captioned.body == ("Air naik di desa itu.",)
    assert captioned.images[0].caption == "Isi Foto"


@pytest.mark.parametrize(
    "end", ["</body></html>", "</html>", "</BODY >", "</body>\n</html>\n<html><body>"]
)
@pytest.mark.parametrize("around", ["", '<div class="read__tagging"></div>'])
def test_a_page_goes_on_after_an_end_inside_it(end: str, around: str) -> None:
    """As in browsers; a pasted page has such an end."""
    tag = '<a class="tag__article__link">Banjir</a>'
    found = read(page(f"{BESIDE}{end}<p>Lalu surut.</p>", around=around + tag))
    assert (found.body, found.tags) == (("Air naik di desa itu.", "Lalu surut."), ("Banjir",))
    assert read(page(BESIDE).replace("<h1", f"{end}<h1")).body == ("Air naik di desa itu.",)


SECOND = '<div class="read__content"><p>Lalu surut.</p></div>'


@pytest.mark.parametrize(
    "around",
    [SECOND, f"<div>{SECOND}</div>", f'<div class="read__content"></div>{SECOND}',
     f'<div class="read__content">{SECOND}</div>', f'<p>Iklan</p><div class="ad">x</div>{SECOND}'],
)  # fmt: skip
def test_a_second_text_beside_the_first_belongs_to_the_article(around: str) -> None:
    assert read(page(BESIDE, around=around)).body == ("Air naik di desa itu.", "Lalu surut.")


def test_a_text_inside_the_text_is_read_once() -> None:
    found = read(page(f"{BESIDE}{SECOND}<p>Tamat.</p>"))
    assert found.body == ("Air naik di desa itu.", "Lalu surut.", "Tamat.")


def test_a_second_text_in_the_wrapper_of_2021() -> None:
    wrapped = "".join(f'<div data-io-article-url="{URL}"><p>{text}</p></div>' for text in "AB")
    assert read(page("", around=wrapped)).body == ("A", "B")


def test_a_text_far_longer_than_declared_is_not_complete() -> None:
    declared = '<meta name="content_total_words" content="100">'
    text = "<p>" + "kata " * 100 + "</p>"
    assert read(page(text, head=declared)).is_complete is True
    assert read(page(text * 2, head=declared)).is_complete is True  # words are counted in many ways
    assert read(page(text * 3, head=declared)).is_complete is False
    pages = '<meta name="content_total_pages" content="1">'
    assert read(page(text * 3, head=pages)).is_complete is True  # no words are declared


@pytest.mark.parametrize(
    ("words", "expected"), [(84, False), (85, True), (200, True), (201, False)]
)
def test_the_words_of_a_complete_text(words: int, *, expected: bool) -> None:
    assert is_complete(words, 100, 1, 1) is expected


def test_short_texts_may_be_some_words_longer() -> None:
    assert is_complete(48, 5, 1, 1) is True
    assert is_complete(49, 5, 1, 1) is False


MALANG = "Kontributor Malang, Andi Hartik"


@pytest.mark.parametrize(
    ("head", "around"),
    [
        (f'<meta name="content_author" content="{MALANG}">', ""),
        ("", f'<div class="read__credit__item" id="penulis">Penulis: {MALANG}</div>'),
        (
            "",
            (
                '<div id="creditModal"><div class="credit-author">'
                f'<p class="credit-author-position">{MALANG.partition(",")[0]}</p>'
                '<h6 class="credit-author-name">Andi Hartik</h6></div></div>'
            ),
        ),
    ],
    ids=["declared", "row", "modal"],
)
def test_a_contributor_s_place_is_his_position(head: str, around: str) -> None:
    found = read(page("<p>Isi berita hari ini.</p>", head=head, around=around))
    assert found.authors == ("Andi Hartik",)
    assert found.positions == {"Andi Hartik": "Kontributor Malang"}


@pytest.mark.parametrize(
    "place",
    [
        "Malang, Jawa Timur",
        "Malang, Jatim",
        "Sumba, NTT",
        "Malang, Kabupaten Malang, JAWA TIMUR",
        "Sleman, D.I. Yogyakarta",
        "Denpasar, Bali",
    ],
)
@pytest.mark.parametrize("form", ["Kontributor {}, Sari Melati", "Sari Melati (Kontributor {})"])
def test_the_province_of_a_contributor_is_no_author(form: str, place: str) -> None:
    """Control: what is no province is a name."""
    head = f'<meta name="content_author" content="{form.format(place)}, Budi, Jawa Putra">'
    found = read(page("<p>Isi berita hari ini.</p>", head=head))
    assert found.authors == ("Sari Melati", "Budi", "Jawa Putra")
    assert found.positions == {"Sari Melati": f"Kontributor {place}"}
    head = '<meta name="content_author" content="Kontributor Malang, Jawahir, Budi">'
    assert read(page("<p>Isi.</p>", head=head)).authors == ("Jawahir", "Budi")


@pytest.mark.parametrize(
    "names",
    [
        "Penulis: Sari Melati; Editor: Budi Hartono",
        "Penulis: Sari Melati. Editor: Budi Hartono",
        "Penulis : Sari Melati  Editor : Budi Hartono",
        "Sari Melati (Editor: Budi Hartono)",
        "Sari Melati (Penulis), Budi Hartono (Editor)",
        "Sari Melati, Senior Editor: Budi Hartono",
        "Sari Melati. Sumber: Antara",
        "Sari Melati dan Editor: Budi Hartono",
        "Sari Melati & Editor: Budi Hartono",
    ],
)
def test_a_declared_author_is_no_editor_behind_it(names: str) -> None:
    head = f'<meta name="content_author" content="{names}">'
    assert read(page("<p>Isi berita hari ini.</p>", head=head)).authors == ("Sari Melati",)


def test_control_a_writer_without_a_place_has_no_position() -> None:
    head = '<meta name="content_author" content="Sari Melati, Kontributor Solo, Budi">'
    found = read(page("<p>Isi berita hari ini.</p>", head=head))
    assert (found.authors, found.positions) == (
        ("Sari Melati", "Budi"),
        {"Budi": "Kontributor Solo"},
    )


@pytest.mark.parametrize("base", ["http", "https"])
@pytest.mark.parametrize("scheme", ["HTTPS", "Http"])
def test_a_scheme_in_capitals_is_one(base: str, scheme: str) -> None:
    """Control: other schemes in capitals are none."""
    body = f'<link rel="canonical" href="{B.replace("https", scheme)}">'
    found = article_page(
        HtmlResponse(f"{base}://tekno.kompas.com/", body=page(BESIDE, head=body).encode())
    )
    assert found.url == B
    assert absolute(f"{base}://tekno.kompas.com/", B.replace("https", "FTP")) is None
