"""A page is parsed down to the article's tags, and the rest only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.pages import document
from tests.pages.articles import page, read

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


def test_what_follows_the_tags_is_left_alone(parsed: list[bytes]) -> None:
    article = read(page("<p>Air naik.</p>", head=HEAD, around=TIME + TAGS + REST))
    assert article.authors == ("Sari",)
    [body] = parsed
    assert body.endswith(b'<div class="read__tagging">')


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
