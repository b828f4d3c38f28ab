"""RELIABILITY.md names tests that exist, one row for each fault."""

from __future__ import annotations

import re

from tests.conftest import ROOT

ROW = re.compile(r"\| (R[0-9]+) \|(.*)\|(.*)\|(.*)\|")


def _rows() -> dict[str, tuple[str, list[str]]]:
    """What the table says happens at each fault, and the tests it names."""
    text = (ROOT / "RELIABILITY.md").read_text(encoding="utf-8")
    return {
        match[1]: (match[3], re.findall(r"`(test_\w+)`", match[4])) for match in ROW.finditer(text)
    }


def test_every_fault_has_its_row() -> None:
    assert list(_rows()) == [f"R{number}" for number in range(1, 41)]


def test_every_row_names_tests_that_exist() -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.M)
    }
    for fault, (happens, named) in _rows().items():
        assert named or "*open*" in happens, f"{fault} names no test; add one to RELIABILITY.md"
        missing = set(named) - defined
        assert not missing, f"RELIABILITY.md, {fault}: there is no {', '.join(sorted(missing))}"
