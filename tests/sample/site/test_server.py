"""The server: a mirror's addresses, validators, faults and the way to steer it from outside."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from scrapy.utils.gz import gunzip

from kompas_crawler.sample.site.server import Server, running
from kompas_crawler.sample.site.site import Site
from tests.sample.site.catalogue import redirects
from tests.sample.site.control import ControlledServer
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One kept-alive connection to the server."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

    def ask(
        self, target: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        path = target.replace("https://", "/")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


@pytest.fixture
def server() -> Iterator[Server]:
    with running(ControlledServer(Site(40))) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(server)
    yield made
    made.connection.close()


def test_gzip_gives_the_page_as_it_is(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    plain, packed = client.ask(url), client.ask(url, Accept_Encoding="gzip, deflate")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gunzip(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2


def test_requests_are_logged_under_their_true_address(server: Server, client: Client) -> None:
    url = "https://indeks.kompas.com/?site=all&date=2026-06-30&page=2"
    client.ask(url)
    client.ask("https://money.kompas.com/tidak-ada")
    first, second = server.requests
    assert (first.host, first.path, first.status, first.url) == (
        "indeks.kompas.com",
        "/?site=all&date=2026-06-30&page=2",
        200,
        url,
    )
    assert second.status == 404
    assert first.at <= second.at


def test_an_article_that_did_not_change_is_304(server: Server, client: Client) -> None:
    article = server.site.articles[3]
    fresh = client.ask(article.url)
    by_tag = client.ask(article.url, If_None_Match=fresh.headers["ETag"])
    by_date = client.ask(article.url, If_Modified_Since=fresh.headers["Last-Modified"])
    assert [(a.status, a.body) for a in (by_tag, by_date)] == [(304, b"")] * 2
    server.site.correct([article.key])
    changed = client.ask(article.url, If_None_Match=fresh.headers["ETag"])
    assert changed.status == 200
    assert changed.headers["ETag"] != fresh.headers["ETag"]
    assert changed.headers["Last-Modified"] != fresh.headers["Last-Modified"]


def test_a_listing_that_did_not_change_is_304(server: Server, client: Client) -> None:
    url = "https://www.kompas.com/tren"
    tag = client.ask(url).headers["ETag"]
    assert client.ask(url, If_None_Match=tag).status == 304
    server.site.publish(14)
    assert client.ask(url, If_None_Match=tag).status == 200


def test_redirects_name_true_addresses(server: Server, client: Client) -> None:
    old, new = next(iter(redirects(server.site).items()))
    answer = client.ask(old)
    assert (answer.status, answer.headers["Location"]) == (301, new)
    assert urlsplit(new).hostname != "127.0.0.1"


def test_head_has_no_body(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    head, full = client.ask(url, "HEAD"), client.ask(url)
    assert head.body == b""
    assert head.headers == full.headers


def test_robots_txt_stands_on_every_host(client: Client) -> None:
    for host in ("www.kompas.com", "money.kompas.com"):
        answer = client.ask(f"https://{host}/robots.txt")
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert b"Disallow: *?source=*" in answer.body


def test_a_fault_strikes_as_often_as_it_says(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    server.faults[url] = Fault(status=503, times=2, headers={"Retry-After": "2"}, body=b"nanti")
    answers = [client.ask(f"{url}?page=all") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "2"
    assert answers[0].body == b"nanti"


def test_the_longer_address_decides_between_faults(server: Server, client: Client) -> None:
    server.faults["https://money.kompas.com/"] = Fault(status=500)
    server.faults["https://money.kompas.com/?page=2"] = Fault(status=429)
    assert client.ask("https://money.kompas.com/?page=2").status == 429
    assert client.ask("https://money.kompas.com/").status == 500
    assert client.ask("https://tekno.kompas.com/").status == 200


def test_an_answer_can_break_off(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    server.faults[url] = Fault(cut_after=1000, times=1)
    with pytest.raises(http.client.IncompleteRead) as cut:
        client.ask(url)
    assert len(cut.value.partial) == 1000
    client.connection.close()
    server.faults[url] = Fault(cut_after=0, times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        client.ask(url)


def test_chunks_can_lack_the_final_one(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    whole = client.ask(url).body
    server.faults[url] = Fault(chunked=True, then=[Fault(chunked=True, clip=5)])
    answer = client.ask(url)
    assert (answer.headers["Transfer-Encoding"], answer.body) == ("chunked", whole)
    assert "Content-Length" not in answer.headers
    client.connection.close()
    with pytest.raises(http.client.IncompleteRead):
        client.ask(url)


def test_a_packed_body_can_be_clipped_or_damaged(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    server.faults[url] = Fault(packed="gzip", clip=9, then=[Fault(packed="gzip", flip=5)])
    clipped, damaged = client.ask(url), client.ask(url)
    assert int(clipped.headers["Content-Length"]) == len(clipped.body) == len(damaged.body) - 9
    with pytest.raises(EOFError):
        gzip.decompress(clipped.body)
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(damaged.body)


def test_a_fault_can_delay_a_true_answer(server: Server, client: Client) -> None:
    url = server.site.articles[0].url
    server.faults[url] = Fault(delay=0.05)
    assert client.ask(url).status == 200


def test_another_process_can_steer_the_site(server: Server, client: Client) -> None:
    def asked(target: str, method: str = "GET", body: bytes | None = None) -> Any:
        answer = client.ask(target, method, body)
        assert answer.status == 200
        return json.loads(answer.body)

    added = asked("/-/publish?n=3", "POST")["keys"]
    assert added == [article.key for article in server.site.articles[40:]]
    asked(f"/-/correct?keys={added[0]},{added[1]}", "POST")
    asked(f"/-/remove?keys={added[2]}", "POST")
    assert [a.revision for a in server.site.articles[40:]] == [1, 1, 0]
    catalogue = asked("/-/catalogue?full=1")
    assert len(catalogue["articles"]) == 43
    assert added[2] in catalogue["missing"]
    assert asked("/-/keys?depth=1") == sorted(server.site.keys_within(1))
    fault = {"url": "https://money.kompas.com/", "status": 418, "times": 1}
    asked("/-/fault", "POST", json.dumps(fault).encode())
    assert client.ask("https://money.kompas.com/").status == 418
    assert len(asked("/-/log")) == 1
    asked("/-/log", "DELETE")
    assert not server.requests


@pytest.mark.parametrize("target", ["/-/publish?n=x", "/-/publish", "/-/correct?keys=1"])
def test_a_wrong_order_is_answered_in_words(client: Client, target: str) -> None:
    answer = client.ask(target, "POST")
    assert answer.status == 400
    assert json.loads(answer.body)["error"]


def test_what_is_no_http_ends_the_connection(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"halo\r\n\r\n")
        assert raw.recv(100) == b""
