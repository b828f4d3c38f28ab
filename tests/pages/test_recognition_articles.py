"""R27: is an answer the article that was asked for."""

from __future__ import annotations

import pytest

from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind
from tests.faults.hostile import KEY, URL, page
from tests.pages.answering import (
    FRONT,
    HOME,
    INDEX,
    OTHER,
    TAG,
    Body,
    answer,
    article,
    listing,
)

FIELDS = '<meta name="content_PublishedDate" content="2026-06-30 10:00:00">'
TITLE_AND_TEXT = (
    '<h1 class="read__title">Judul</h1><div class="read__content"><p>Satu dua tiga.</p></div>'
)
PROPER: dict[str, Body] = {
    "as usual": page(),
    "with an address that has http and a query": page(
        canonical=URL.replace("https:", "http:") + "?page=all"
    ),
    "of a new slug and host": page(
        canonical="https://money.kompas.com/read/2026/06/30/100000001/judul-baru"
    ),
    "named by og:url alone": f'<meta property="og:url" content="{URL}">{FIELDS}{TITLE_AND_TEXT}',
    "that names no address": f"{FIELDS}{TITLE_AND_TEXT}",
    "without a date": f'<meta property="og:url" content="{URL}">{TITLE_AND_TEXT}',
    "with a visible time alone": f'<p class="read__time">30/06/2026, 10:00 WIB</p>{TITLE_AND_TEXT}',
    "about error pages": page(title="Arti 404 Not Found"),
    "with a captcha among the comments": page(body='<p>Satu.</p><div class="g-recaptcha"></div>'),
    "with the wall's script": page(head="<script>window.gokuProps = {}</script>"),
    "with a form to log in": page(body='<p>Satu.</p><form><input type="password"></form>'),
    "about an outage": page(title="Sedang ada gangguan", body="<p>Situs itu masuk angin.</p>"),
    "whose title begins as a login's": page(head="<title>Masuk Angin: Kata Dokter</title>"),
}


@pytest.mark.parametrize("name", PROPER)
def test_proper_articles(name: str) -> None:
    verdict = article(PROPER[name])
    assert (verdict.kind, verdict.reason) == (Kind.ARTICLE, "")
    assert verdict.article is not None
    assert verdict.article.id == KEY


@pytest.mark.parametrize(
    "body",
    [
        page(canonical=OTHER),
        page(canonical="https://www.kompas.com/tren/read/2020/01/02/080000065/lama"),
        # The same second and section, another serial number.
        page(canonical=URL.replace("100000001", "100000101")),
        f'<meta property="og:url" content="{OTHER}">{FIELDS}{TITLE_AND_TEXT}',
        f'<link rel=" Canonical alternate" href="{OTHER}">{FIELDS}{TITLE_AND_TEXT}',
    ],
)
def test_the_page_of_another_article(body: str | bytes) -> None:
    verdict = article(body)
    assert verdict.kind is Kind.OTHER_ARTICLE
    assert verdict.url is not None
    assert verdict.article is not None
    assert verdict.article.id != KEY
    assert verdict.article.id in verdict.reason


WRAPPED = '<div data-io-article-url="{}"><p>Satu dua tiga.</p></div>'.format


@pytest.mark.parametrize("url", [OTHER, OTHER.replace("https", "http") + "?page=2"])
def test_the_text_of_another_article_below_the_right_head(url: str) -> None:
    verdict = article(page(body=WRAPPED(url)))
    assert (verdict.kind, verdict.url) == (Kind.OTHER_ARTICLE, OTHER)


@pytest.mark.parametrize(
    "body",
    [
        WRAPPED(URL),
        WRAPPED(URL.replace("www", "money") + "-baru?page=2"),
        WRAPPED(URL) + WRAPPED(OTHER),
        WRAPPED(""),
        WRAPPED("//[x"),
        WRAPPED("https://www.kompas.com/tren"),
        WRAPPED("").replace("-io-", "-"),
    ],
)
def test_the_text_of_the_article_itself(body: str) -> None:
    assert article(page(body=body)).kind is Kind.ARTICLE


def test_a_redirect_to_another_article_is_its_page() -> None:
    verdict = article(TITLE_AND_TEXT, url=OTHER)
    assert (verdict.kind, verdict.url) == (Kind.OTHER_ARTICLE, OTHER)


SHORT = "https://www.kompas.com/read/26F30{}"


@pytest.mark.parametrize("code", ["100000101", "110000001"])
@pytest.mark.parametrize("claim", ['link rel="canonical" href', 'meta name="og:url" content'])
def test_a_page_that_names_the_short_address_of_another_article(claim: str, code: str) -> None:
    verdict = article(f'<{claim}="{SHORT.format(code)}">{FIELDS}{TITLE_AND_TEXT}')
    assert (verdict.kind, verdict.url) == (Kind.OTHER_ARTICLE, SHORT.format(code))
    own = f'<{claim}="{SHORT.format("100000001")}">{FIELDS}{TITLE_AND_TEXT}'
    assert article(own).kind is Kind.ARTICLE


def test_a_short_address_names_no_article_yet() -> None:
    found = recognition.article(answer(page(), "https://www.kompas.com/read/26F30100000001"), "26F")
    assert found.kind is Kind.ARTICLE


@pytest.mark.parametrize(
    "date", ["2026-06-29 10:00:00", "2026-06-30 10:00:01", "2019-01-01 00:00:00"]
)
def test_a_page_without_an_address_and_of_another_time_is_not_believed(date: str) -> None:
    text = FIELDS.replace("2026-06-30 10:00:00", date) + TITLE_AND_TEXT
    verdict = article(text)
    assert verdict.kind is Kind.ERROR
    assert "date" in verdict.reason


@pytest.mark.parametrize(
    "other",
    [
        "https://foto.kompas.com/photo/read/2026/06/30/17510/contoh",
        "https://video.kompas.com/watch/17511/contoh",
        "https://www.kompas.com/image/2026/06/30/100000001/contoh",
        "https://www.kompas.com/galeri/17512/contoh",
    ],
)
def test_positively_no_text(other: str) -> None:
    for body, url in (
        (f'<link rel="canonical" href="{other}"><h1>Galeri</h1>', URL),
        ("<h1>Galeri</h1>", other),
    ):
        verdict = article(body, url=url)
        assert verdict.kind is Kind.NO_TEXT
        assert other in verdict.reason


@pytest.mark.parametrize(
    "other",
    [
        *(HOME, FRONT, TAG, INDEX, "https://foto.kompas.com/", "https://www.kompas.com/about-us"),
        *("https://www.kompas.com/video", "https://www.kompas.com/galeri360"),
        *("https://video.kompas.com/terbaru", "https://foto.kompas.com/tag/banjir-2026"),
    ],
)
def test_a_page_that_is_no_article_nor_media_settles_nothing(other: str) -> None:
    for body, url in (
        (f'<link rel="canonical" href="{other}"><h1>Kompas.com</h1>', URL),
        ("<h1>Kompas.com</h1>", other),
        (page(canonical=other), URL),
    ):
        verdict = article(body, url=url)
        assert verdict.kind is Kind.ERROR
        assert other.rstrip("/") in verdict.reason


_FRAME = TITLE_AND_TEXT.replace("Judul", "Halaman tidak ditemukan")
SOFT_404 = {
    "in an article's frame": TITLE_AND_TEXT,
    "in its frame, with its own address": f'<link rel="canonical" href="{URL}">{_FRAME}',
    "plain": "<title>Halaman tidak ditemukan</title><h1>404</h1><p>Tidak ada.</p>",
    "with its own address": f'<link rel="canonical" href="{URL}"><h1>404</h1>',
    "in English": "<html><body><h1>Page not found</h1></body></html>",
}


@pytest.mark.parametrize("name", SOFT_404)
def test_a_soft_404_is_an_error(name: str) -> None:
    assert article(SOFT_404[name]).kind is Kind.ERROR


@pytest.mark.parametrize("host", ["account", "sso", "plus"])
def test_a_redirect_to_a_login_is_a_refusal(host: str) -> None:
    url = f"https://{host}.kompas.com/login?next=x"
    assert article("<h1>Akun</h1>", url=url).kind is Kind.REFUSED
    assert listing("<h1>Akun</h1>", url=url).kind is Kind.REFUSED
    assert listing("<h1>Akun</h1>", FRONT, url=url).kind is Kind.REFUSED


# Half a page.

_WHOLE = page(body="<p>Satu dua tiga.</p>" * 20) + b"\n"


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_page_without_a_length_is_whole_only_with_its_end(share: float) -> None:
    half = _WHOLE[: int(len(_WHOLE) * share)]
    verdict = article(half, is_partial=True)
    assert (verdict.kind, verdict.reason) == (Kind.ERROR, "the page is cut short")
    verdict = listing(half, is_partial=True)
    assert (verdict.kind, verdict.reason) == (Kind.ERROR, "the page is cut short")


@pytest.mark.parametrize("end", [b"", b"\n\n", b"<!-- 0.2 s -->", b"</HTML>", b"<script></script>"])
def test_a_page_without_a_length_and_with_its_end_is_whole(end: bytes) -> None:
    whole = page().replace(b"</html>", b"") + (b"" if end == b"</HTML>" else b"</html>") + end
    assert article(whole, is_partial=True).kind is Kind.ARTICLE


def test_control_without_the_measure_half_a_page_is_an_article(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recognition, "is_whole", lambda _: True)
    half = _WHOLE[: int(len(_WHOLE) * 0.6)]
    assert article(half, is_partial=True).kind is Kind.ARTICLE


def test_a_page_whose_og_url_names_another_article_is_not_believed() -> None:
    verdict = article(page(head=f'<meta property="og:url" content="{OTHER}">'))
    assert (verdict.kind, verdict.url) == (Kind.OTHER_ARTICLE, OTHER)
    own = page(head=f'<meta property="og:url" content="{URL}?page=all">')
    assert article(own).kind is Kind.ARTICLE


def test_the_page_of_another_article_under_a_short_code() -> None:
    code = f"26F30{KEY.partition('-')[2]}"
    assert recognition.article(answer(page()), code).kind is Kind.ARTICLE
    other = recognition.article(answer(page(canonical=OTHER)), code)
    assert (other.kind, other.url) == (Kind.OTHER_ARTICLE, OTHER)


def test_a_page_that_ended_before_its_length_is_cut_short() -> None:
    """The flag of DOWNLOAD_FAIL_ON_DATALOSS=0."""
    cut = answer(page().removesuffix(b"</body></html>"))
    assert recognition.article(cut, KEY).kind is Kind.ARTICLE
    cut.flags.append("dataloss")
    assert recognition.article(cut, KEY).reason == "the page is cut short"
    assert recognition.by_robots(cut) is not None
