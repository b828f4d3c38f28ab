"""``scrapy browse``: pages for readers, for this machine alone, where every text is text."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from lxml import html

from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.browse import server
from kompas_crawler.browse.asked import Asked
from kompas_crawler.browse.server import application
from kompas_crawler.exitcodes import Exit
from kompas_crawler.exporters.record import FIELDS
from kompas_crawler.items import Image
from kompas_crawler.project import how_to_install
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, candidate, key, url
from tests.archives import path_of
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Get = Callable[..., Any]

EVIL = "<script>alert(1)</script>"


@contextmanager
def browsing(url: str, now: datetime | None = None) -> Iterator[Get]:
    """A function that gets a path of the pages of the archive at *url*."""
    reader = Reader(url, Path.cwd())
    served = application(reader, now)
    try:
        yield lambda path, **more: asyncio.run(served.client.get(path, **more))
    finally:
        for database in served.databases.values():
            database.close()
        reader.close()


def read(answer: Any) -> Any:
    """The page of an answer, for XPath."""
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def fill_town(database_url: str) -> None:
    """Four articles: one corrected, one a copy, one by two authors; a fifth is only known."""
    fill(
        database_url,
        article(1, 2, 7, body=("Air sungai naik di Demak.", "Warga mengungsi.")),
        article(
            2,
            title="Hujan deras",
            body=("Hujan turun sejak pagi.",),
            section="Regional",
            tags=("Cuaca, iklim",),
            authors=("Budi, S.H.", "Sari Dewi"),
            positions={"Sari Dewi": "Kontributor Demak"},
            source="Antara",
            dateline="DEMAK",
            published_at=datetime(2024, 1, 15, 6, 30, tzinfo=WIB),
            images=(Image(url="https://asset.kompas.com/1.jpg", caption="Hujan", credit="ANTARA"),),
        ),
        article(3, title="Salinan", body=("Air sungai naik di Demak.", "Warga mengungsi.")),
        article(4, body=("Harga beras turun.",), tags=()),
        article(1, 2, 7, title="Air naik 2 meter", body=("Air sungai naik di Kudus.", "Selesai.")),
    )
    with opened(database_url) as engine, engine.begin() as connection:
        admit.admit(connection, [candidate(5)], NOW)


def test_the_landing_page_shows_what_is_new_missing_and_corrected(database_url: str) -> None:
    fill_town(database_url)
    with browsing(database_url, NOW) as get:
        page = read(get("/"))
    assert page.xpath("//section[h2='Newest']//h3/a/@href") == [
        f"/article/{key(n)}" for n in (1, 3, 4, 2)
    ]
    (today,) = page.xpath("//svg[@class='chart']/a[@href='/day/2024-01-15']")
    assert today.get("aria-label") == "2024-01-15: 4 stored, 1 missing"
    (missing,) = page.xpath("//section[h2='What is missing']//li")
    assert missing.text_content() == "15 Jan 2024: 1 article"
    (corrected,) = page.xpath("//section[h2='Lately corrected']//li")
    assert corrected.text_content() == "Air naik 2 meter Judul 1 20 Jan 2024, 10:00"
    assert {field.get("name") for field in page.xpath("//form//input")} == {
        "words", "tag", "author", "section", "since", "until", "copies",
    }  # fmt: skip


def test_results_have_marked_words_facets_and_folded_copies(database_url: str) -> None:
    fill_town(database_url)
    with browsing(database_url) as get:
        page = read(get("/articles?words=hujan"))
        (entry,) = page.xpath("//article")
        assert entry.xpath(".//mark/text()") == ["Hujan"]
        assert entry.xpath("./p[1]")[0].text_content() == (
            "15 Jan 2024, 06:30 · Regional · Budi, S.H., Sari Dewi"
        )
        everything = read(get("/articles"))
        assert everything.xpath("//article/h2/a/text()") == [
            "Air naik 2 meter", "Salinan", "Judul 4", "Hujan deras",
        ]  # fmt: skip
        facets = {
            one.xpath("string(summary)"): [li.text_content() for li in one.xpath(".//li")]
            for one in everything.xpath("//aside/details")
        }
        assert facets == {
            "Section": ["Money 3", "Regional 1"],
            "Tag": ["Banjir 2", "Gempa 2", "Cuaca, iklim 1"],
            "Author": ["Sari Dewi 4", "Budi, S.H. 1"],
            "Year": ["2024 4"],
        }
        for facet, value in (("Author", "Budi, S.H."), ("Tag", "Cuaca, iklim")):
            (link,) = everything.xpath(f"//details[summary='{facet}']//a[.='{value}']/@href")
            assert read(get(link)).xpath("//article/h2/a/text()") == ["Hujan deras"]
        (link,) = everything.xpath("//details[summary='Year']//a/@href")
        assert link == "/articles?since=2024-01-01&until=2024-12-31"
        assert len(read(get(link)).xpath("//article")) == 4
        (link,) = page.xpath("//ul[@class='chips']//a/@href")
        assert link == "/articles?"


def test_the_form_asks_again_for_all_that_the_list_was_narrowed_to(sqlite_url: str) -> None:
    fill_town(sqlite_url)
    asked = [("words", "air"), ("tag", "banjir"), ("tag", "gempa"), ("content_type", "Kolom")]
    with browsing(sqlite_url) as get:
        (form,) = read(get(f"/articles?{urlencode(asked)}")).forms
        assert sorted(pair for pair in form.form_values() if pair[1]) == sorted(asked)
        (form,) = read(get("/articles?tag=banjir,gempa&since=2024-01-01")).forms
        assert [pair for pair in form.form_values() if pair[1]] == [
            ("tag", "banjir,gempa"), ("since", "2024-01-01"),
        ]  # fmt: skip


def test_copies_are_folded_below_their_original(database_url: str) -> None:
    fill(database_url, article(1), article(2, title="Salinan", body=article(1).body))
    with browsing(database_url) as get:
        page = read(get("/articles"))
        assert page.xpath("//article/h2/a/text()") == ["Judul 1"]
        assert page.xpath("//details[@class='copies']//a/@href") == [f"/article/{key(2)}"]
        both = read(get("/articles?copies=1"))
        assert both.xpath("//article/h2/a/text()") == ["Judul 1", "Salinan"]
        assert read(get(f"/article/{key(1)}")).xpath(
            "//section[h2='Copies and similar texts']//a/@href"
        ) == [f"/article/{key(2)}"]


@pytest.mark.parametrize("query", ["", "words=air", "section=Money&until=2024-01-15", "tag=nix"])
def test_a_file_has_exactly_the_list(database_url: str, query: str) -> None:
    fill_town(database_url)
    with browsing(database_url) as get:
        shown = read(get(f"/articles?{query}")).xpath("//article/h2/a/@href")
        rows = list(csv.DictReader(io.StringIO(get(f"/articles.csv?{query}").text)))
        found = get(f"/articles.json?{query}").json()
    assert bool(shown) == (query != "tag=nix")
    assert [f"/article/{row['id']}" for row in rows] == shown
    assert [f"/article/{row['id']}" for row in found] == shown
    for row in (*rows, *found):
        assert tuple(row) == FIELDS
        assert row["published_at"].endswith("+07:00")


def test_a_long_list_has_pages_and_a_whole_file(sqlite_url: str) -> None:
    fill(sqlite_url, *(article(n, body=(f"Kata{n}.",)) for n in range(1, 46)))
    with browsing(sqlite_url) as get:
        seen, path = [], "/articles?section=money"
        while path:
            page = read(get(path))
            seen += page.xpath("//article/h2/a/@href")
            path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
        assert len(get("/articles.json?section=money").json()) == 45
    assert len(set(seen)) == len(seen) == 45


def test_an_article_is_shown_as_a_reader_wants_it(database_url: str) -> None:
    fill_town(database_url)
    with browsing(database_url) as get:
        page = read(get(f"/article/{key(2)}"))
        facts = dict(
            zip(
                page.xpath("//article//dt/text()"),
                [one.text_content() for one in page.xpath("//article//dd")],
                strict=True,
            )
        )
        assert page.xpath("//h1/text()") == ["Hujan deras"]
        assert facts == {
            "Penulis": "Budi, S.H., Sari Dewi (Kontributor Demak)",
            "Editor": "Budi Hartono",
            "Sumber": "Antara",
            "Place": "DEMAK",
            "At Kompas": url(2),
        }
        (picture,) = page.xpath("//figure")
        assert picture.xpath("a/@href") == ["https://asset.kompas.com/1.jpg"]
        assert picture.text_content() == "Hujan ANTARA"
        assert page.xpath("//ul[@aria-label='Tags']//a/@href") == ["/tag/Cuaca%2C%20iklim"]
        assert page.xpath("//section[h2='Linked from 1']//a/@href") == [f"/article/{key(1)}"]
        assert not page.xpath("//details[@class='technical']/@open")

        page = read(get(f"/article/{key(1)}"))
        related = [li.text_content() for li in page.xpath("//section[h2='Baca juga']//li")]
        assert related == ["Hujan deras 15 Jan 2024, 06:30", "Judul 7 not stored"]
        assert page.xpath("//section[@id='versions']//h3/text()") == ["Version 1 and 2"]
        assert page.xpath("//del/text()") == ["Judul 1", "Demak.", "Warga mengungsi."]
        assert page.xpath("//ins/text()") == ["Air naik 2 meter", "Kudus.", "Selesai."]


def test_authors_tags_and_days_have_pages(database_url: str) -> None:
    fill_town(database_url)
    titles = ["Air naik 2 meter", "Salinan", "Judul 4", "Hujan deras"]
    with browsing(database_url, NOW) as get:
        for path, heading, found in (
            ("/author/Budi%2C%20S.H.", "Budi, S.H.", ["Hujan deras"]),
            ("/tag/Cuaca%2C%20iklim", "Cuaca, iklim", ["Hujan deras"]),
            ("/day/2024-01-15", "Monday, 15 January 2024", titles),
        ):
            page = read(get(path))
            assert page.xpath("//h1/text()") == [heading]
            assert page.xpath("//article/h2/a/text()") == found
        page = read(get("/day/2024-01-15"))
        missing = [li.text_content() for li in page.xpath("//section//li")]
        assert missing == [f"{key(5)} money waiting"]
        assert page.xpath("//nav[@aria-label='Days']/a/@href") == [
            "/day/2024-01-14", "/day/2024-01-16",
        ]  # fmt: skip


def every_page(get: Get) -> Iterator[Any]:
    found = f"/article/{key(1)}", "/author/Sari%20Dewi", "/tag/Banjir", "/day/2024-01-15"
    for path in ("/", "/articles", "/articles?words=air", *found):
        yield get(path)


def test_every_time_is_of_jakarta_and_the_zone_is_said_once(database_url: str) -> None:
    fill_town(database_url)
    with browsing(database_url, NOW) as get:
        for answer in every_page(get):
            page = read(answer)
            times = page.xpath("//time")
            assert times
            for one in times:
                at = datetime.fromisoformat(one.get("datetime"))
                assert at.utcoffset() == WIB.utcoffset(None)
                assert one.text == f"{at:%d %b %Y, %H:%M}"
            assert len(re.findall("WIB|UTC", page.text_content())) == 2  # (WIB, UTC+7)
            clocks = re.findall(r"\d\d:\d\d", page.xpath("string(//body)"))
            assert len(clocks) == len(times)


@pytest.mark.parametrize(
    "text", [EVIL, "[" * 3000, '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"]
)
def test_every_text_is_text(sqlite_url: str, text: str) -> None:
    names: dict[str, Any] = {"tags": (text,), "authors": (text,), "images": (
        Image(url="javascript:alert(1)", caption=text, credit=text),
    )}  # fmt: skip
    made = article(1, 2, title=text, summary=text, section=text, source=text, **names)
    fill(sqlite_url, made, article(1, 2, title=f"{text} lagi", body=(text, "air"), **names))
    with browsing(sqlite_url) as get:
        for answer in (*every_page(get), get("/kompas/articles"), get("/kompas/tags")):
            page = read(answer)
            assert text[:500] in page.text_content()
            assert not page.xpath("//script | //img | //@onerror | //a[starts-with(@href, 'java')]")
            assert "alert(1)</script>" not in answer.text


def test_the_policy_allows_no_script_and_no_inline_style(sqlite_url: str) -> None:
    fill_town(sqlite_url)
    with browsing(sqlite_url) as get:
        for answer in (*every_page(get), get("/nix"), get(f"/article/{key(9)}")):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert not html.fromstring(answer.text).xpath("//script | //style | //@style")
        tables = get("/kompas/articles")
        assert "default-src 'none'" in tables.headers["content-security-policy"]
        assert not html.fromstring(tables.text).xpath("//script")


def test_the_tables_for_readers_are_shown_and_the_internal_ones_hidden(sqlite_url: str) -> None:
    fill_town(sqlite_url)
    with browsing(sqlite_url) as get:
        page = read(get("/kompas"))
        assert page.get("lang") == "en"
        assert page.xpath("//textarea/@aria-label") == ["SQL"]
        assert page.xpath("//div[@class='db-table']/h3/a/text()") == [
            "article_people", "article_tags", "articles", "links", "people", "revisions", "runs",
            "tags",
        ]  # fmt: skip
        assert "hidden" not in page.text_content()
        row = read(get(f"/kompas/articles?key={key(2)}")).xpath("//tbody/tr")[0]
        assert row.xpath("td[@class='col-title type-str']/a/@href") == [f"/article/{key(2)}"]
        assert row.xpath("string(td[starts-with(@class, 'col-published_at')])").strip() == (
            "2024-01-15 06:30"
        )
        assert get("/kompas/articles/2").headers["location"] == f"/article/{key(2)}"
        assert get("/kompas/articles/99").status_code == 404


def test_on_postgresql_the_pages_are_the_same_without_tables(postgres_url: str) -> None:
    fill_town(postgres_url)
    with browsing(postgres_url) as get:
        assert not read(get("/")).xpath("//footer//a")
        assert get("/kompas").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "line"),
    [
        ("/articles?since=kemarin", 400, "since='kemarin' is not a day; write it as YYYY-MM-DD"),
        ("/articles.csv?since=1", 400, "since='1' is not a day; write it as YYYY-MM-DD"),
        ("/articles?words=-hujan", 400, "name at least one word to look for"),
        ("/articles?page=0", 400, "page='0' is not a whole number from 1 to 500"),
        ("/articles?tag=banjr", 200, "no article has the tag 'banjr'; near: 'Banjir' (2)"),
        ("/articles?words=https://x.example/", 400, "'https://x.example/' is neither an article's"),
        ("/article/nix", 404, "the archive does not know the article nix"),
        (f"/article/{key(9)}", 404, f"the archive does not know the article {key(9)}"),
        (f"/article/{key(5)}", 404, f"{key(5)} is known but not stored: pending"),
        ("/day/2024-02-30", 404, "2024-02-30 is not a day; write 2024-01-31"),
        ("/day/9999-12-31", 404, "9999-12-31 is not a day; write 2024-01-31"),
        ("/day/0001-01-01", 404, "0001-01-01 is not a day; write 2024-01-31"),
        ("/nix", 404, "There is no such page."),
        ("/articles?content_type=Kolm", 200, "no article has the content type 'Kolm'"),
    ],
)
def test_an_error_is_a_page_with_one_line(
    sqlite_url: str, path: str, status: int, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fill_town(sqlite_url)
    with browsing(sqlite_url) as get:
        answer = get(path)
    assert answer.status_code == status
    assert html.fromstring(answer.text).xpath("string(//main)").find(line) >= 0
    assert capfd.readouterr().err == ""


def test_a_filter_that_names_nothing_is_neither_shown_nor_asked(sqlite_url: str) -> None:
    fill_town(sqlite_url)
    with browsing(sqlite_url) as get:
        shown = read(get("/articles?tag=,&author=%22&section=money")).xpath("string(//main)")
        control = read(get("/articles?tag=banjir")).xpath("string(//main)")
    assert "section: money" in shown
    assert "tag:" not in shown
    assert "author:" not in shown
    assert "tag: banjir" in control


@pytest.mark.parametrize("path", ["/author/%00", "/tag/%ff%fe", "/articles?tag=%00&author=%00a"])
def test_bytes_that_are_no_text_find_nothing(database_url: str, path: str) -> None:
    fill(database_url, article(1))
    with browsing(database_url) as get:
        assert get(path).status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        key(1),
        url(1),
        url(1).replace("https://money", "http://www"),
        url(1).removeprefix("https://"),
        url(1).replace("https://money.k", "K").partition("artikel")[0],
    ],
)
def test_the_address_of_an_article_leads_to_it(sqlite_url: str, words: str) -> None:
    fill_town(sqlite_url)
    with browsing(sqlite_url) as get:
        assert get("/articles", params={"words": words}).headers["location"] == (
            f"/article/{key(1)}"
        )


def test_a_page_after_the_last_is_the_last(sqlite_url: str) -> None:
    fill(sqlite_url, *(article(n, body=(f"Teks {n}.",)) for n in range(1, 23)))
    with browsing(sqlite_url) as get:
        page = read(get("/articles?page=500"))
        assert len(page.xpath("//article")) == 2
        assert "page 2 of 2" in page.text_content()
        assert not read(get("/articles?tag=nix&page=500")).xpath("//article")


def test_the_landing_page_says_how_many_days_were_read_in_full(sqlite_url: str) -> None:
    fill(sqlite_url, article(1))
    with browsing(sqlite_url, NOW) as get:
        (section,) = read(get("/")).xpath("//section[h2='What is missing']")
    assert "In the 60 days of the chart. The index was read in full of 0" in section.text_content()


def test_words_that_no_text_has_lead_to_the_tag_of_that_name(database_url: str) -> None:
    fill(database_url, article(1, tags=("Kereta cepat",)))
    with browsing(database_url) as get:
        page = read(get("/articles?words=kereta+cepat"))
        assert page.xpath("//main//a[.='kereta cepat']/@href") == ["/tag/kereta%20cepat"]
        assert len(read(get("/tag/kereta%20cepat")).xpath("//article")) == 1
        for others in ("words=kereta+lambat", "words=paragraf", "tag=kereta+cepat"):
            assert "have the tag" not in read(get(f"/articles?{others}")).text_content()


def test_filters_of_the_command_are_the_first_list(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_town(database_url)
    monkeypatch.setattr(server, "serve", lambda _reader, _port, _now, ready: ready("http://x/"))
    names = ["--tag", "gempa", "--tag", '"Cuaca, iklim"', "--section", "regional,money"]
    more = ["--since", "2024-01-15", "--query", "hujan", "--content-type", "standard"]
    assert call("browse", database_url, *names, *more[:4]) == Exit.DONE
    place = capsys.readouterr().out.split()[3].removeprefix("http://x")
    with browsing(database_url) as get:
        assert read(get(place)).xpath("//article/h2/a/text()") == ["Hujan deras"]
    assert call("browse", database_url, *more[4:]) == Exit.DONE
    assert "http://x/articles?content_type=standard " in capsys.readouterr().out
    assert call("browse", database_url) == Exit.DONE
    assert "http://x/ " in capsys.readouterr().out
    assert call("browse", database_url, "--since", "2024-02-30") == Exit.USAGE


def test_an_archive_is_read_in_place_and_no_reader_holds_it(sqlite_url: str) -> None:
    fill(sqlite_url, article(1))
    with browsing(sqlite_url) as get:
        assert len(read(get("/articles")).xpath("//article")) == 1
        read(get("/kompas/articles"))
        fill(sqlite_url, article(2, body=("Baru.",)))  # while it is served
        assert len(read(get("/articles")).xpath("//article")) == 2
        with closing(sqlite3.connect(path_of(sqlite_url))) as connection:
            is_busy, *_ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        assert is_busy == 0
        sql = "/kompas?sql=delete+from+articles"
        assert "Statement must be a SELECT" in get(sql).text


def test_an_archive_in_a_folder_that_cannot_be_written_is_shown(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = sorted(path_of(sqlite_url).parent.iterdir())
    with browsing(sqlite_url) as get:
        assert len(read(get("/articles")).xpath("//article")) == 1
        read(get("/kompas/articles"))
        assert sorted(path_of(sqlite_url).parent.iterdir()) == before


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8001", 200), ("localhost:8001", 200), ("x.example", 421), ("[::1]:8001", 421)],
)
def test_only_this_machines_names_are_answered(sqlite_url: str, host: str, status: int) -> None:
    fill(sqlite_url, article(1))
    with browsing(sqlite_url) as get:
        assert get("/", headers={"host": host}).status_code == status


def test_each_value_narrows_and_a_comma_is_an_or() -> None:
    asked = Asked((("tag", "banjir,gempa"), ("since", "2023-01-01")))
    assert asked.narrowed("tag", "Cuaca, iklim") == (
        "/articles?tag=banjir%2Cgempa&since=2023-01-01&tag=%22Cuaca%2C+iklim%22"
    )
    assert asked.narrowed("year", "2024") == (
        "/articles?tag=banjir%2Cgempa&since=2024-01-01&until=2024-12-31"
    )
    assert asked.widened(("tag", "banjir,gempa")) == "/articles?since=2023-01-01"


def address_in(log: Path, deadline: float = 40) -> str:
    """The address that the command says it serves."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(log.read_text())


def test_an_empty_archive_is_said_to_be_empty(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(sqlite_url):
        assert call("browse", sqlite_url) == Exit.DONE
    assert capsys.readouterr().out == "the archive is empty; to fill it: scrapy crawl kompas\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--port", "x"], "port='x' is not a whole number from 0 to 65535"),
        (["--port", "70000"], "port='70000' is not a whole number from 0 to 65535"),
        (["kompas.db"], "unexpected argument 'kompas.db'"),
    ],
)
def test_bad_arguments_end_with_one_line(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert call("browse", sqlite_url, *arguments) == Exit.USAGE
    assert capsys.readouterr().err.startswith(f"scrapy browse: {line}")


def test_a_missing_library_is_one_line(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    monkeypatch.delitem(sys.modules, "kompas_crawler.browse.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert call("browse", sqlite_url) == Exit.CONFIGURATION
    assert capsys.readouterr().err == (
        "scrapy browse: browse needs the package uvicorn; "
        f"install it with: {how_to_install('browse')}\n"
    )
