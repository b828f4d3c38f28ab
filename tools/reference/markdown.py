"""Convert tables and docstrings to Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars in cells are escaped, line breaks removed.

    >>> print(table(["a", "b"], [["1", "x|y"]]))
    | a | b |
    |---|---|
    | 1 | x\\|y |
    """
    lines = [_row(heads), "|" + "---|" * len(heads), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(c.replace("|", r"\|").split()) for c in cells) + " |"


def text(docstring: str | None) -> str:
    """The paragraphs of a docstring, without examples.

    >>> text("Reads ``since``.\\n\\n>>> 1\\n1\\n")
    'Reads `since`.'
    """
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    kept = [p for p in paragraphs if not p.lstrip().startswith(">>>")]
    return "\n\n".join(_paragraph(p) for p in kept)


def _paragraph(about: str) -> str:
    plain = code(re.sub(r":[a-z]+:(?=`)", "", about))
    return "\n".join(" ".join(part.split()) for part in re.split(r"\n(?=- )", plain))


def code(about: str) -> str:
    """*about* with doubled backticks as Markdown code.

    >>> code("with ``tags`` and *one*")
    'with `tags` and *one*'
    """
    return about.replace("``", "`")


def bulleted(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)
