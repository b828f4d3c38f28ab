"""A robots.txt keeps its rules whatever is wrong with how it was written."""

from __future__ import annotations

import codecs
import gzip

import pytest
from scrapy.robotstxt import ProtegoRobotParser

from kompas_crawler.polite.robots_file import is_markup, readable

RULES = "User-agent: *\nDisallow: /komentar/\nDisallow: *?source=*\n"
FORBIDDEN = "https://www.kompas.com/komentar/1"
ALLOWED = "https://www.kompas.com/read/2024/01/02/1"


def allows(body: bytes, url: str) -> bool:
    return ProtegoRobotParser(readable(body), None).allowed(url, "kompas-crawler")


def allows_unread(body: bytes, url: str) -> bool:
    return ProtegoRobotParser(body, None).allowed(url, "kompas-crawler")


HIDDEN = {
    "zero-width joiner": RULES.replace("User", "\u200dUser").encode(),
    "zero-width space and soft hyphen": RULES.replace("User-", "\u200bUser\u00ad-").encode(),
    "two byte order marks": codecs.BOM_UTF8 * 2 + RULES.encode(),
    "bidi mark before every line": "\n".join(
        f"\u200f{line}" for line in RULES.splitlines()
    ).encode(),
    "UTF-16": codecs.BOM_UTF16_LE + RULES.encode("utf-16-le"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_rules_that_are_hidden_hold(name: str) -> None:
    assert not allows(HIDDEN[name], FORBIDDEN)
    assert allows(HIDDEN[name], ALLOWED)


@pytest.mark.parametrize("name", HIDDEN)
def test_control_the_parser_alone_allows_all(name: str) -> None:
    assert allows_unread(HIDDEN[name], FORBIDDEN)


@pytest.mark.parametrize(
    "body",
    [
        RULES.encode(),
        codecs.BOM_UTF8 + RULES.encode(),
        RULES.replace("\n", "\r\n").encode(),
        RULES.replace("\n", "\r").encode(),
        b"\xff\xfe garbage \x00\n".replace(b"\xff\xfe", b"\xfa") + RULES.encode(),
        b"# caf\xe9\n" + RULES.encode(),
    ],
)
def test_rules_hold_in_any_encoding(body: bytes) -> None:
    assert not allows(body, FORBIDDEN)
    assert allows(body, ALLOWED)


@pytest.mark.parametrize("pattern", ["?jxrecoid=*", "*?jxrecoid=*", " ?jxrecoid="])
def test_a_query_is_forbidden_with_or_without_its_asterisk(pattern: str) -> None:
    body = f"User-agent: *\nDisallow: {pattern}".encode()

    assert not allows(body, f"{ALLOWED}?jxrecoid=1")
    assert allows(body, ALLOWED)


def test_an_invisible_character_in_a_path_stays() -> None:
    body = "User-agent: *\nDisallow: /a\u200cb".encode()

    assert not allows(body, "https://www.kompas.com/a%E2%80%8Cb")
    assert allows(body, "https://www.kompas.com/ab")


def test_half_a_line_at_the_limit_is_not_read() -> None:
    head = b"User-agent: *\nDisallow: /\n"
    line = b"Allow: /read/"
    filler = b"#" * (500 * 1024 - len(head) - len(line)) + b"\n"

    assert not allows(head + filler + line + b"2023/", ALLOWED)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b" \n<?xml ?>",
        codecs.BOM_UTF8 + b"<!DOCTYPE html>",
        b'{"status": 500}',
        gzip.compress(b"User-agent: *", mtime=0),
    ],
)
def test_markup_is_distinguished_from_rules(body: bytes) -> None:
    assert is_markup(body)
    assert not is_markup(RULES.encode())
