"""JSON: one list of objects, or JSON Lines."""

import json
from collections.abc import Sequence
from typing import IO, Any

from kompas_crawler.exporters.record import About, Rows


def _line(row: dict[str, Any], fields: Sequence[str]) -> bytes:
    chosen = {name: row[name] for name in fields}
    return json.dumps(chosen, ensure_ascii=False).encode("utf-8", "replace")


def write_list(rows: Rows, file: IO[bytes], fields: Sequence[str], _about: About = dict) -> None:
    """Write *rows* as one list, one object per line."""
    file.write(b"[")
    for number, row in enumerate(rows):
        file.write((b",\n" if number else b"\n") + _line(row, fields))
    file.write(b"\n]\n")


def write_lines(rows: Rows, file: IO[bytes], fields: Sequence[str], _about: About = dict) -> None:
    for row in rows:
        file.write(_line(row, fields) + b"\n")
