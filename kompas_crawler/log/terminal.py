"""Make texts of pages safe to print: they must not control a terminal or forge a log line."""

import io
import json
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kompas_crawler.site.keys import WIB

# Controls, bidi, line ends, invisible characters, tags, lone surrogates; no joiners of scripts.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def safe(text: str) -> str:
    r"""Return *text* as one line without control characters.

    Line breaks and tabs become spaces; every other control, escape, bidi or
    invisible character becomes U+FFFD.

    >>> safe("Harga\x1b]52;c;cm0=\x07 naik\n2024 \u202eINFO")
    'Harga�]52;c;cm0=� naik 2024 �INFO'
    """
    if text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: " " if match[0] in _BREAKS else "\ufffd", text)


def print_any_letter() -> None:
    """Print "?" for letters that the encoding of stdout lacks, such as a Windows code page."""
    # If the caller closed them: other files must not get their descriptors.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def as_json(value: Any) -> str:
    r"""Return *value* as JSON with control characters escaped; spans of time are in seconds.

    Where stdout is not Unicode, all letters beyond ASCII are escaped.

    >>> print(as_json("\x9b2J \u202e Café"))
    "\u009b2J \u202e Café"
    """
    is_unicode = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=1, default=_plain)
    return _UNSAFE.sub(lambda m: m[0] if m[0] == "\n" else json.dumps(m[0])[1:-1], text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(WIB).isoformat(timespec="seconds")  # as exported
    return round(value.total_seconds()) if isinstance(value, timedelta) else str(value)


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "article"), counted(2000, "article")
    ('1 article', '2,000 articles')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
