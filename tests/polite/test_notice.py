"""The notice at the top of a robots.txt: shown as it stands, whatever it contains."""

from __future__ import annotations

import pytest

from kompas_crawler.polite import notice

RULES = b"User-agent: *\nDisallow: /search\n"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (RULES, []),
        (RULES + b"# later\n", []),
        (b"# Ask us\n" + RULES, ["Ask us"]),
        ("\ufeff# Izin tertulis – minta\n".encode() + RULES, ["Izin tertulis – minta"]),
        ("# Izin\n".encode("utf-16") + RULES, ["Izin"]),
        (b"\r\n#\r\n#  Ask\r\n\r\n### us ##\r\nAllow: /", ["Ask", "us ##"]),
        (b"# \x1b[2Jgone\x07\n" + RULES, ["\ufffd[2Jgone\ufffd"]),
        (b"<html># no notice</html>", []),
        (b"", []),
    ],
)
def test_the_comment_at_the_top(body: bytes, lines: list[str]) -> None:
    assert notice.comment(body) == lines


def test_a_long_notice_is_cut() -> None:
    found = notice.comment(b"# x\n" * 10_000 + b"# " + b"y" * 10_000)
    assert len(found) == notice.MAX_LINES
    (line,) = notice.comment(b"# " + b"y" * 10_000)
    assert len(line) == notice.MAX_WIDTH


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (RULES, notice.PERMISSION),
        (b"# Ask: https://site.example/ask.\n", "https://site.example/ask"),
        (b"# Terms: https://site.example/terms Ask: legal@site.example.", "legal@site.example"),
        (b"# Terms of use: https://site.example/term-of-use", notice.PERMISSION),
    ],
)
def test_whom_to_ask(body: bytes, address: str) -> None:
    assert notice.permission([RULES, body]) == address
    assert f"ask for permission: {address}" in notice.ways_out([RULES, body])[0]
