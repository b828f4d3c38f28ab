"""Each folder of ``cases`` is a page and what is read from it; a failure names case and field."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.pages.articles import plain, read

CASES = Path(__file__).parent / "cases"


def _fields() -> list[tuple[str, str]]:
    return [
        (case.name, field)
        for case in sorted(CASES.iterdir())
        for field in json.loads((case / "expected.json").read_text("utf-8"))
    ]


@cache
def _read(case: str) -> dict[str, Any]:
    return plain(read((CASES / case / "page.html").read_bytes()))


@pytest.mark.parametrize(("case", "field"), _fields())
def test_field(case: str, field: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text("utf-8"))[field]
    found = _read(case)[field]
    if field == "found_in":  # the places that the case is about
        found = {name: found.get(name) for name in expected}
    assert found == expected
