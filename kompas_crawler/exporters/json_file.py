"""JSON: one list of objects, or one object a line."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


def write_list(rows: Iterable[dict[str, Any]], file: IO[bytes], _fields: Sequence[str]) -> None:
    """Write *rows* as one list, an object a line; an empty list for no rows."""
    file.write(b"[")
    for number, row in enumerate(rows):
        file.write(b",\n" if number else b"\n")
        file.write(_line(row))
    file.write(b"\n]\n")


def write_lines(rows: Iterable[dict[str, Any]], file: IO[bytes], _fields: Sequence[str]) -> None:
    """Write *rows* as JSON Lines."""
    for row in rows:
        file.write(_line(row) + b"\n")
