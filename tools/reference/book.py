"""The pages of the reference, and the index of ``docs``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tools.reference import commands, components, exits, fields, sections, settings, spiders, tables
from tools.reference.markdown import bulleted
from tools.reference.page import MARK, Page

FOLDER = Path(__file__).parent.parent.parent / "docs"
_WRITERS = (commands, spiders, settings, exits, fields, tables, sections, components)


@cache
def pages() -> tuple[Page, ...]:
    """The pages in the order of the index."""
    return tuple(writer.page() for writer in _WRITERS)


def undescribed() -> list[str]:
    """One line per missing description: of what, and where to write it."""
    return [line for page in pages() for line in page.undescribed]


def files() -> dict[Path, str]:
    """The text of each generated file."""
    found = {FOLDER / "reference" / f"{page.name}.md": str(page) for page in pages()}
    return {FOLDER / "README.md": _index(), **found}


def _index() -> str:
    written = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
    guides = [f"[{_title(path)}]({path.name})" for path in written]
    reference = [f"[{page.title}](reference/{page.name}.md)" for page in pages()]
    parts = [MARK, "# Documents", "[The README](../README.md) comes first."]
    if guides:
        parts += ["## Guides", bulleted(guides)]
    return "\n\n".join([*parts, "## Reference", bulleted(reference)]) + "\n"


def _title(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))
