"""Try the sources of a field in order, and record which one supplied it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


class Sources:
    """``found_in`` has the source that supplied each field, ``silent`` those without a value."""

    def __init__(self) -> None:
        self.found_in: dict[str, str] = {}
        self.silent: dict[str, tuple[str, ...]] = {}

    def first(self, field: str, *sources: tuple[str, Callable[[], Value | None]]) -> Value | None:
        """The value of the first of *sources*, pairs of a name and a selector, that has one.

        >>> sources = Sources()
        >>> sources.first("title", ("h1", lambda: None), ("meta:og:title", lambda: "Judul"))
        'Judul'
        >>> sources.found_in, sources.silent
        ({'title': 'meta:og:title'}, {'title': ('h1',)})
        """
        for number, (name, select) in enumerate(sources):
            value = select()
            if value:
                self.found_in[field] = name
                if number:
                    self.silent[field] = tuple([name for name, _ in sources[:number]])
                return value
        self.silent[field] = tuple([name for name, _ in sources])
        return None
