"""A page of the reference: its text, and what in the code lacks a description."""

from __future__ import annotations

from dataclasses import dataclass, field

MARK = "<!-- Written by: make docs. Change the code it is taken from, not this file. -->"


@dataclass(slots=True)
class Page:
    """One file of ``docs/reference``.

    ``undescribed`` has one line for each thing the code says nothing of: what it is, and
    where to say it.
    """

    name: str
    title: str
    parts: list[str] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)

    def add(self, *parts: str) -> None:
        """Add paragraphs, headings or tables."""
        self.parts += [part for part in parts if part]

    def need(self, said: str, what: str) -> str:
        """Return *said*; where it is empty, note *what* has to be described, and where."""
        if not said:
            self.undescribed.append(what)
        return said

    def __str__(self) -> str:
        return "\n\n".join([MARK, f"# {self.title}", *self.parts]) + "\n"
