"""How far a command is: a bar for a person at a terminal, nothing for a program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_T = TypeVar("_T")


def shown(things: Iterable[_T], total: int, label: str) -> Iterator[_T]:
    """Yield *things*, with a progress bar if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield from things
        return
    yield from track(
        things, label, total=total, console=Console(stderr=True), transient=True, update_period=0.2
    )
