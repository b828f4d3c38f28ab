"""Ask the places where a field may stand, in order of trust, and remember which one answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


class Places:
    """The names of the places that answered, by field."""

    def __init__(self) -> None:
        self.found_in: dict[str, str] = {}

    def first(self, field: str, *places: tuple[str, Callable[[], Answer | None]]) -> Answer | None:
        """The answer of the first of *places*, each a name and a question, that has one.

        >>> places = Places()
        >>> places.first("title", ("h1", lambda: None), ("meta:og:title", lambda: "Judul"))
        'Judul'
        >>> places.found_in
        {'title': 'meta:og:title'}
        """
        for name, ask in places:
            answer = ask()
            if answer:
                self.found_in[field] = name
                return answer
        return None
