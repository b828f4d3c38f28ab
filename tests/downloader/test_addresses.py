"""No link and no redirect leads into this machine or its network."""

from __future__ import annotations

import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.downloader.sockets import AddressRefused, is_public, refusal
from kompas_crawler.middlewares.offsite import OffSite
from tests.downloader.probe import BARE, crawl
from tests.downloader.scripted import Reply, Scripted, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRAPYS = "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"
NO_GUARD: dict[str, Any] = {"DOWNLOAD_HANDLERS": {"http": SCRAPYS, "https": SCRAPYS}}
INSIDE = "dalam.kompas.com"


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Host names and the addresses a hostile name server gives for them."""
    made_up: dict[str, list[str]] = {}
    system = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in made_up:
            return system(host, port, *args, **kwargs)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in made_up[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return made_up


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
    "host", ["www.kompas.com", "8.8.8.8", "1e100.net", "localhost.kompas.com", "10.kompas.com"]
)
def test_a_public_host_is_not_refused_by_its_name(host: str) -> None:
    assert refusal(host) is None


# Connections


def test_a_private_address_is_refused(site: Scripted) -> None:
    urls = [
        f"http://{host}:{site.port}/"
        for host in ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "localhost")
    ]

    crawled = crawl(*urls)

    assert site.log == []
    assert {url: type(error) for url, error in crawled.errors.items()} == dict.fromkeys(
        urls, AddressRefused
    )
    assert crawled.stats["addresses/refused"] == len(urls)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])
def test_a_name_with_a_private_address_is_refused(
    site: Scripted, names: dict[str, list[str]], addresses: list[str]
) -> None:
    names[INSIDE] = addresses
    url = f"http://{INSIDE}:{site.port}/"

    crawled = crawl(url, RETRY_TIMES=2)

    assert site.log == []
    assert type(crawled.errors[url]) is AddressRefused
    assert any(f"{INSIDE} is {address}" in str(crawled.errors[url]) for address in addresses)
    assert "retry/count" not in crawled.stats


@pytest.mark.parametrize("host", ["127.0.0.1", INSIDE])
def test_control_without_the_guard_it_is_reached(
    site: Scripted, names: dict[str, list[str]], host: str
) -> None:
    names[INSIDE] = ["127.0.0.1"]
    url = f"http://{host}:{site.port}/"

    assert crawl(url, **NO_GUARD).responses[url].body == b"hello"


# Redirects


PAGE = "http://money.kompas.com/"


@pytest.fixture
def outside(names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A server that may be reached, as it is also the user's proxy, under a name of Kompas."""
    with serving() as server:
        names["money.kompas.com"] = names[INSIDE] = ["127.0.0.1"]
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1,kompas.com")
        yield server


@pytest.mark.parametrize("host", ["127.0.0.1", INSIDE])
def test_a_redirect_into_this_machine_is_refused(
    site: Scripted, outside: Scripted, host: str
) -> None:
    outside.otherwise = Reply(302, b"", (("Location", f"http://{host}:{site.port}/"),))
    page = f"http://money.kompas.com:{outside.port}/"

    crawled = crawl(page)

    assert outside.paths() == ["/"]
    assert site.log == []
    assert isinstance(crawled.errors[page], AddressRefused)


@pytest.mark.parametrize("host", ["127.0.0.1", INSIDE])
def test_control_without_the_guard_a_redirect_is_followed(
    site: Scripted, outside: Scripted, host: str
) -> None:
    outside.otherwise = Reply(302, b"", (("Location", f"http://{host}:{site.port}/"),))
    page = f"http://money.kompas.com:{outside.port}/"

    crawled = crawl(page, **NO_GUARD)

    assert site.paths() == ["/"]
    assert crawled.responses[page].body == b"hello"


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,hello"])
def test_a_redirect_out_of_the_web_is_not_followed(site: Scripted, location: str) -> None:
    site.answers["/money.kompas.com/"] = Reply(302, b"", (("Location", location),))

    crawled = crawl(PAGE, KOMPAS_MIRROR=site.url)

    assert crawled.responses[PAGE].status == 302
    assert site.paths() == ["/money.kompas.com/"]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,hello"])
def test_an_address_out_of_the_web_is_not_fetched(url: str) -> None:
    assert "Unsupported URL scheme" in str(crawl(url).errors[url])


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


def test_no_handler_goes_without_a_guard(monkeypatch: pytest.MonkeyPatch, site: Scripted) -> None:
    url = f"http://{INSIDE}:{site.port}/"
    other = "scrapy.core.downloader.handlers.datauri.DataURIDownloadHandler"
    monkeypatch.setitem(BARE, "DOWNLOAD_HANDLERS_BASE", {"http": other, "https": other})

    assert crawl(url).errors
    assert site.log == []
