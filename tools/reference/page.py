"""A page of the reference."""

from __future__ import annotations

from dataclasses import dataclass, field

MARK = "<!-- Written by: make docs. Change the code it is taken from, not this file. -->"


@dataclass(slots=True)
class Page:
    """One file of ``docs/reference``; ``undescribed`` has a line per missing description."""

    name: str
    title: str
    parts: list[str] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)

    def add(self, *parts: str) -> None:
        """Add paragraphs, headings or tables."""
        self.parts += [part for part in parts if part]

    def need(self, about: str, what: str) -> str:
        """Return *about*; if it is empty, record *what* needs a description."""
        if not about:
            self.undescribed.append(what)
        return about

    def __str__(self) -> str:
        return "\n\n".join([MARK, f"# {self.title}", *self.parts]) + "\n"
