"""A broken page, list, sitemap, robots.txt or WARC record is read without an error or a hang."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from kompas_crawler.pages.address import absolute
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.document import Document
from kompas_crawler.polite import robots_file
from kompas_crawler.warc.response import captured_page
from tests.fuzz import reading
from tests.fuzz.__main__ import main, problems
from tests.fuzz.cases import KINDS, case

if TYPE_CHECKING:
    from typing import NoReturn

CASES = 2000


@pytest.mark.slow
def test_changed_files_are_read() -> None:
    found = problems(0, CASES)
    assert not found, "\n".join(found)


def test_a_seed_is_always_the_same_case_and_every_kind_comes() -> None:
    assert case(7) == case(7)
    assert {case(seed).kind for seed in range(60)} == {*KINDS}


def test_control_an_editor_taken_for_the_author_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ArticlePage, "authors", property(lambda page: page.editors))
    assert any("wrong author" in found for found in problems(0, 50))


def test_control_an_exception_and_a_hang_are_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: bytes) -> NoReturn:
        raise KeyError("broken")

    seed = next(seed for seed in range(100) if case(seed).kind == "robots")
    monkeypatch.setattr(robots_file, "readable", broken)
    assert "KeyError" in (reading.problem(seed) or "")
    monkeypatch.undo()
    monkeypatch.setattr(reading, "SECONDS", -1.0)
    assert "took" in (reading.problem(seed) or "")
    assert main(["1", "x"]) == 2
    assert "usage" in capsys.readouterr().err


CUT = (
    b"<html><head><meta name='content_author' c\n<meta name='content_editor' content='Sari'>"
    b"<meta name='title' content='a <b'></head><body>"
)


def test_a_meta_element_that_was_cut_has_no_value_of_the_next() -> None:
    page = Document(CUT)
    assert page.meta("content_author") is None
    assert page.meta("title") == "a <b"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "x"])
def test_a_record_with_no_moment_is_none(at: str) -> None:
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: {at}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    assert captured_page(head.encode()) is None


@pytest.mark.parametrize(
    "host", ["www.kom]pas.com", "[www.kompas.com", "www.kom]]>pas.com", "[::1"]
)
def test_a_link_to_a_host_with_brackets_is_none(host: str) -> None:
    assert absolute("https://www.kompas.com/", f"https://{host}/read") is None
    with pytest.raises(ValueError, match=r"IPv6|bracketed|address"):
        urlsplit(f"https://{host}/read")
