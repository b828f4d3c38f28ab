"""Which elements are text of an article, which part it, and which are none of it."""

from __future__ import annotations

import pytest

from kompas_crawler.pages import body_elements
from tests.pages.articles import page, read

JUNK_TAGS = [
    "audio", "button", "canvas", "datalist", "dialog", "embed", "form", "head", "iframe", "input",
    "label", "map", "math", "noembed", "noframes", "noscript", "object", "output", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
]  # fmt: skip
JUNK_CLASSES = [
    "adsbygoogle", "gate-kgplus", "liftdown_v2_tanda",
    "fb-quote", "video", "photoCarousel", "instagram-media", "twitter-tweet", "twitter-video",
    "tiktok-embed", "bluesky-embed", "text-post-media", "reddit-embed-bq",
    "imgur-embed-pub",
    "fb-post", "fb-video", "read__paging", "read__paging__footnote",
    "kcm-read-copy", "penulis-editor",
    "read__credit", "read__tagging", "read__time", "related__inline", "most", "comment", "footer",
    "komentar-bar",
]  # fmt: skip
BEGINNINGS = ["ads-on-body", "ads-partner-wrap", "ads-17", "kompasidRec-17"]
BLOCK_TAGS = [
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "ul",
]  # fmt: skip
INLINE_TAGS = ["a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "u"]

VOID = ("embed", "input")
OUTSIDE_BODY = ("head", "title")  # a parser moves or drops them


@pytest.mark.parametrize("tag", [tag for tag in JUNK_TAGS if tag not in (*VOID, *OUTSIDE_BODY)])
def test_no_text_of_an_article_is_inside(tag: str) -> None:
    body = read(page(f"<p>Satu <{tag}>sisipan</{tag}>dua.</p>")).body
    assert " ".join(body) == "Satu dua."  # a <form> ends the paragraph


@pytest.mark.parametrize("tag", ["amp-ad", "amp-twitter", "amp-embed"])
def test_components_of_amp_pages_are_no_text(tag: str) -> None:
    """Control: other elements of their own names are text."""
    junk = f"<{tag}><blockquote>sisipan</blockquote></{tag}>"
    content = f"<p>Satu.</p>{junk}<p>Dua <amplop-surat>tiga</amplop-surat>.</p>"
    assert read(page(content)).body == ("Satu.", "Dua tiga.")


@pytest.mark.parametrize("end", ["</br>", "</br >", "</br/>"])
def test_the_end_tag_of_a_break_is_a_break(end: str) -> None:
    """As browsers have it. Control: beside its own start tag it is not another one."""
    assert read(page(f"<p>Harga{end}beras naik</p>")).body == ("Harga beras naik",)
    assert read(page("<p>Harga<br></br>beras naik</p>")).body == ("Harga beras naik",)


def test_a_figure_parts_paragraphs() -> None:
    content = "<div>Satu<figure><img><figcaption>Foto</figcaption></figure>Dua</div>"
    assert read(page(content)).body == ("Satu", "Dua")


@pytest.mark.parametrize("name", [*JUNK_CLASSES, *BEGINNINGS])
@pytest.mark.parametrize("tag", ["div", "span", "blockquote"])
def test_classes_of_what_is_no_text(name: str, tag: str) -> None:
    junk = f'<{tag} class="baru {name}">sisipan <b>tebal</b></{tag}>'
    assert read(page(f"<p>Satu.</p>{junk}<p>Dua.</p>")).body == ("Satu.", "Dua.")


@pytest.mark.parametrize("tag", BLOCK_TAGS)
def test_blocks_part_paragraphs(tag: str) -> None:
    assert read(page(f"<div>Satu<{tag}>Dua</{tag}>Tiga</div>")).body == ("Satu", "Dua", "Tiga")


@pytest.mark.parametrize("tag", INLINE_TAGS)
def test_inline_elements_part_nothing(tag: str) -> None:
    assert read(page(f"<p>Sa<{tag}>tu du</{tag}>a</p>")).body == ("Satu dua",)


def test_every_name_is_tried_here() -> None:
    assert set(JUNK_TAGS) == body_elements.JUNK_TAGS
    assert {*JUNK_CLASSES} == body_elements.JUNK_CLASSES
    structure = {"body", "figure", "hr", "tbody", "tfoot", "thead", "tr"}  # seen in the cases
    assert set(BLOCK_TAGS) == body_elements.BLOCK_TAGS - structure
