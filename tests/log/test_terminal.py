"""Nothing of a page steers a terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from kompas_crawler.log.terminal import safe

OSC_52 = "Harga\x1b]52;c;ZXZpbA==\x07 naik"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Harga naik 5% – “kata” dia, é😀", "Harga naik 5% – “kata” dia, é😀"),
        (OSC_52, "Harga�]52;c;ZXZpbA==� naik"),
        ("a\x9b31mb\x7f", "a�31mb�"),
        ("satu\r\ndua\u2028tiga\x85empat\tlima", "satu  dua tiga empat lima"),
        ("x\u202egpj.exe\u2066\u200f", "x�gpj.exe��"),
        ("a\u200bb\ufeffc\u00add", "a�b�c�d"),
        ("\ud800\ufffe\uffff", "���"),
        ("👩\u200d🚀", "👩\u200d🚀"),  # a joiner is part of the sign
        ("", ""),
    ],
)
def test_what_is_no_letter_is_shown_as_a_sign(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_no_control_format_or_line_character_passes() -> None:
    """Over all of Unicode; left are joiners, and marks that belong to a script's own writing."""
    passed = {
        ord(char)
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and safe(char) == char
    }
    names = {unicodedata.name(chr(point)) for point in passed}
    scripts = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND", "MUSICAL", "ZERO WIDTH")
    assert [name for name in names if not name.startswith(scripts)] == []
    assert not passed & {0x200B, 0xFEFF, 0x061C}
