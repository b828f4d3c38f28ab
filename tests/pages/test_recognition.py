"""R27: what an answer is, decided before it is read: tables of answers and their verdicts."""

from __future__ import annotations

import gzip
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages import recognition
from kompas_crawler.pages import sitemap as sitemaps
from kompas_crawler.pages.recognition import CHALLENGE_MARKS, Kind, Verdict
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from tests.faults.hostile import KEY, URL, page

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER = "https://money.kompas.com/read/2026/06/29/080000026/judul-lain"
OTHER_KEY = "20260629-080000026"
FRONT = "https://money.kompas.com/"
HOME = "https://www.kompas.com/"
TAG = "https://www.kompas.com/tag/beras"
TOPIC = "https://www.kompas.com/topik-pilihan/list/1234/banjir-contoh"
DAY = date(2026, 6, 30)
INDEX = index_url(DAY)
SITEMAP = "https://money.kompas.com/news/sitemap.xml"
ROBOTS = "https://money.kompas.com/robots.txt"
LIMIT = 1_000_000

Body = str | bytes


def answer(
    body: str | bytes = b"",
    url: str = f"{URL}?page=all",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    is_partial: bool = False,
) -> HtmlResponse:
    """A response; *is_partial* when only the closed connection told where its body ends."""
    return HtmlResponse(
        url,
        status=status,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
        flags=["partial"] if is_partial else None,
    )


def article(body: str | bytes = b"", **known: Any) -> Verdict:
    """The verdict on an answer to the request for ``KEY``."""
    return recognition.article(answer(body, **known), KEY)


def listing(body: str | bytes = b"", asked: str = INDEX, **known: Any) -> Verdict:
    """The verdict on an answer to the request for the list *asked*."""
    return recognition.listing(answer(body, known.pop("url", asked), **known), asked)


def sitemap(body: str | bytes = b"", **known: Any) -> Verdict:
    return recognition.sitemap(answer(body, SITEMAP, **known), LIMIT)


def robots(body: str | bytes = b"", **known: Any) -> Verdict | None:
    return recognition.by_robots(answer(body, ROBOTS, **known))


# What comes in the place of whatever was asked for.

AWS = (
    "<!DOCTYPE html><html><head><title></title><script>window.awsWafCookieDomainList = [];"
    'window.gokuProps = {"key": "x"};</script></head><body><div id="challenge-container"></div>'
    "<noscript><h1>JavaScript is disabled</h1></noscript></body></html>"
)
CHALLENGES: dict[str, Body] = {
    "AWS": AWS,
    "AWS, the domains alone": "<script>var awsWafCookieDomainList = ['x']</script>",
    "Cloudflare": '<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/b">',
    "Cloudflare's form": '<form id="cf-chl-widget"><input name="cf-turnstile-response"></form>',
    "Incapsula": '<iframe src="/_Incapsula_Resource?CWUDNSAI=1"></iframe>',
    "DataDome": '<script src="https://ct.captcha-delivery.com/c.js"></script>',
    "PerimeterX": '<div id="px-captcha"></div>',
    "reCAPTCHA": '<form><div class="g-recaptcha" data-sitekey="x"></div></form>',
    "hCaptcha": '<form><div class="h-captcha" data-sitekey="x"></div></form>',
}
LOGIN_WALLS: dict[str, Body] = {
    "title": "<html><head><title>Masuk - Akun</title></head><body><form></form></body></html>",
    "title in English": "<title> Log in to continue</title><form><input name=email></form>",
    "password": '<h1>Lanjut membaca</h1><form><input type="password" name="p"></form>',
    "password without quotes": "<form><input name=p type=password></form>",
}
EMPTY: dict[str, Body] = {"nothing": "", "spaces": " \n\t ", "lines": "\r\n\r\n"}
OUTAGES: dict[str, Body] = {
    "outage in HTML": "<html><body><h1>Maaf, sedang ada gangguan</h1></body></html>",
    "outage in a line": "Sedang ada gangguan, silakan coba beberapa saat lagi",
    "outage of a proxy": "<html><head><title>502</title></head><body><hr>nginx</body></html>",
    "maintenance": "<title>Pemeliharaan</title><p>Situs sedang dalam pemeliharaan.</p>",
    "maintenance in English": "<h1>We'll be back soon</h1><p>Scheduled maintenance</p>",
    "maintenance with a picture": '<html><body><img src="/perbaikan.png"></body></html>',
}
NO_PAGES: dict[str, Body] = {
    "JSON of an error": '{"status": 500, "message": "gangguan"}',
    "an empty JSON list": "[]",
    "JSON of an article": '{"data": {"title": "Judul", "body": "Satu dua tiga."}}',
    "XML of an error": "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "a script": "window.location.reload();",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "a domain for sale": "<title>kompas</title><a href='https://contoh.example/'>Buy it</a>",
}
PROVES_NOTHING = EMPTY | OUTAGES | NO_PAGES

ASKED = {"article": article, "index": listing, "sitemap": sitemap}


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_what_proves_nothing_is_an_error_with_a_reason(what: str, name: str) -> None:
    verdict = ASKED[what](PROVES_NOTHING[name])
    assert verdict.kind is Kind.ERROR
    assert verdict.reason
    assert ("empty" in verdict.reason) == (name in EMPTY)


@pytest.mark.parametrize("asked", [FRONT, HOME, TAG, TOPIC, f"{FRONT}?page=2"])
@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_nor_is_it_any_other_list(asked: str, name: str) -> None:
    assert listing(PROVES_NOTHING[name], asked).kind is Kind.ERROR


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("name", CHALLENGES | LOGIN_WALLS)
def test_a_challenge_and_a_login_wall_are_refusals(what: str, name: str) -> None:
    verdict = ASKED[what]((CHALLENGES | LOGIN_WALLS)[name])
    assert verdict.kind is Kind.REFUSED
    assert verdict.reason == ("a bot challenge" if name in CHALLENGES else "a login page")


@pytest.mark.parametrize("name", CHALLENGES)
def test_control_without_the_marks_a_challenge_is_an_error_like_any(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "CHALLENGE_MARKS", ())
    monkeypatch.setattr(recognition, "WEAK_MARKS", ())
    assert article(CHALLENGES[name]).kind is Kind.ERROR


def test_every_mark_has_its_example() -> None:
    texts = "".join(map(str, CHALLENGES.values())).encode()
    assert all(mark in texts for mark in CHALLENGE_MARKS)


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (202, {}),
        (401, {}),
        (403, {}),
        (407, {}),
        (429, {}),
        (200, {"x-amzn-waf-action": "challenge"}),
        (202, {"x-amzn-waf-action": "challenge"}),
        (405, {"X-Amzn-Waf-Action": "captcha"}),
        (503, {"CF-Mitigated": "challenge"}),
        (404, {"cf-mitigated": "challenge"}),
        (200, {"X-DataDome": "protected"}),
    ],
)
def test_refusals_by_status_and_header(what: str, status: int, headers: dict[str, str]) -> None:
    for body in ("", AWS, page()):
        verdict = ASKED[what](body, status=status, headers=headers)
        assert verdict.kind is Kind.REFUSED
        assert str(status) in verdict.reason


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_what_the_status_says(what: str, status: int) -> None:
    for body in ("", "<h1>Halaman tidak ditemukan</h1>", page()):
        assert ASKED[what](body, status=status).kind is Kind.GONE


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [203, 204, 206, 302, 400, 405, 418, 451, 500, 502, 503, 520])
def test_every_other_status_is_an_error_whatever_comes_with_it(what: str, status: int) -> None:
    for body in ("", page()):
        verdict = ASKED[what](body, status=status)
        assert (verdict.kind, verdict.reason) == (Kind.ERROR, f"HTTP {status}")


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [404, 405, 503])
def test_a_challenge_is_a_refusal_whatever_its_status(what: str, status: int) -> None:
    """Cloudflare sends its own with 503, AWS its captcha with 405."""
    assert ASKED[what](AWS, status=status).kind is Kind.REFUSED


# Articles.

_SITE = Site(60, weight=2)
_REPLIES = Replies(_SITE)


def sent(url: str) -> bytes:
    """The body that the sample site sends."""
    reply = _REPLIES.answer(url)
    assert reply.status == 200
    return reply.body


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
    "without a date and an address": TITLE_AND_TEXT,
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
    ],
)
def test_the_page_of_another_article(body: str | bytes) -> None:
    verdict = article(body)
    assert verdict.kind is Kind.OTHER_ARTICLE
    assert verdict.url is not None
    assert verdict.article is not None
    assert verdict.article.id != KEY
    assert verdict.article.id in verdict.reason


def test_a_redirect_to_another_article_is_its_page() -> None:
    verdict = article(TITLE_AND_TEXT, url=OTHER)
    assert (verdict.kind, verdict.url) == (Kind.OTHER_ARTICLE, OTHER)


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
    [HOME, FRONT, TAG, INDEX, "https://foto.kompas.com/", "https://www.kompas.com/about-us"],
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


SOFT_404 = {
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


# Lists.


def new_row(url: str, title: str = "Judul") -> str:
    return (
        f'<div class="articleItem"><a class="article-link" href="{url}">'
        f'<h2 class="articleTitle">{title}</h2></a></div>'
    )


def old_row(url: str, title: str = "Judul") -> str:
    return (
        f'<div class="article__list clearfix"><h3 class="article__title">'
        f'<a class="article__link" href="{url}">{title}</a></h3></div>'
    )


def unknown_row(url: str, title: str = "Judul") -> str:
    return f'<li class="kartu"><a class="kartu-tautan" href="{url}"><h2>{title}</h2></a></li>'


def address(number: int, day: date = DAY, section: str = "money") -> str:
    return f"https://{section}.kompas.com/read/{day:%Y/%m/%d}/0{number % 10}{number:02}00026/x"


def pager(active: int, last: int, base: str) -> str:
    joint = "&amp;" if "?" in base else "?"
    links = [f'<a class="paging__link paging__link--active" href="#">{active}</a>']
    links += [
        f'<a class="paging__link" href="{base}{joint}page={n}" data-ci-pagination-page="{n}">'
        f"{n}</a>"
        for n in range(1, last + 1)
        if n != active
    ]
    return f'<div class="paging__wrap">{"".join(links)}</div>'


def made(rows: Iterable[str], more: str = "", *, head: str = "", kind: str = "articleList") -> str:
    """A page of links."""
    return (
        f"<html><head>{head}</head><body><h1>Daftar</h1>"
        f'<div class="{kind}">{"".join(rows)}</div>{more}</body></html>'
    )


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">'


NEW = [new_row(address(n)) for n in range(5)]
OLD = [old_row(address(n)) for n in range(5)]
YESTERDAY = date(2026, 6, 29)
BESIDE = '<div class="most"><a class="most__link" href="https://bola.kompas.com/">B</a></div>'

PROPER_LISTS: dict[str, tuple[str, Body]] = {
    "index, new rows": (INDEX, made(NEW)),
    "index, old rows": (INDEX, made(OLD, kind="latest")),
    "index, page 2": (f"{INDEX}&page=2", made(NEW, pager(2, 3, INDEX))),
    "index, with some rows of another day": (
        INDEX,
        made([*NEW[:3], *[new_row(address(n, YESTERDAY)) for n in range(3)]]),
    ),
    "index without a row": (INDEX, made([], BESIDE)),
    "index without a row of a section with its front's canonical link": (
        index_url(DAY, "money"),
        made([], BESIDE, head=canonical(FRONT)),
    ),
    "index with a foreign canonical link": (INDEX, made(NEW, head=canonical(HOME))),
    "index of a section with its front's canonical link": (
        index_url(DAY, "money"),
        made(NEW, head=canonical(FRONT)),
    ),
    "index of all with a front's canonical link and a pager of its own": (
        INDEX,
        made(NEW, pager(1, 3, INDEX), head=canonical(FRONT)),
    ),
    "index without its query in the canonical link": (
        INDEX,
        made(NEW, head=canonical("https://indeks.kompas.com/")),
    ),
    "index without a row, with its own canonical link": (
        f"{INDEX}&page=2",
        made([], BESIDE, head=canonical(INDEX)),
    ),
    "index without a row of a section, with the canonical link of all": (
        index_url(DAY, "money"),
        made([], BESIDE, head=canonical(INDEX)),
    ),
    "index with another day's canonical link and its own rows": (
        INDEX,
        made(NEW, head=canonical(index_url(YESTERDAY))),
    ),
    "front, new rows": (FRONT, made(NEW, pager(1, 9, FRONT))),
    "front, old rows": (FRONT, made(OLD, kind="latest")),
    "front, page 3": (f"{FRONT}?page=3", made(NEW, pager(3, 9, FRONT))),
    "front whose pager leads to another host": (
        FRONT,
        made(NEW, pager(1, 9, "https://indeks.kompas.com/?site=money")),
    ),
    "front with another front's canonical link and its own rows": (
        FRONT,
        made(NEW, head=canonical("https://bola.kompas.com/")),
    ),
    "quiet front": (FRONT, made([])),
    "quiet front, old markup": (FRONT, made([], kind="latest")),
    "quiet front with a foreign canonical link": (FRONT, made([], head=canonical(HOME))),
    "home page": (HOME, made([*NEW, old_row(address(7, YESTERDAY, "bola"))])),
    "home page of 2017": (HOME, made(OLD, head=canonical("https://m.kompas.com/"))),
    "home page with other links": (
        HOME,
        made([f'<a href="{address(n)}">J</a>' for n in range(9)], kind="latest"),
    ),
    "tag, new rows": (TAG, made(NEW, pager(1, 4, TAG))),
    "tag, old rows": (TAG, made(OLD)),
    "tag with another tag's canonical link": (
        TAG,
        made(NEW, head=canonical("https://www.kompas.com/tag/padi")),
    ),
    "topic": (TOPIC, made(OLD)),
}


@pytest.mark.parametrize("name", PROPER_LISTS)
def test_proper_lists(name: str) -> None:
    asked, body = PROPER_LISTS[name]
    verdict = listing(body, asked)
    assert (verdict.kind, verdict.reason) == (Kind.LISTING, "")
    assert verdict.listing is not None
    assert bool(verdict.listing.articles) == ("quiet" not in name and "without a row" not in name)


def test_an_address_in_another_form_is_no_redirect() -> None:
    for url in (FRONT.replace("https:", "http:"), f"{FRONT}?source=x", FRONT.rstrip("/")):
        assert listing(made(NEW), FRONT, url=url).kind is Kind.LISTING


WRONG_LISTS: dict[str, tuple[str, Body]] = {
    # Another day's rows.
    "the day before": (INDEX, made(new_row(address(n, YESTERDAY)) for n in range(5))),
    "another year": (INDEX, made(old_row(address(n, date(2025, 6, 30))) for n in range(5))),
    "most rows of other days": (
        INDEX,
        made([*NEW[:2], *[new_row(address(n, YESTERDAY)) for n in range(3)]]),
    ),
    "the newest in place of a day": (
        index_url(date(2020, 1, 2)),
        made(NEW, head=canonical(index_url(date(2020, 1, 2)))),
    ),
    "the day before, without a row": (
        INDEX, made([], BESIDE, head=canonical(index_url(YESTERDAY))),
    ),
    "a section's index without a row for that of all": (
        INDEX, made([], BESIDE, head=canonical(index_url(DAY, "money"))),
    ),
    # Another page of the list.
    "page 2 in place of 1": (INDEX, made(NEW, pager(2, 3, INDEX))),
    "page 1 in place of 3": (f"{INDEX}&page=3", made(NEW, pager(1, 3, INDEX))),
    "page 7 in place of 2": (f"{FRONT}?page=2", made(NEW, pager(7, 9, FRONT))),
    "page 1 in place of 2, a tag": (f"{TAG}?page=2", made(NEW, pager(1, 9, TAG))),
    # Another list in its place.
    "another front": (
        FRONT,
        made([new_row(address(n, DAY, "bola")) for n in range(5)],
             head=canonical("https://bola.kompas.com/")),
    ),
    "another front, without a row": (FRONT, made([], head=canonical("https://bola.kompas.com/"))),
    "a front without a row for an index": (INDEX, made([], BESIDE, head=canonical(FRONT))),
    "a front without a row for another section's index": (
        index_url(DAY, "bola"), made([], BESIDE, head=canonical(FRONT)),
    ),
    "the home page for a front": (
        FRONT,
        made([new_row(address(n, DAY, "bola")) for n in range(5)] + NEW[:2], head=canonical(HOME)),
    ),
    "a front with that day's articles for an index": (INDEX, made(NEW, head=canonical(FRONT))),
    "a front with that day's articles for another section's index": (
        index_url(DAY, "bola"), made(NEW, head=canonical(FRONT)),
    ),
    "the home page for a tag": (TAG, made(NEW, head=canonical(HOME))),
    "a front for a tag": (TAG, made(NEW, head=canonical(FRONT))),
    "a front for a topic": (TOPIC, made(OLD, head=canonical(FRONT))),
    # An article in its place.
    "an article for a front": (FRONT, page(body="<p>Satu</p>" + "".join(NEW))),
    "an article for the home page": (HOME, page(body="<p>Satu</p>" + "".join(NEW))),
    "an article for a tag": (TAG, page(body="<p>Satu</p>" + "".join(OLD))),
    "an article for an index": (INDEX, page()),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_another_page_than_the_list_asked_for(name: str) -> None:
    asked, body = WRONG_LISTS[name]
    verdict = listing(body, asked)
    assert verdict.kind is Kind.ERROR
    assert verdict.reason


@pytest.mark.parametrize("row", [new_row, old_row])
def test_an_article_with_rows_of_the_same_day_beside_it_is_no_index(row: Any) -> None:
    """Its "Terkini" lists the day's newest in the rows of any list."""
    beside = "".join(row(address(n)) for n in range(5))
    assert listing(page(body=f"<p>Satu</p>{beside}")).kind is Kind.ERROR


def test_control_without_the_evidence_all_of_them_are_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recognition, "_refuted", lambda *_: None)
    monkeypatch.setattr(recognition, "_unmarked", lambda *_: None)
    kinds = {listing(body, asked).kind for asked, body in WRONG_LISTS.values()}
    assert kinds == {Kind.LISTING}


@pytest.mark.parametrize(
    ("asked", "to", "kind"),
    [
        (FRONT, "https://bola.kompas.com/", Kind.OTHER_LIST),
        (FRONT, "https://www.kompas.com/tren", Kind.OTHER_LIST),
        (TAG, "https://www.kompas.com/tag/padi", Kind.OTHER_LIST),
        (INDEX, index_url(YESTERDAY), Kind.OTHER_LIST),
        (INDEX, "https://indeks.kompas.com/", Kind.OTHER_LIST),
        (INDEX, index_url(DAY, "money"), Kind.OTHER_LIST),
        (f"{INDEX}&page=3", INDEX, Kind.OTHER_LIST),
        (FRONT, HOME, Kind.ERROR),
        (INDEX, HOME, Kind.ERROR),
        (TAG, "https://kompas.com", Kind.ERROR),
        (FRONT, URL, Kind.ERROR),
        (INDEX, "https://www.kompas.com/about-us", Kind.ERROR),
        (FRONT, "https://foto.kompas.com/", Kind.ERROR),
        (FRONT, "https://account.kompas.com/login", Kind.REFUSED),
    ],
)
def test_a_redirected_list(asked: str, to: str, kind: Kind) -> None:
    verdict = listing(made(NEW), asked, url=to)
    assert verdict.kind is kind
    assert "redirected" in verdict.reason
    if kind is Kind.OTHER_LIST:
        assert verdict.url is not None
        assert verdict.listing is not None
        assert len(verdict.listing.articles) == 5, "its links are worth having"


@pytest.mark.parametrize("asked", [INDEX, FRONT, TAG, TOPIC, f"{FRONT}?page=2"])
def test_an_unknown_markup_gives_its_links_and_proves_nothing(asked: str) -> None:
    body = made([unknown_row(address(n)) for n in range(5)], BESIDE, kind="kisi")
    verdict = listing(body, asked)
    assert verdict.kind is Kind.ERROR
    assert "links" in verdict.reason
    assert verdict.listing is not None
    found = verdict.listing.found_by_address
    assert [link.url for link in found] == [address(n) for n in range(5)]
    assert {link.title for link in found} == {"Judul"}


def test_a_day_s_unknown_markup_gives_the_links_of_that_day_alone() -> None:
    other = unknown_row(address(1, YESTERDAY))
    verdict = listing(made([unknown_row(address(1)), other], kind="kisi"))
    assert verdict.listing is not None
    assert [link.url for link in verdict.listing.found_by_address] == [address(1)]


def test_a_page_that_was_refuted_gives_its_links_too() -> None:
    verdict = listing(WRONG_LISTS["page 2 in place of 1"][1])
    assert verdict.kind is Kind.ERROR
    assert verdict.listing is not None
    assert len(verdict.listing.found_by_address) == 5


# Sitemaps.

NAMES = "".join(f"<url><loc>{address(n)}</loc></url>" for n in range(5))
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLSET = f"<?xml version='1.0' encoding='UTF-8'?>\n<urlset {XMLNS}>{NAMES}</urlset>"
PROPER_SITEMAPS: dict[str, Body] = {
    "of articles": URLSET,
    "of sitemaps": f"<sitemapindex><sitemap><loc>{SITEMAP}</loc></sitemap></sitemapindex>",
    "with a prefix": "<s:urlset xmlns:s='x'><s:url><s:loc>y</s:loc></s:url></s:urlset>",
    "packed": gzip.compress(URLSET.encode()),
    "after a comment, before another": f"<!-- a -->{URLSET}<!-- 0.1 s -->\n",
    "quiet": f"<urlset {XMLNS}></urlset>",
    "quiet and short": f"<urlset {XMLNS}/>",
}


@pytest.mark.parametrize("name", PROPER_SITEMAPS)
def test_proper_sitemaps(name: str) -> None:
    verdict = sitemap(PROPER_SITEMAPS[name])
    assert (verdict.kind, verdict.reason) == (Kind.LISTING, "")
    assert verdict.sitemap


PACKED = gzip.compress(URLSET.encode())
WRONG_SITEMAPS: dict[str, Body] = {
    "cut in an address": URLSET[:-40],
    "cut between two entries": URLSET[: URLSET.rindex("<url>")],
    "cut in its last tag": URLSET[:-3],
    "packed and cut": PACKED[:-20],
    "packed and cut in its checksum": PACKED[:-1],
    "packed with a wrong checksum": PACKED[:-5] + bytes([PACKED[-5] ^ 255]) + PACKED[-4:],
    "packed and too large": gzip.compress(b"<urlset>" + b" " * LIMIT + b"</urlset>"),
    "packed twice": gzip.compress(PACKED),
    "a page": made(NEW),
    "RSS": "<rss><channel><item><link>x</link></item></channel></rss>",
    "the front": made(NEW, head=canonical(FRONT)),
}


@pytest.mark.parametrize("name", WRONG_SITEMAPS)
def test_wrong_sitemaps(name: str) -> None:
    verdict = sitemap(WRONG_SITEMAPS[name])
    assert verdict.kind is Kind.ERROR
    assert verdict.reason
    assert (verdict.sitemap is not None) == name.startswith("cut"), "what came of it is read"


def test_a_sitemap_without_a_length_is_whole_only_with_its_end() -> None:
    assert sitemap(URLSET, is_partial=True).kind is Kind.LISTING
    assert sitemap(URLSET[:-3], is_partial=True).kind is Kind.ERROR


def test_control_without_the_end_half_a_sitemap_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "has_end", lambda _: True)
    assert sitemap(WRONG_SITEMAPS["cut in an address"]).kind is Kind.LISTING


# robots.txt: a file that is no file, or half of one, gives no freedom.

RULES = "User-agent: *\nDisallow: /search\n"


@pytest.mark.parametrize("body", [RULES, "# nothing\n", "Disallow: /", "\ufeff" + RULES])
def test_proper_robots(body: str) -> None:
    assert robots(body) is None


@pytest.mark.parametrize("body", [RULES, RULES[:-9], "", "# a"])
def test_half_a_robots_file_is_none(body: str) -> None:
    verdict = robots(body, is_partial=True)
    assert verdict is not None
    assert verdict.kind is Kind.ERROR


@pytest.mark.parametrize("name", CHALLENGES)
def test_a_challenge_is_no_robots_file(name: str) -> None:
    verdict = robots(CHALLENGES[name])
    assert verdict is not None
    assert verdict.kind is Kind.REFUSED


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (202, {}, Kind.REFUSED),
        (403, {}, Kind.REFUSED),
        (429, {}, Kind.REFUSED),
        (200, {"x-amzn-waf-action": "challenge"}, Kind.REFUSED),
        (404, {}, Kind.GONE),
        (410, {}, Kind.GONE),
        (500, {}, Kind.ERROR),
        (503, {}, Kind.ERROR),
        (204, {}, Kind.ERROR),
    ],
)
def test_robots_by_status_and_header(status: int, headers: dict[str, str], kind: Kind) -> None:
    verdict = robots(RULES, status=status, headers=headers)
    assert verdict is not None
    assert verdict.kind is kind


def test_control_without_the_flag_half_a_robots_file_is_believed() -> None:
    assert robots(RULES[:-9]) is None


# The sample site's own pages, in its three templates and both row markups.


@pytest.mark.parametrize("slug", ["money", "regional", "tren", "bola", "biz", "nasional"])
def test_the_sample_site_s_fronts(slug: str) -> None:
    from kompas_crawler.site.sections import SECTIONS

    url = SECTIONS[slug].front_url
    assert listing(sent(url), url).kind is Kind.LISTING


@pytest.mark.parametrize("index", range(12))
def test_the_sample_site_s_articles(index: int) -> None:
    body = sent(f"{_SITE.url(index)}?page=all")
    assert recognition.article(answer(body), _SITE.key(index)).kind is Kind.ARTICLE
    other = recognition.article(answer(body), _SITE.key(index + 1))
    assert other.kind is Kind.OTHER_ARTICLE
    assert other.url == _SITE.url(index)
    under_a_list = listing(body, _SITE.article(index).channel.section.front_url)
    assert under_a_list.kind is Kind.ERROR


@pytest.mark.parametrize("url", [HOME, *[index_url(day) for day in _SITE.days]])
def test_the_sample_site_s_lists(url: str) -> None:
    assert listing(sent(url), url).kind is Kind.LISTING
    under_an_article = article(sent(url))
    assert under_an_article.kind is Kind.ERROR


def test_a_tag_with_attributes_without_end_is_not_parsed() -> None:
    attributes = "".join(f" a{n}=1" for n in range(80_000)).encode()
    body = b"<html><body><p" + attributes + b"></p></body></html>"
    assert len(body) > recognition.LARGE
    response = HtmlResponse("https://www.kompas.com/read/2026/06/30/100000001/x", body=body)
    found = recognition.article(response, "20260630-100000001")
    assert (found.kind, found.reason) == (Kind.ERROR, "a tag without end, too slow to read")


def test_control_a_long_text_is_no_tag() -> None:
    body = b"<html><body><p>" + b"kata " * 200_000 + b"</p></body></html>"
    assert not recognition.has_endless_tag(body)
