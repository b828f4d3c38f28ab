"""R10: every refusal has a typed outcome in the frontier; R14: what is no article is not stored."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.pages import article
from tests.faults.hostile import FRAME, KEY, URL, addresses, keys, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

LATER = "2026-07-02T00:00:00+07:00"


@pytest.mark.parametrize(
    ("status", "claim"),
    [(404, "gone"), (410, "gone"), (403, None), (429, None), (500, None), (503, None)],
)
def test_a_status_becomes_an_outcome(world: World, status: int, claim: str | None) -> None:
    world.strike(URL, Fault(status=status, headers={"Retry-After": "0"}))
    world.crawl(urls=URL, settings={"RETRY_TIMES": 0})
    row = world.row(KEY)
    assert (row.state, row.last_status, row.reason) == ("failed", status, f"HTTP {status}")
    assert row.claim == claim, "gone is what several looks say"
    assert row.next_at is not None


@pytest.mark.parametrize("status", [404, 410])
def test_a_stored_article_is_gone_at_once_and_looked_at_again(world: World, status: int) -> None:
    world.strike(URL, Fault(status=200, body=page(), then=[Fault(status)]))
    world.crawl(urls=URL)
    world.crawl(at=LATER, urls=URL)
    world.crawl(at=LATER, pages="1", sections="money", depth="0")
    row = world.row(KEY)
    assert (row.state, row.last_status) == ("gone", status)
    assert row.next_at is not None
    assert world.body(KEY) == "Satu dua tiga empat lima."


def test_a_304_that_nothing_asked_for_confirms_nothing(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page(), then=[Fault(429), Fault(304)]))
    world.crawl(urls=URL)
    for at in (LATER, "2026-07-09T00:00:00+07:00"):
        world.crawl("revisits", at=at)
    row = world.row(KEY)
    assert (row.state, row.last_status, row.reason) == ("failed", 304, "HTTP 304")


def test_retry_after_is_kept_to_the_second(world: World) -> None:
    world.strike(URL, Fault(status=503, times=1, headers={"Retry-After": "2"}))
    world.crawl(urls=URL, settings={"RETRY_TIMES": 1})
    first, second = (r.at for r in world.server.requests if "/read/" in r.path)
    assert 2.0 <= second - first < 3.5


@pytest.mark.parametrize("redirects", [-1, 9], ids=["without end", "past the limit"])
def test_a_redirect_loop_ends(world: World, redirects: int) -> None:
    world.strike(URL, Fault(redirects=redirects))
    world.crawl(urls=URL)
    row = world.row(KEY)
    assert row.state == "failed"
    assert "redirect" in row.reason
    assert row.next_at is not None
    assert len(world.server.requests) <= 8


def test_a_few_redirects_lead_to_the_article(world: World) -> None:
    world.strike(URL, Fault(redirects=3, status=200, body=page()))
    assert world.crawl(urls=URL).code is Exit.DONE
    assert world.stored() == {KEY}


def test_a_redirect_off_the_site_is_not_followed(world: World) -> None:
    world.strike(URL, Fault(status=302, headers={"Location": "https://example.com/read"}))
    world.crawl(urls=URL)
    row = world.row(KEY)
    assert row.state == "failed"
    assert row.next_at is not None
    assert {r.host for r in world.server.requests} == {"www.kompas.com"}


def test_a_server_that_drips_is_left_after_the_time_limit(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page(), drip=0.2))
    begun = time.monotonic()
    world.crawl(urls=URL, settings={"DOWNLOAD_TIMEOUT": 1})
    assert time.monotonic() - begun < 10
    assert world.row(KEY).state == "failed"
    assert "second" in world.row(KEY).reason


def test_control_with_time_enough_what_drips_is_waited_for(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page(), drip=0.002))
    assert world.crawl(urls=URL, settings={"DOWNLOAD_TIMEOUT": 30}).code is Exit.DONE


# R14.

_NO_ARTICLE = {
    "home page": b'<link rel="canonical" href="https://www.kompas.com/"><title>Kompas.com</title>',
    "login wall": b"<title>Masuk</title><form><input name=email></form>",
    "soft 404": b"<title>Halaman tidak ditemukan</title><h1>404</h1><p>Tidak ada.</p>",
    "soft 404 in the article's frame": page(title="Halaman tidak ditemukan", body=""),
    "soft 404 with a text": FRAME,
    "soft 404 with its address and a text": b'<link rel="canonical" href="%s">' % URL.encode()
    + FRAME,
    "another site": b'<link rel="canonical" href="https://example.com/"><p>x</p>',
    "empty": b"",
}


def _no_article(name: str, url: str) -> Fault:
    return Fault(200, body=_NO_ARTICLE[name].replace(URL.encode(), url.encode()))


def test_what_is_no_article_is_not_stored(world: World) -> None:
    urls = addresses(*_NO_ARTICLE)
    for name, url in urls.items():
        world.strike(url, _no_article(name, url))
    world.crawl(urls=",".join(urls.values()))
    assert not world.stored()
    for name, key in keys(urls).items():
        row = world.row(key)
        assert row.state == "failed", name
        assert row.reason, name
        assert row.next_at is not None, name


def test_and_the_text_that_is_stored_survives_it(world: World) -> None:
    urls = addresses(*_NO_ARTICLE)
    for name, url in urls.items():
        text = f"<p>Teks sebelum {name}.</p>"
        world.strike(
            url, Fault(200, body=page(canonical=url, body=text), then=[_no_article(name, url)])
        )
    world.crawl(urls=",".join(urls.values()))
    world.crawl(at=LATER, pages="1", sections="money")
    for name, key in keys(urls).items():
        assert world.asked(urls[name]), f"it was not looked at: {name}"
        assert world.body(key) == f"Teks sebelum {name}.", name


def test_a_redirect_to_the_home_page_is_no_article(world: World) -> None:
    world.strike(URL, Fault(status=301, headers={"Location": "https://www.kompas.com/"}))
    world.crawl(urls=URL)
    assert not world.stored()
    row = world.row(KEY)
    assert row.state == "failed"
    assert row.next_at is not None


MEDIA = "https://foto.kompas.com/photo/read/2026/06/30/17510/galeri"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=200, body=f'<link rel="canonical" href="{MEDIA}"><h1>Galeri</h1>'.encode()),
        Fault(status=302, headers={"Location": MEDIA}),
    ],
    ids=["its page", "a redirect"],
)
def test_what_is_positively_no_text_is_skipped(world: World, fault: Fault) -> None:
    world.strike(URL, fault)
    world.strike(MEDIA, Fault(status=200, body=b"<h1>Galeri</h1>"))
    assert world.crawl(urls=URL).code is Exit.DONE
    assert world.row(KEY).state == "skipped"
    assert world.gaps().is_empty


def test_control_who_believes_every_address_takes_the_home_page_for_an_article(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kompas_crawler.pages.address import Identity
    from kompas_crawler.site.urls import article_key

    def believed(_: object, url: str) -> Identity:
        key = article_key(url)
        assert key is not None
        return Identity(key, url.partition("?")[0], "url")

    monkeypatch.setattr(article.ArticlePage, "_identify", staticmethod(believed))
    home = page(canonical="https://www.kompas.com/", title="Kompas.com")
    world.strike(URL, Fault(status=200, body=home))
    world.crawl(urls=URL)
    assert world.stored() == {KEY}
