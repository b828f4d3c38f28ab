"""No link and no redirect leads into this machine or its network; see also ``test_reactor``."""

from __future__ import annotations

import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.downloader.guard import AddressRefused, is_public, refusal
from kompas_crawler.middlewares.offsite import OffSite
from tests.downloader.probe import BARE, crawl
from tests.downloader.scripted import Reply, Scripted, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        yield server


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:102:304::80ff:fffe",
        "192.0.0.9",
        "192.0.0.170",
        "192.88.99.1",
        "198.19.0.1",
        "203.0.113.9",
        "168.63.129.16",
        "239.255.255.250",
        "::8.8.8.8",
        "::ffff:0:808:808",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "100:0:0:1::1",
        "2001:2::1",
        "2001:20::1",
        "2002:a9fe:a9fe::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fec0::1",
        "feff::1",
        "fdff::1",
    ],
)
def test_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "202.146.4.100",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.1",
        "2404:6800:4003::8a",
        "2001:200::1",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["64:ff9b:1::1", "3fff::1", "5f00::1", "192.0.0.9"])
def test_control_some_python_calls_a_special_address_global(address: str) -> None:
    if sys.version_info < (3, 11, 9):
        assert ip_address(address).is_global


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "localhost",
        "LOCALHOST.",
        "www.localhost",
        "169.254.169.254",
        "",
    ],
)
def test_a_private_host_is_refused_by_its_name(host: str) -> None:
    assert refusal(host)


@pytest.mark.parametrize(
    "host",
    ["www.kompas.com", "8.8.8.8", "1e100.net", "localhost.kompas.com", "10.kompas.com", "a\0b"],
)
def test_a_public_host_is_not_refused_by_its_name(host: str) -> None:
    assert refusal(host) is None


# Connections


def test_a_private_address_is_refused(site: Scripted) -> None:
    urls = [
        f"http://{host}:{site.port}/"
        for host in ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "localhost")
    ]

    crawled = crawl(*urls, KOMPAS_MIRROR=site.url)

    assert site.log == []
    assert {url: type(error) for url, error in crawled.errors.items()} == dict.fromkeys(
        urls, AddressRefused
    )
    assert crawled.stats["addresses/refused"] == len(urls)


# Redirects


PAGE = "http://money.kompas.com/"


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,hello"])
def test_a_redirect_out_of_the_web_is_not_followed(site: Scripted, location: str) -> None:
    site.answers["/money.kompas.com/"] = Reply(302, b"", (("Location", location),))

    crawled = crawl(PAGE, KOMPAS_MIRROR=site.url)

    assert crawled.responses[PAGE].status == 302
    assert site.paths() == ["/money.kompas.com/"]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,hello"])
def test_an_address_out_of_the_web_is_not_fetched(url: str) -> None:
    assert "Unsupported URL scheme" in str(crawl(url).errors[url])


def test_the_handler_of_the_shells_files_reads_none_in_a_crawl() -> None:
    url = "file:///etc/hostname"
    ours = {"file": "kompas_crawler.downloader.handler.ShellFileHandler"}

    assert "only scrapy shell reads files" in str(crawl(url, DOWNLOAD_HANDLERS=ours).errors[url])


def test_control_scrapy_reads_files() -> None:
    url = "file:///etc/hostname"

    assert crawl(url, DOWNLOAD_HANDLERS={}).responses[url].status == 200


# Other sites

OFF_SITE = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "kompas_crawler.middlewares.offsite.OffsiteMiddleware": 50,
    }
}


@pytest.mark.parametrize(
    "location", ["https://iklan.example/", "https://kompas.com.example/", "//notkompas.com/"]
)
def test_a_redirect_to_another_site_is_refused(site: Scripted, location: str) -> None:
    site.answers["/money.kompas.com/"] = Reply(302, b"", (("Location", location),))

    crawled = crawl(PAGE, KOMPAS_MIRROR=site.url, **OFF_SITE)

    assert site.paths() == ["/money.kompas.com/"]
    assert type(crawled.errors[PAGE]) is OffSite
    assert crawled.stats["offsite/filtered"] == 1


def test_control_scrapys_own_middleware_lets_it_through(site: Scripted) -> None:
    location = (("Location", "https://iklan.example/"),)
    site.answers["/money.kompas.com/"] = Reply(302, b"", location)

    crawl(PAGE, KOMPAS_MIRROR=site.url)

    assert site.paths() == ["/money.kompas.com/", "/iklan.example/"]


@pytest.mark.parametrize("handler", ["_aiohttp.AiohttpDownloadHandler", "file.FileDownloadHandler"])
def test_no_handler_goes_without_a_guard(
    monkeypatch: pytest.MonkeyPatch, site: Scripted, handler: str
) -> None:
    url = f"http://money.kompas.com:{site.port}/"
    other = f"scrapy.core.downloader.handlers.{handler}"
    monkeypatch.setitem(BARE, "DOWNLOAD_HANDLERS_BASE", {"http": other, "https": other})

    assert "no address guard" in str(crawl(url).errors[url])
    assert site.log == []
