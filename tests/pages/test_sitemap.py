"""Sitemaps: what an entry says is told apart from what its pictures and films say."""

from __future__ import annotations

import codecs
import gzip
import time

import pytest
from scrapy.http import Response

from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind

A = "https://money.kompas.com/read/2026/06/30/100000001/satu"
B = "https://money.kompas.com/read/2026/06/30/100000002/dua"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
    'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
NEWS = (
    "<news:news><news:publication><news:name>Contoh</news:name></news:publication>"
    "<news:publication_date>2026-06-30T10:00:00+07:00</news:publication_date>"
    "<news:title>Judul satu</news:title></news:news>"
)
IMAGE = (
    "<image:image><image:loc>https://asset.kompas.com/a.jpg</image:loc>"
    "<image:title>Foto</image:title></image:image>"
)
VIDEO = (
    "<video:video><video:title>Tayangan</video:title><video:player_loc>https://x/y"
    "</video:player_loc><video:publication_date>2020-01-01</video:publication_date></video:video>"
)


def _read(rows: str, spaces: str = SPACES) -> list[sitemap.SitemapEntry]:
    return list(sitemap.entries(f"<urlset {spaces}>{rows}</urlset>".encode()))


@pytest.mark.parametrize("before", ["", IMAGE, VIDEO, IMAGE + VIDEO, IMAGE * 3])
@pytest.mark.parametrize("after", ["", IMAGE, VIDEO, VIDEO + IMAGE])
def test_pictures_and_films_change_neither_address_nor_title_nor_time(
    before: str, after: str
) -> None:
    (entry,) = _read(f"<url>{before}<loc>{A}</loc>{NEWS}{after}</url>")
    assert entry.url == A
    assert entry.title == "Judul satu"
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-06-30T10:00:00+07:00"


def test_a_picture_s_address_alone_is_no_entry() -> None:
    assert _read(f"<url>{IMAGE}</url>") == []


def test_other_prefixes_of_the_same_namespaces_are_read() -> None:
    spaces = SPACES.replace("xmlns:news", "xmlns:n").replace("xmlns=", "xmlns:s=")
    body = f"<s:urlset {spaces}><s:url><s:loc>{A}</s:loc>"
    body += NEWS.replace("news:", "n:") + "</s:url></s:urlset>"
    (entry,) = sitemap.entries(body.encode())
    assert (entry.url, entry.title) == (A, "Judul satu")


@pytest.mark.parametrize(
    "bad", ["&#xD800;", "&#55296;", "&#xDFFF;", "&#0;", "&#x1F;", "&#xFFFE;", "&#x110000;", "&#11;"]
)
def test_a_reference_to_no_character_loses_no_entry(bad: str) -> None:
    rows = (
        f"<url><loc>{A}</loc>{NEWS.replace('Judul', f'Ju{bad}dul')}</url><url><loc>{B}</loc></url>"
    )
    first, second = _read(rows)
    assert (first.url, first.title, second.url) == (A, "Judul satu", B)


@pytest.mark.parametrize("good", ["&#38;", "&#x26;", "&#10;", "&#x1F600;", "&#9;"])
def test_a_reference_to_a_character_is_one(good: str) -> None:
    (entry,) = _read(f"<url><loc>{A}</loc>{NEWS.replace('Judul', f'Judul {good}')}</url>")
    assert entry.title != "Judul satu"


def test_a_file_cut_anywhere_yields_whole_addresses_alone() -> None:
    body = f"<urlset {SPACES}><url><loc>{A}</loc></url><url><loc>{B}</loc></url></urlset>".encode()
    for cut in range(len(body)):
        found = [entry.url for entry in sitemap.entries(body[:cut])]
        assert found in ([], [A], [A, B]), cut
        assert not sitemap.has_end(body[:cut]), cut


def test_control_the_parser_closes_what_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "has_end", lambda _: True)
    body = f"<urlset {SPACES}><url><loc>{A}".encode()[:-2]
    assert [entry.url for entry in sitemap.entries(body)] == [A[:-2]]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.kompas.com/sitemap.xml?yyyy=2026&mm=10",
        "https://money.kompas.com/sitemap-news-money.xml",
        "https://www.kompas.com/sitemap-archive-tren.xml?yyyy=2026&mm=09&dd=01",
        "https://bola.kompas.com/news/sitemap.xml.gz",
        "https://medan.kompas.com/sitemap-basic.xml",
    ],
)
def test_sitemaps_of_any_host_are_lists_distinguished_by_their_query(url: str) -> None:
    assert kind(url) is UrlKind.LISTING
    assert canonical(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://money.kompas.com/read/2026/06/30/100000001/cara-membuat-sitemap.xml",
        "https://www.kompas.com/tag/sitemap",
        "https://example.com/sitemap.xml",
        "https://account.kompas.com/sitemap.xml",
    ],
)
def test_other_addresses_are_no_sitemaps(url: str) -> None:
    from kompas_crawler.site.urls import is_sitemap

    assert kind(url) is UrlKind.ARTICLE or not is_sitemap(url)


SURROGATE = (
    f"<?xml version='1.0'?><urlset {SPACES}><url><loc>{A}</loc><lastmod>&#xD800;</lastmod></url>"
    f"<url><loc>{B}</loc></url></urlset>"
).encode("utf-16-be")


def test_a_surrogate_in_utf_16_loses_its_text_alone() -> None:
    assert [entry.url for entry in sitemap.entries(SURROGATE)] == [A, B]


def test_control_as_it_is_a_surrogate_loses_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "from_root", lambda body: body)
    assert [entry.url for entry in sitemap.entries(SURROGATE)] != [A, B]


WHOLE = f"<urlset {SPACES}><url><loc>{A}</loc>{NEWS}</url><url><loc>{B}</loc></url></urlset>"
DECLARED = "<?xml version='1.0' encoding='{}'?>\n" + WHOLE.replace("satu</n", "s\u00e9tu</n")
MANY = gzip.compress(WHOLE[:150].encode()) + gzip.compress(WHOLE[150:].encode()) + b"\0\0"
ENCODED = {
    "UTF-8 with its mark": codecs.BOM_UTF8 + DECLARED.format("utf-8").encode(),
    "UTF-16": DECLARED.format("utf-16").encode("utf-16"),
    "UTF-16 without a mark": WHOLE.encode("utf-16-le"),
    "declared as UTF-16": DECLARED.format("utf-16").encode(),
    "declared as Latin-1": DECLARED.format("iso-8859-1").encode(),
    "Latin-1": DECLARED.format("iso-8859-1").encode("latin-1"),
    "Latin-1 declared as UTF-8": DECLARED.format("utf-8").encode("latin-1"),
    "in no known encoding": DECLARED.format("x-unknown").encode(),
    "after a warning": b"Warning: x in y.php\n" + DECLARED.format("utf-8").encode(),
    "packed": gzip.compress(DECLARED.format("utf-16").encode("utf-16")),
    "packed in two parts": MANY,
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_sitemap_in_any_encoding(name: str) -> None:
    verdict = recognition.sitemap(
        Response("https://www.kompas.com/a.xml", body=ENCODED[name]), 9999
    )
    assert verdict.kind is recognition.Kind.LISTING
    assert verdict.sitemap is not None
    first, second = sitemap.entries(verdict.sitemap)
    assert (first.url, second.url) == (A, B)
    assert first.title in ("Judul s\u00e9tu", "Judul satu")


def test_references_of_html_in_a_title() -> None:
    (entry,) = _read(f"<url><loc>{A}</loc>{NEWS.replace('Judul', '&amp;quot;Judul&nbsp;')}</url>")
    assert entry.title == '"Judul\u00a0 satu'


@pytest.mark.parametrize(
    ("inside", "address"),
    [
        (f"{A}<!-- c -->?x=1", f"{A}?x=1"),
        (f"{A}?x=1&y=2", f"{A}?x=1&y=2"),
        (f"{A}?x=1&amp;y=2&lt=3", f"{A}?x=1&y=2&lt=3"),
        (f"<![CDATA[{A}?x=1&y=2]]>", f"{A}?x=1&y=2"),
        (f"<![CDATA[{A}?x=1&amp;y=2]]>", f"{A}?x=1&amp;y=2"),
    ],
)
def test_an_address_is_read_to_its_end(inside: str, address: str) -> None:
    text = f"<urlset {SPACES}><url><loc>{inside}</loc></url><url><loc>{B}</loc></url></urlset>"
    assert [entry.url for entry in sitemap.entries(text.encode())] == [address, B]


def test_references_in_utf_16_are_left_alone() -> None:
    head = "<?xml version='1.0' encoding='UTF-16'?>"
    text = f"{head}<urlset><url><loc>{A}?x=1&amp;y=2</loc></url><url><loc>{B}</loc></url>"
    assert [entry.url for entry in sitemap.entries(text.encode("utf-16"))] == [f"{A}?x=1&y=2"]


def test_comments_behind_the_end_are_passed_in_linear_time() -> None:
    begun = time.process_time()
    assert not sitemap.has_end(b"<urlset></urlset>" + b"<!-- -->" * 24 + b"x")
    assert time.process_time() - begun < 0.1  # 0.9 s if each comment doubles the time
    assert sitemap.has_end(b"<urlset></urlset>" + b"<!-- - -->\n" * 300)


@pytest.mark.parametrize("loc", ["{}\u200b", "\u00a0{}", "{}\ufeff", "\n{}"])
@pytest.mark.parametrize("address", [A, A.removeprefix("https:"), A.replace("/read", "\n/read")])
def test_an_address_is_read_like_that_of_a_link(loc: str, address: str) -> None:
    (entry,) = _read(f"<url><loc>{loc.format(address)}</loc></url>")
    assert article_key(entry.url) == article_key(A)


def test_control_what_is_no_web_address_is_no_entry() -> None:
    assert not _read("<url><loc>ftp://www.kompas.com/a</loc></url><url><loc>http://[</loc></url>")


@pytest.mark.parametrize(
    "before",
    [
        "<!-- made by <a href='x'>a tool</a> -->",
        f"<!-- <url><loc>{B}</loc></url> -->",
        f"<?xml version='1.0'?><!-- {'x ' * 5000} --><?xml-stylesheet href='a'?><!-- <b> -->",
        "<!DOCTYPE urlset [<!ENTITY a 'b'>]>",
        "Notice: 1 < 2 ",
    ],
)
def test_what_precedes_the_root_is_neither_the_root_nor_an_entry(before: str) -> None:
    body = f"{before}<urlset><url><loc>{A}</loc></url></urlset>".encode()
    assert recognition.sitemap(Response(A, body=body), 10**6).sitemap is not None
    assert [entry.url for entry in sitemap.entries(body)] == [A]


def test_control_a_sitemap_inside_a_comment_is_none() -> None:
    assert not sitemap.is_sitemap(b"<!-- <urlset></urlset> --><html></html>")
    assert not sitemap.is_sitemap(b"<!-- <urlset></urlset>")


def test_comments_without_an_end_are_passed_in_linear_time() -> None:
    begun = time.process_time()
    assert not sitemap.is_sitemap(b"<!-- " * 100_000)
    assert time.process_time() - begun < 0.5


def test_open_sections_are_passed_in_linear_time() -> None:
    assert not list(sitemap.entries(b"<urlset>" + b"<![CDATA[&" * 200_000))


def test_an_address_goes_on_after_an_instruction() -> None:
    """Control: without it the address is the same."""
    (entry,) = _read(f"<url><loc>{A[:40]}<?x y?>{A[40:]}</loc></url>")
    assert [entry] == _read(f"<url><loc>{A}</loc></url>")
