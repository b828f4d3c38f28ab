"""Vertical text: words, paragraphs and attributes that corpus tools read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from kompas_crawler.exporters.find import Contains, exports_of
from kompas_crawler.exporters.record import record
from kompas_crawler.exporters.vert_file import _tokens, write
from tests.archive.build import article, key
from tests.commands.calling import call, fill

if TYPE_CHECKING:
    from pathlib import Path


def test_a_document_has_attributes_paragraphs_and_words() -> None:
    made = article(
        1,
        title='Kata "dia" <b> & é',
        body=("Banjir, lagi.", "Air <surut> & \u2028baik"),
        topic=None,
    )
    file = io.BytesIO()
    fields = ["id", "title", "tags", "topic", "word_count", "is_complete", "body", "related"]
    write(iter([record(made)]), file, fields)
    rest = ' tags="Banjir|Gempa" word_count="6" is_complete="true"'
    assert file.getvalue().decode().splitlines() == [
        f'<doc id="{key(1)}" title="Kata &quot;dia&quot; &lt;b&gt; &amp; é"{rest}>',
        "<p>",
        *("Banjir", "<g/>", ",", "lagi", "<g/>", "."),
        "</p>",
        "<p>",
        *("Air", "&lt;", "<g/>", "surut", "<g/>", "&gt;", "&amp;", "baik"),
        "</p>",
        "</doc>",
    ]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Jum'at 09.30 WIB", "Jum'at 09.30 WIB"),
        ("kupu-kupu di DKI-Banten", "kupu-kupu di DKI-Banten"),
        ("Rp15.000,50", "Rp15.000,50"),
        ("90% (2/3)", "90 <g/> % ( <g/> 2/3 <g/> )"),
        ("selesai.Dia pergi", "selesai <g/> . <g/> Dia pergi"),
        ("snake_case -awal akhir-", "snake <g/> _ <g/> case - <g/> awal akhir <g/> -"),
        ("e\u0301tude", "e\u0301tude"),
        ("“Ya…”", "“ <g/> Ya <g/> … <g/> ”"),
        ("", ""),
    ],
)
def test_words_and_signs(text: str, tokens: str) -> None:
    assert " ".join(_tokens(text)) == tokens


def test_glue_gives_the_text_back() -> None:
    text = "Kata dia, \"harga U-23 (naik) 1.250.000\" -- 'ya'!"
    shown = " ".join(_tokens(text)).replace(" <g/> ", "")
    assert shown == text


def test_an_export_is_well_formed_and_found_by_forget(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1, title="A\x1b & <b>"), article(2))
    path = tmp_path / "a.vert"
    assert call("export", sqlite_url, str(path)) == 0
    root = etree.fromstring(b"<corpus>" + path.read_bytes() + b"</corpus>")
    assert [doc.get("id") for doc in root.iterfind("doc")] == [key(1), key(2)]
    assert [export.contains for export in exports_of(key(1), [tmp_path])] == [Contains.YES]
