"""The notebook of the documents runs on the archive that the demo leaves."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ScrapyCli

NOTEBOOK = ROOT / "docs" / "quickstart.ipynb"


def cells() -> list[str]:
    """The code of each cell, in order."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def program() -> str:
    """The notebook as a program: what a cell ends with is shown, as the notebook would."""
    return f"""
import ast
shown = {{"__name__": "__main__"}}
for number, source in enumerate({cells()!r}):
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"cell {{number}}", "exec"), shown)
    if last is not None:
        print(eval(compile(ast.Expression(last.value), f"cell {{number}}", "eval"), shown))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_notebook_runs_on_what_the_demo_leaves(tmp_path: Path, scrapy_cli: ScrapyCli) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = kompas_crawler.settings\n")
    assert scrapy_cli("demo", cwd=tmp_path, timeout=140).returncode == 0
    command = [sys.executable, "-W", "error", "-c", program()]
    said = processes.run(command, cwd=tmp_path, timeout=100)
    assert said.returncode == 0, said.stderr
    for word in (
        "gempa",
        "Megapolitan",
        "2026-07-01 04:45",
        "Catatan redaksi",
        "to articles stored",
    ):
        assert word in said.stdout


def test_the_notebook_needs_pandas_alone() -> None:
    imported = {
        line.split()[1]
        for cell in cells()
        for line in cell.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported - sys.stdlib_module_names == {"pandas"}


def test_the_notebook_names_no_machine() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert '"stderr"' not in text, "it warned"
    assert "/home/" not in text
    assert "/tmp" not in text
