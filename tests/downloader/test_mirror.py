"""The mirror answers for every host, and the rest of the program does not notice."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.downloader.mirror import mirror_url
from tests.downloader.probe import crawl
from tests.downloader.scripted import Reply, Scripted, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

FRONT = "https://money.kompas.com/"
INDEX = "https://indeks.kompas.com/?site=all&date=2024-01-02&page=2"


@pytest.fixture
def mirror() -> Iterator[Scripted]:
    with serving() as server:
        yield server


def test_sends_every_request_to_the_mirror_and_keeps_the_true_url(mirror: Scripted) -> None:
    crawled = crawl(FRONT, INDEX, KOMPAS_MIRROR=mirror.url)

    assert sorted(mirror.paths()) == [
        "/indeks.kompas.com/?site=all&date=2024-01-02&page=2",
        "/money.kompas.com/",
    ]
    for url in (FRONT, INDEX):
        response = crawled.responses[url]
        assert (response.url, response.status, response.body) == (url, 200, b"hello")
        assert response.request is not None
        assert response.request.url == url
        assert response.meta["download_latency"] > 0


def test_fetches_robots_txt_from_the_mirror_too(mirror: Scripted) -> None:
    crawl(FRONT, KOMPAS_MIRROR=mirror.url, ROBOTSTXT_OBEY=True)

    assert mirror.paths() == ["/money.kompas.com/robots.txt", "/money.kompas.com/"]


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("https://nasional.kompas.com/read/1", "/nasional.kompas.com/read/1"),
        ("/read/1", "/money.kompas.com/read/1"),
        ("//nasional.kompas.com/read/1", "/nasional.kompas.com/read/1"),
    ],
)
def test_a_redirect_names_a_true_address(mirror: Scripted, location: str, path: str) -> None:
    mirror.answers["/money.kompas.com/"] = Reply(301, b"", (("Location", location),))

    crawled = crawl(FRONT, KOMPAS_MIRROR=mirror.url)

    assert mirror.paths() == ["/money.kompas.com/", path]
    assert crawled.responses[FRONT].url == f"https:/{path}"


def test_a_compressed_page_arrives_whole(mirror: Scripted) -> None:
    text = "halaman – “utuh”" * 500
    mirror.otherwise = Reply(
        body=gzip.compress(text.encode()),
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")),
    )

    response = crawl(FRONT, KOMPAS_MIRROR=mirror.url).responses[FRONT]

    assert response.text == text


def test_an_address_reaches_the_mirror_letter_by_letter(mirror: Scripted) -> None:
    url = "https://www.kompas.com/tag/caf%C3%A9%20x?q=a%2Fb&page=2"

    crawl(url, KOMPAS_MIRROR=mirror.url)

    assert mirror.paths() == [url.removeprefix("https:/")]


def test_no_proxy_comes_between_us_and_the_mirror(
    mirror: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:secret@127.0.0.1:{proxy.port}")

        crawled = crawl(FRONT, KOMPAS_MIRROR=mirror.url)

        assert proxy.log == []
    assert crawled.responses[FRONT].body == b"hello"
    assert "Proxy-Authorization" not in mirror.log[0].headers


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("https://127.0.0.1:8010", "plain http"),
        ("http://mirror.example:8010", "on this machine, not 'mirror.example'"),
        ("http://10.0.0.1:8010", "on this machine"),
        ("http://127.0.0.1", "a host and a port only"),
        ("http://127.0.0.1:0", "a host and a port only"),
        ("http://127.0.0.1:8010/pages", "a host and a port only"),
        ("http://127.0.0.1:80101", "not an address"),
        ("http://me@127.0.0.1:8010", "without a user"),
        ("127.0.0.1:8010", "plain http"),
        ("http://127.0.0.1.kompas.com:8010", "on this machine"),
        ("http://[::1", "not an address"),
    ],
)
def test_refuses_a_mirror_that_is_none(setting: str, fault: str) -> None:
    with pytest.raises(ValueError, match="KOMPAS_MIRROR") as error:
        mirror_url(setting)

    assert fault in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_mirror_is_never_passed_by(mirror: Scripted) -> None:
    crawled = crawl(f"{mirror.url}/", KOMPAS_MIRROR="http://mirror.example:1")

    assert "must be on this machine" in str(crawled.errors[f"{mirror.url}/"])
    assert mirror.log == []


@pytest.mark.parametrize("setting", [None, "", " "])
def test_no_mirror_is_none(setting: str | None) -> None:
    assert mirror_url(setting) is None
