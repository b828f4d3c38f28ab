"""``scrapy probe`` against the sample site in every state: findings, verdict, saved answers."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DownloadTimeoutError

from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import DiskFull, Exit, UsageProblem
from kompas_crawler.probe import saved
from kompas_crawler.probe.findings import End, Finding
from kompas_crawler.probe.spider import HOSTS, ProbeSpider
from kompas_crawler.probe.verdict import shown, verdict
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.server import Faults, serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import settings_for
from tests.faults.world import silence
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kompas_crawler.sample.site.server import Server

NOW = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
WALL = b"<script>window.gokuProps = {}</script>"


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(160)


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site) as server:
        yield server


@pytest.fixture
def ask(server: Server, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Probe the server, or the responses of ``source``; save them as ``save``."""

    def probe(save: Path | None = None, source: Path | None = None, **more: Any) -> list[Finding]:
        settings = settings_for(server.url, f"sqlite:///{tmp_path}/no.db", tmp_path, **more)
        now, answers = saved.read(source) if source else (NOW, {})
        if source:
            saved.without_network(settings)
        found: list[Finding] = []

        async def main() -> None:
            crawler = Crawler(ProbeSpider, settings)
            if save:
                saver = saved.Saver(save, Clock(now.isoformat()))
                crawler.signals.connect(saver.response_downloaded, signals.response_downloaded)
            await AsyncCrawlerRunner(settings).crawl(
                crawler, show=found.append, now=now, saved=answers
            )
            if save:
                saver.close()

        asyncio.run(main())
        assert not (tmp_path / "no.db").exists()
        return found

    return probe


def of(found: list[Finding], what: str) -> list[Finding]:
    return [finding for finding in found if what in finding.what]


class Changing(Faults):
    """Changes every page whose address matches *url*."""

    def __init__(self, server: Server, url: str, pattern: bytes, new: bytes) -> None:
        super().__init__()
        self._server, self._url, self._pattern, self._new = server, url, pattern, new
        self.changed = 0
        server.faults = self

    def take(self, url: str) -> Fault | None:
        reply = Replies(self._server.site).answer(url)
        if reply.status != 200 or not re.search(self._url, url):
            return None
        body, count = re.subn(self._pattern, self._new, reply.body)
        self.changed += count
        return Fault(status=200, body=body)


def lines_of(found: list[Finding]) -> str:
    return "\n".join(verdict(found)[1])


def test_a_healthy_site_is_ready(ask: Callable[..., list[Finding]], server: Server) -> None:
    found = ask()
    code, lines = verdict(found)
    assert code is Exit.DONE, lines
    assert {finding.end for finding in found} == {End.READ}
    assert 18 <= len(server.requests) <= 24
    asked = [request.url for request in server.requests]
    assert len(asked) == len(set(asked)), "a page is asked for once"
    assert sum(url.endswith("/robots.txt") for url in asked) >= len(HOSTS)
    several = [f for f in of(found, "?page=all") if f.article and (f.article.pages or 0) > 1]
    assert several
    assert all(f.article and f.article.pages_read == f.article.pages for f in several)
    days = {f.article.key.day for f in found if f.article}
    assert len(days) > 1, "one of the articles is older"
    assert of(found, "second page")[0].urls


def test_a_finding_shows_what_came_and_its_sources(ask: Callable[..., list[Finding]]) -> None:
    found, known = ask(), set[str]()
    text = "\n".join(str(shown(finding, known, 80)) for finding in found)
    assert text.count("To ask for permission: https://inside.kompas.com/about-us#meet") == 1
    assert "title .read__title" in text
    assert "HTTP 200, a list of 15 articles, " in text
    assert "without a source: " in text
    details = [line for line in text.splitlines() if line.startswith("  ") and "http" not in line]
    assert max(map(len, details)) <= 80


STATES: dict[str, tuple[dict[str, Fault], Exit, str]] = {
    "bot wall": (
        {"https://": Fault(status=202, body=WALL), "robots": Fault(status=404)},
        Exit.BLOCKED,
        "refused by a bot wall",
    ),
    "bot wall, robots.txt too": (
        {"https://": Fault(status=202, body=WALL)},
        Exit.BLOCKED,
        "refused by a bot wall",
    ),
    "bot wall with 200": (
        {"https://": Fault(status=200, body=WALL), "robots": Fault(status=404)},
        Exit.BLOCKED,
        "a bot challenge",
    ),
    "403": (
        {"https://": Fault(status=403)},
        Exit.BLOCKED,
        "ask for permission: https://inside.kompas.com/about-us#meet",
    ),
    "fronts, but no article": (
        {"read": Fault(status=403)},
        Exit.BLOCKED,
        "scrapy crawl commoncrawl",
    ),
    "refused tags": (
        {"https://www.kompas.com/tag": Fault(status=403)},
        Exit.QUALITY,
        "tag: HTTP 403",
    ),
    "robots.txt disallows all": (
        {"robots": Fault(status=200, body=b"User-agent: *\nDisallow: /")},
        Exit.UNREACHABLE,
        "robots.txt forbids https://money.kompas.com/",
    ),
    "robots.txt is down": (
        {"robots": Fault(status=503)},
        Exit.UNREACHABLE,
        "robots.txt is unavailable",
    ),
    "errors": ({"https://": Fault(status=500), "robots": Fault(status=404)}, Exit.QUALITY, "500"),
    "no sitemap": (
        {"https://www.kompas.com/sitemap.xml": Fault(status=404)},
        Exit.QUALITY,
        "sitemap: HTTP 404",
    ),
    "connections are closed": ({"https://": Fault(cut_after=0)}, Exit.UNREACHABLE, "no page"),
    "pages are cut": (
        {"https://indeks": Fault(headers={"Content-Length": ""}, clip=900, packed=None)},
        Exit.QUALITY,
        "cut short",
    ),
}


def strike(server: Server, faults: dict[str, Fault]) -> None:
    for url, fault in faults.items():
        if url == "robots":
            for host in HOSTS:
                server.faults[f"https://{host}.kompas.com/robots.txt"] = fault
        elif url == "read":
            for article in server.site.articles:
                server.faults[article.url] = fault
        else:
            server.faults[url] = fault


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_the_site_and_its_saved_answers_have_one_verdict(
    state: str, ask: Callable[..., list[Finding]], server: Server, tmp_path: Path
) -> None:
    faults, code, line = STATES[state]
    strike(server, faults)
    found = ask(save=tmp_path / "probe.warc.gz", DOWNLOAD_DELAY=0)
    assert verdict(found)[0] is code, lines_of(found)
    assert line in lines_of(found)
    asked = len(server.requests)
    again = ask(source=tmp_path / "probe.warc.gz")
    assert len(server.requests) == asked
    assert verdict(again)[0] is code, lines_of(again)
    if code is Exit.QUALITY:
        assert lines_of(again) == lines_of(found)


def test_an_address_that_was_asked_twice_has_its_answers_in_their_order(
    ask: Callable[..., list[Finding]], server: Server, tmp_path: Path
) -> None:
    """The crawler asks again for a robots.txt that was unavailable at first."""
    for host in HOSTS:
        server.faults[f"https://{host}.kompas.com/robots.txt"] = Fault(status=503, times=1)
    found = ask(save=tmp_path / "probe.warc.gz", DOWNLOAD_DELAY=0)
    assert verdict(found)[0] is Exit.QUALITY
    assert any(finding.article for finding in found)
    assert lines_of(ask(source=tmp_path / "probe.warc.gz")) == lines_of(found)


WHO = {
    "202": (Fault(status=202), "refused by a bot wall", "HTTP 202"),
    "403": (Fault(status=403), "refused by the site", "HTTP 403"),
    "challenge": (
        Fault(status=403, body=WALL),
        "refused by a bot wall",
        "HTTP 403, a bot challenge",
    ),
    "429": (Fault(status=429), "refused by the site", "HTTP 429"),
}


@pytest.mark.parametrize("name", WHO)
def test_a_refusal_says_by_whom_and_both_ways_out(
    name: str, ask: Callable[..., list[Finding]], server: Server
) -> None:
    fault, who, why = WHO[name]
    robots = b"# Izin: tanya@kompas.example, syarat: https://kompas.example/terms\nUser-agent: *\n"
    strike(server, {"https://": fault, "robots": Fault(status=200, body=robots)})
    code, (line, *ways_out) = verdict(ask(DOWNLOAD_DELAY=0))
    assert code is Exit.BLOCKED
    assert re.fullmatch(rf"{who}: no article was read; [^:]+: {why}", line)
    assert ways_out == [
        "ask for permission: tanya@kompas.example, and set KOMPAS_CONTACT",
        "or fill it from public web archives: scrapy crawl commoncrawl (or wayback) -a since=DAY",
    ]


def test_refusals_end_the_probe(ask: Callable[..., list[Finding]], server: Server) -> None:
    """Five in a row, as in a crawl; control: read from a file the same goes on."""
    strike(server, {"https://": Fault(status=403), "robots": Fault(status=404)})
    found = ask()
    assert found[-1].end is End.NOTHING
    pages = [request for request in server.requests if "robots" not in request.path]
    assert len(pages) == 5


def test_a_dead_network_ends_it_after_five_hosts(
    ask: Callable[..., list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch, lambda _: True, DownloadTimeoutError)
    found = ask()
    assert [finding.end for finding in found] == [End.NOTHING] * len(HOSTS)
    code, (line, _) = verdict(found)
    assert code is Exit.UNREACHABLE
    why = "DownloadTimeoutError: https://www.kompas.com/robots.txt: no answer"
    assert line == f"unreachable: no page was received ({why})"


def test_a_probe_cut_off_by_its_time_limit_is_not_ready(
    ask: Callable[..., list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ask(CLOSESPIDER_TIMEOUT=0.2, DOWNLOAD_DELAY=0.15)
    assert found[-1].end is End.NOTHING
    assert verdict(found)[0] in (Exit.QUALITY, Exit.UNREACHABLE)


def test_rows_in_a_foreign_markup_are_named(
    ask: Callable[..., list[Finding]], server: Server
) -> None:
    """The probe goes on by the addresses that such a page has."""
    Changing(server, "indeks", rb"articleItem|article-link|articleList", b"x-row")
    found = ask()
    code, lines = verdict(found)
    assert code is Exit.QUALITY
    assert re.search(r"index of .*: no row in a known markup; \d+ links were found by", lines[1])
    assert of(found, "older article")[0].article is not None


LOSSES = {
    "tags": ("/read/", rb"content_tags|tag__article__link", "fields that no new article has: tags"),
    "editors": ("/read/", rb"(?i)content_editor|editor", "fields that no new article has: editors"),
    "title": (
        "/read/",
        rb"(?s)read__title|og:title|<title>.*?</title>",
        "new article, as linked: title is missing",
    ),
    "body": ("/read/", rb"read__content|data-io-article-url", "body is missing"),
    "pager": ("indeks", rb'paging__link|rel="next"', "more articles, unlike the pager of page 1"),
    "index": ("indeks.*date=2026", rb'(?s)<div class="articleItem">.*?</a>', "it lists no article"),
    "sitemap": ("sitemap", rb"(?s)<(url|sitemap)>.*</\1>", "sitemap: it lists nothing"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_the_crawler_loses_is_named(
    name: str, ask: Callable[..., list[Finding]], server: Server
) -> None:
    url, pattern, line = LOSSES[name]
    changing = Changing(server, url, pattern, b"x-gone")
    found = ask()
    assert changing.changed
    assert verdict(found)[0] is Exit.QUALITY, lines_of(found)
    assert line in lines_of(found)


@pytest.mark.parametrize("is_of_new", [True, False])
def test_an_older_article_does_not_vouch_for_new_ones(
    ask: Callable[..., list[Finding]], server: Server, is_of_new: bool
) -> None:
    """Control: a field that only the older one lacks is no loss, as its template has fewer."""
    path = re.escape(of(ask(), "older article")[0].url.partition("/read/")[2])
    url = f"/read/(?!{path})" if is_of_new else f"/read/{path}"
    changing = Changing(server, url, rb"(?i)content_editor|editor", b"x-gone")
    found = ask()
    assert changing.changed
    assert {bool(f.article and f.article.editors) for f in of(found, "older")} == {is_of_new}
    assert verdict(found)[0] is (Exit.QUALITY if is_of_new else Exit.DONE), lines_of(found)
    assert ("fields that no new article has: editors" in lines_of(found)) is is_of_new


def test_a_field_from_another_source_differs_but_is_no_loss(
    ask: Callable[..., list[Finding]], server: Server
) -> None:
    Changing(server, "/read/", rb'name="description"', b'name="x"')
    found = ask()
    assert verdict(found)[0] is Exit.DONE, lines_of(found)
    differs = [line for finding in found for line in finding.differs]
    assert "summary: nothing in meta:description; meta:og:description answered" in differs


def test_a_file_is_not_overwritten(ask: Callable[..., list[Finding]], tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("kept")
    with pytest.raises(UsageProblem, match="File exists"):
        ask(save=path)
    assert path.read_text() == "kept"


@pytest.mark.parametrize("content", [b"", b"GIF89a", None])
def test_a_file_of_another_kind_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageProblem, match="--from"):
        saved.read(path)


def test_a_file_of_too_many_bytes_is_not_kept_whole(
    ask: Callable[..., list[Finding]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: within the limit all answers are there. A file cut short is refused."""
    path = tmp_path / "probe.warc.gz"
    ask(save=path)
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageProblem, match=r"--from .*cut\.warc\.gz: "):
        saved.read(cut)
    assert len(saved.read(path)[1]) > 15
    monkeypatch.setattr(saved, "MAX_BYTES", 20_000)
    assert len(saved.read(path)[1]) < 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
def test_a_full_disk_is_named_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver = saved.Saver(tmp_path / "probe.warc.gz", Clock("2026-07-01T00:00:00+07:00"))
    with saver._file, Path("/dev/full").open("wb") as full:
        monkeypatch.setattr(saver, "_file", full)
        with pytest.raises(DiskFull, match=r"no space left to write .*probe\.warc\.gz"):
            saver.close()
