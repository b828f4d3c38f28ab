"""The tests on real pages need a folder of them, named by ``KOMPAS_REAL_PAGES``.

They are Kompas's text and no part of this project; without the folder these tests are left out.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent


def real_pages() -> Path | None:
    """The folder of the real pages, if there is one."""
    name = os.environ.get("KOMPAS_REAL_PAGES")
    return Path(name) if name and Path(name).is_dir() else None


def saved(pattern: str) -> list[Path]:
    """The saved pages whose path in the folder is like *pattern*; none without the folder."""
    folder = real_pages()
    return sorted(folder.glob(pattern)) if folder else []


def read_page(path: Path) -> bytes:
    """The bytes of a saved page."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out where there are no pages."""
    if real_pages() is None:
        left_out = [item for item in items if item.path.is_relative_to(HERE)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in set(left_out)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that they were left out."""
    if real_pages() is None:
        terminalreporter.write_line(
            "The tests on real pages were left out: KOMPAS_REAL_PAGES names no folder of them."
        )
