"""``scrapy browse``: Datasette on a copy, for this machine alone, where every text is text."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from lxml import html

from kompas_crawler.browse.plugins.kompas_cells import render_cell
from kompas_crawler.exitcodes import Exit
from kompas_crawler.project import how_to_install
from tests.archive.build import article
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.html import HtmlElement

    from tests.conftest import ScrapyProcess

EVIL = "<script>alert(1)</script>"


def fetch(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def address_in(log: Path, deadline: float = 40) -> str:
    """The address that the command says it serves."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(log.read_text())


def test_the_archive_is_served_as_text_until_interrupted(
    sqlite_url: str, scrapy_process: ScrapyProcess, tmp_path: Path
) -> None:
    fill(
        sqlite_url,
        article(1, 2, title=EVIL, body=("Air naik.", f"{EVIL} di Demak.")),
        article(2, body=("Hujan.",)),
    )
    log, temporary = tmp_path / "browse.log", tmp_path / "copies"
    temporary.mkdir()
    environment = {"KOMPAS_DATABASE_URL": sqlite_url, "TMPDIR": str(temporary)}
    process = scrapy_process("browse", env=environment, log=log)
    address = address_in(log)
    fill(sqlite_url, article(3))  # after the copy was taken

    status, headers, text = fetch(f"{address}/kompas/articles?_search=demak")
    page: HtmlElement = html.fromstring(text)
    assert status == 200
    assert [
        cell.text_content().strip() for cell in page.xpath("//td[@class='col-title type-str']")
    ] == [EVIL]
    assert "default-src 'none'" in headers["content-security-policy"]
    row: HtmlElement = html.fromstring(fetch(f"{address}/kompas/articles/1")[2])
    assert row.xpath("//dd[@class='col-body']//p/text()") == ["Air naik.", f"{EVIL} di Demak."]
    assert row.xpath("//dd[@class='col-published_at']/text()") == ["2024-01-15 09:00"]

    for query, found in (
        ("newest", 2),
        ("most_linked", 1),
        ("corrected", 0),
        ("by_author?author=sari", 2),
        ("by_author", 0),
    ):
        status, _, text = fetch(f"{address}/kompas/{query}")
        assert status == 200
        assert "<script>alert" not in text
        assert text.count("<tr>") == (found + 1 if found else 0), query
    assert fetch(f"{address}/kompas-files/style.css")[0] == 200
    assert fetch(f"{address}/kompas", Host="archive.example")[0] == 421

    process.send_signal(signal.SIGINT)
    assert process.wait(20) == Exit.DONE
    assert list(temporary.iterdir()) == []


def test_what_is_on_postgresql_is_exported_first(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(postgres_url, article(1))
    assert call("browse", postgres_url) == Exit.CONFIGURATION
    assert capsys.readouterr().err == (
        "scrapy browse: browse needs an SQLite archive and this one is on PostgreSQL; "
        "use a PostgreSQL client, or export it: scrapy export data/kompas.csv\n"
    )


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
        f"scrapy browse: browse needs uvicorn; install it with: {how_to_install('browse')}\n"
    )


@pytest.mark.parametrize("depth", [1, 400, 3000, 200_000])
@pytest.mark.parametrize("column", ["caption", "found_in"])
def test_no_text_breaks_a_cell(column: str, depth: int) -> None:
    assert render_cell("[" * depth, column) is None
    nested = "[" * depth + "]" * depth
    assert column == "found_in" or render_cell(nested, column) is None
    render_cell(nested, column)
    render_cell('{"a":' * depth, column)


def test_control_python_gives_up_on_deep_json() -> None:
    with pytest.raises(RecursionError):
        json.loads("[" * 200_000)


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        ('["Foto: Sari"]', "caption", None),
        ("[Foto: Sari]", "caption", None),
        ('{"title": "og"}', "found_in", "title: og"),
        ("12", "found_in", None),
        ("9999-12-31 23:00:00", "published_at", None),
        ("2024-01-15 02:00:00", "published_at", "2024-01-15 09:00"),
    ],
)
def test_only_columns_of_json_are_read_as_json(value: str, column: str, shown: str | None) -> None:
    assert render_cell(value, column) == shown
