"""Read the descriptions of names in source code: comments, or a string below."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Definition(NamedTuple):
    """A name with the source of its value, its description and its heading."""

    name: str
    value: str
    about: str
    heading: str


class Source:
    """A Python file."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self._comments: dict[int, str] = {}
        self._alone: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                number = token.start[0]
                self._comments[number] = token.string.lstrip("# ").partition("  # noqa")[0]
                if not token.line[: token.start[1]].strip():
                    self._alone.add(number)

    def definitions(self, body: Sequence[ast.stmt] | None = None) -> Iterator[Definition]:
        """The names defined in *body* (default: the module), in order.

        A comment line that ends with a question mark is a heading.
        """
        statements = list(self.tree.body if body is None else body)
        for index, statement in enumerate(statements):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name)):
                    value = statement.value or statement.annotation
                case _:
                    continue
            below = statements[index + 1] if index + 1 < len(statements) else None
            about = _string(below) or self.beside(statement) or self._above(statement.lineno)
            yield Definition(name, ast.unparse(value), about, self._heading(statement.lineno))

    def class_named(self, name: str) -> ast.ClassDef:
        return next(n for n in self.tree.body if isinstance(n, ast.ClassDef) and n.name == name)

    def beside(self, node: ast.stmt | ast.expr) -> str:
        """The comment at the end of the node's first line or its last."""
        for number in (node.lineno, node.end_lineno or 0):
            if number in self._comments and number not in self._alone:
                return self._comments[number]
        return ""

    def _above(self, number: int) -> str:
        lines: list[str] = []
        while number - 1 in self._alone:
            number -= 1
            lines.insert(0, self._comments[number])
        return " ".join(lines)

    def _heading(self, number: int) -> str:
        found = [n for n in self._alone if n < number and self._comments[n].endswith("?")]
        return self._comments[max(found)] if found else ""


def _string(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
    return ""
