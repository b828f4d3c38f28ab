"""Convert tables and docstrings to Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RULE = re.compile(r"=+( +=+)+")


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
    """The paragraphs of a docstring, without its tables and without examples.

    >>> text("Reads ``since``.\\n\\n=== ===\\na   b\\n=== ===\\n\\n>>> 1\\n1\\n")
    'Reads `since`.'
    """
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    kept = [p for p in paragraphs if not _RULE.match(p) and not p.lstrip().startswith(">>>")]
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


def rows(docstring: str | None) -> dict[str, str]:
    """The rows of the tables in a docstring: first column, the rest.

    >>> rows("X.\\n\\n===== ====\\nsince a day\\n      or two\\n===== ====\\n")
    {'since': 'a day or two'}
    """
    found: dict[str, str] = {}
    is_inside, name = False, ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if _RULE.fullmatch(line.rstrip()):
            is_inside = not is_inside
        elif is_inside and line.startswith(" "):
            found[name] += f" {line.strip()}"
        elif is_inside and line.strip():
            name, _, rest = line.partition(" ")
            found[name] = rest.strip()
    return {key: code(value) for key, value in found.items()}


def bulleted(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)
