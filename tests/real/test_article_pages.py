"""Articles as Kompas published them, read by our code and, quite differently, by these tests."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.site.text import PROMO_OPENINGS
from tests.real.conftest import read_page, real_pages, saved

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.items import Article

PAGES = saved("articles/202*.html.gz")
WIB = timezone(timedelta(hours=7))

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name[:60])


@cache
def html(path: Path) -> str:
    return read_page(path).decode("utf-8")


@cache
def article(path: Path) -> Article:
    body = read_page(path)
    return ArticlePage(HtmlResponse("https://www.kompas.com/", body=body)).to_item()


def meta(path: Path, name: str) -> str:
    """The content of a meta element, by the letters of the page alone."""
    found = re.search(
        rf'<meta\s+(?:name|property)="{re.escape(name)}"\s+content="([^"]*)"', html(path)
    )
    return re.sub(r"\s+", " ", unescape(found[1])).strip() if found else ""


def names(path: Path, name: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(part.strip() for part in meta(path, name).split(",") if part.strip())
    )


def byline(path: Path) -> tuple[str, ...]:
    """Whom a first paragraph "Oleh: NAME" names."""
    text = html(path).split('<div class="read__content">', 1)[1][:3000]
    found = re.search(r"<p>(?:<[a-z]+>)*Oleh: ?([^<]+)<", text)
    return (found[1].strip(),) if found else ()


def test_there_are_pages() -> None:
    assert len(PAGES) >= 41


@every_page
def test_title(path: Path) -> None:
    found = re.search(r'<h1 class="read__title">(.*?)</h1>', html(path), re.S)
    assert found
    assert article(path).title == re.sub(r"\s+", " ", unescape(found[1])).strip()


@every_page
def test_published_at(path: Path) -> None:
    told = datetime.fromisoformat(meta(path, "content_PublishedDate") + "+07:00")
    assert article(path).published_at == told
    assert article(path).published_at == datetime.fromisoformat(
        meta(path, "article:published_time")
    )
    assert article(path).updated_at is None


@every_page
def test_address(path: Path) -> None:
    found = re.search(r'<link rel="canonical" href="([^"]+)"', html(path))
    assert found
    assert article(path).url == found[1]
    day, number = re.findall(r"/read/(\d{4}/\d\d/\d\d)/(\d+)/", found[1])[0]
    assert article(path).id == f"{day.replace('/', '')}-{number}"


@every_page
def test_people_and_labels(path: Path) -> None:
    found = article(path)
    assert found.authors == names(path, "content_author") + byline(path)
    assert found.editors == names(path, "content_editor")
    assert found.tags == names(path, "content_tags")
    assert (found.section or "") == meta(path, "content_category")
    assert (found.subsection or "") == meta(path, "content_subcategory")
    assert (found.source or "") == meta(path, "content_source")
    assert (found.content_type or "") == meta(path, "content_type")
    assert (found.topic or "") == meta(path, "content_lipsus")
    assert (found.summary or "") == meta(path, "description")
    assert str(found.declared_words) == meta(path, "content_total_words")
    assert "Kompas Cyber Media" not in found.authors + found.editors


@every_page
def test_visible_people_are_those_of_the_head(path: Path) -> None:
    """The places behind the first give the same on real pages."""
    found = article(path)
    without = re.sub(r'<meta name="content_(?:author|editor|source|tags)"[^>]*>', "", html(path))
    again = ArticlePage(HtmlResponse(found.url, body=without.encode())).to_item()
    if "opinion__header" not in without:  # whose writer is put there by a script
        assert (again.authors, again.editors) == (found.authors, found.editors)
    assert again.tags == found.tags
    assert re.sub(r"\s", "", again.source or "") == re.sub(r"\s", "", found.source or "")


@every_page
def test_related_links_are_the_anchors_of_their_class(path: Path) -> None:
    anchors = re.findall(
        r'<a href="([^"]+)" class="inner-link-baca-juga"[^>]*>(.*?)</a>', html(path)
    )
    told = [
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text))).strip() for _, text in anchors
    ]
    assert [link.title for link in article(path).related] == told
    assert [link.url for link in article(path).related] == [
        re.sub(r"^http:", "https:", re.sub(r"[?#].*", "", unescape(href))) for href, _ in anchors
    ]


def text_by_letters(path: Path) -> str:
    """The text of the container without what is none, without white space, by letters alone."""
    text = html(path).split('<div class="read__content">', 1)[1]
    text = text.split('<div class="fb-quote">', 1)[0]
    text = re.sub(r"<(script|style|iframe)\b.*?</\1>", "", text, flags=re.S)
    text = re.sub(
        r'<blockquote class="(?:instagram|twitter|tiktok).*?</blockquote>', "", text, flags=re.S
    )
    text = re.sub(r'<div id="\w+" class="photo".*?</div>', "", text, flags=re.S)
    text = re.sub(r"<strong>Baca juga:.*?</a>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<p>(?:<[a-z]+>)*Oleh:[^<]+<", "<", text, count=1)
    text = re.sub(r"\s|\u200b", "", unescape(re.sub(r"<[^>]*>", "", text)))
    return re.sub(r"^(?:[A-Z]+,)?KOMPAS\.com[-–—]", "", text)


@every_page
def test_body_has_every_letter_of_the_text_and_no_other(path: Path) -> None:
    body = re.sub(r"[\s|]", "", "".join(article(path).body))
    assert body == text_by_letters(path).replace("|", "")


@every_page
def test_no_words_are_glued_or_torn(path: Path) -> None:
    """Each word of the body stands so on the page, where tags part no words."""
    page = re.sub(r"</?(?:a|strong|em|span|b|i)\b[^>]*>", "", html(path))
    words = set(
        re.sub(r"<[^>]*>", " ", unescape(page.replace("<", "\ue000<")))
        .replace("\ue000", " ")
        .split()
    )
    for paragraph in article(path).body:
        unknown = {word for word in paragraph.split() if word != "|"} - words
        assert not unknown, paragraph


@every_page
def test_body_has_nothing_but_the_text(path: Path) -> None:
    found = article(path)
    for paragraph in found.body:
        assert not re.search(r"baca juga:|also read:|halaman selanjutnya", paragraph, re.I)
        assert not any(paragraph.lower().startswith(opening) for opening in PROMO_OPENINGS)
        assert not re.match(r".{0,60}KOMPAS\.com\W*[-–—]", paragraph)
        assert "View this post" not in paragraph
    for image in found.images:
        assert image.caption not in found.body
        assert image.url.startswith("https://asset.kompas.com/")
    assert 1 <= len(found.images) <= 10


@every_page
def test_pages_and_completeness(path: Path) -> None:
    found = article(path)
    numbers = re.findall(re.escape(found.url) + r"\?page=(\d+)", html(path))
    assert found.pages == max(map(int, numbers), default=1)
    assert found.pages_read == 1
    assert found.is_complete is (found.pages == 1)


SEED_HEAD = """<html><head><meta charset="utf-8"><title>{title}</title>
<meta name="content_PublishedDate" content="2022-01-22 09:31:00">
<meta name="content_category" content="Global">{metas}
<link rel="canonical" href="{url}"></head><body>
<div>Baca berita tanpa iklan. Gabung Kompas.com+</div>
<h1 class="read__title">{title}</h1><div class="read__time">Kompas.com - 22/01/2022, 09:31 WIB</div>
"""
SEED_URL = (
    "https://www.kompas.com/global/read/2022/01/22/093100670/"
    "dialog-as-rusia-soal-ukraina-kembali-buntu-tapi-sepakat-redakan"
)
SEED_FOOT = (
    "<div>Halaman:</div><div>Video rekomendasi</div><div>Komentar</div><div>Close Ads</div>"
    "<div>Login untuk memaksimalkan pengalaman mengakses Kompas.com</div></body></html>"
)


def _seed() -> tuple[str, list[str]]:
    """Title and body paragraphs of the copied page, chrome left out by hand."""
    folder = real_pages()
    assert folder
    lines = (folder / "seed_2022_global.txt").read_text("utf-8").splitlines()
    rows = [line.strip() for line in lines if line.strip()]
    return rows[1], rows[rows.index("Sumber AFP") + 1 : rows.index("Halaman:")]


def _seed_body(rows: list[str]) -> str:
    parts = []
    for nth, row in enumerate(rows):
        if row.startswith("Baca juga: "):
            title = row.removeprefix("Baca juga: ")
            href = f"https://www.kompas.com/global/read/2022/01/21/1{nth:05}270/x?source=terkait"
            parts.append(
                f'<p><strong>Baca juga: <a class="inner-link-baca-juga" href="{href}">{title}</a>'
                "</strong></p>"
            )
        else:
            row = re.sub(r"^(JENEWA, KOMPAS\.com) – ", r"<strong>\1</strong> &ndash; ", row)
            parts.append(f'<p>{row}</p><span class="ads-on-body"></span>')
    return "\n".join(parts)


@pytest.mark.parametrize("year", ["2021", "2023"])
@pytest.mark.parametrize("has_metas", [True, False])
def test_the_seed_article(year: str, *, has_metas: bool) -> None:
    title, rows = _seed()
    metas = (
        '<meta name="content_author" content="Danur Lambang Pristiandaru">'
        '<meta name="content_source" content="AFP">'
        if has_metas
        else ""
    )
    source = '<div class="read__credit__item"><span>Sumber</span> <a href="#">AFP</a></div>'
    if year == "2021":
        credit = (
            '<div class="read__credit"><div class="read__credit__item" id="penulis"><span>Penulis'
            "</span> <a>Danur Lambang Pristiandaru</a></div></div>"
        )
        open_body = f'<div class="read__content"><div data-io-article-url="{SEED_URL}">'
    else:
        credit = (
            '<div id="creditModal"><a><div class="credit-author"><h6 class="credit-author-name">'
            ' Danur Lambang Pristiandaru </h6><h6 class="credit-author-position">Penulis<h6></div>'
            "</a></div>"
        )
        open_body = '<div class="read__content"><div class="clearfix">'
    page = (
        SEED_HEAD.format(title=title, metas=metas, url=SEED_URL) + credit + open_body
        + _seed_body(rows) + "</div></div>" + source + SEED_FOOT
    )  # fmt: skip
    found = ArticlePage(HtmlResponse(SEED_URL, body=page.encode())).to_item()
    assert found.id == "20220122-093100670"
    assert found.url == SEED_URL
    assert found.title == title
    assert found.authors == ("Danur Lambang Pristiandaru",)
    assert (found.source, found.dateline, found.section) == ("AFP", "JENEWA", "Global")
    assert found.published_at == datetime(2022, 1, 22, 9, 31, tzinfo=WIB)
    told = [row.removeprefix("JENEWA, KOMPAS.com – ") for row in rows]
    assert list(found.body) == [row for row in told if not row.startswith("Baca juga: ")]
    assert [link.title for link in found.related] == [
        row.removeprefix("Baca juga: ") for row in told if row.startswith("Baca juga: ")
    ]
    assert len(found.related) == 4


FRAGMENTS = {path.name: path for path in saved("fragments/*.html")}


def _with_fragment(name: str) -> Article:
    fragment = read_page(FRAGMENTS[name]).decode("utf-8")
    page = (
        f'<html><head><link rel="canonical" href="{SEED_URL}"></head><body>'
        f'<h1 class="read__title">Judul</h1>{fragment}<div class="read__content"><p>Isi.</p></div>'
    )
    return ArticlePage(HtmlResponse(SEED_URL, body=page.encode())).to_item()


def test_people_of_2026() -> None:
    found = _with_fragment("2026-04_credit_modal.html")
    assert found.authors == ("Melvina Tionardus",)
    assert found.editors == ("Yunanto Wiji Utomo",)


def test_opinion_author_of_2026() -> None:
    assert _with_fragment("2026-04_opinion_author.html").authors == ("Mudhofir Abdullah",)


def test_update_time_of_2026() -> None:
    found = _with_fragment("2026-04_readtime_diperbarui.html")
    assert found.updated_at == datetime(2026, 4, 18, 10, 3, tzinfo=WIB)
    assert found.published_at == datetime(2022, 1, 22, 9, 31, tzinfo=WIB)


def test_spelled_month_of_2026() -> None:
    assert _with_fragment("2026-04_readtime_spelled_month.html").updated_at is None
