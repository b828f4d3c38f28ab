"""The progress bars of long commands: on standard error, at a terminal only."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, track

_T = TypeVar("_T")


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how much of *total*, ``None`` if unknown, is done; yield a setter of that number."""
    console, is_hidden = Console(stderr=True), not sys.stderr.isatty()
    with Progress(console=console, transient=True, disable=is_hidden) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def run(what: str, total: int, steps: Iterable[int]) -> None:
    """Consume *steps*, which yields the size of each, with a bar."""
    with bar(what, total) as show:
        for done in accumulate(steps):
            show(done)


def shown(rows: Iterable[_T], what: str, total: int) -> Iterable[_T]:
    """Return *rows*, of which there are *total*, with a bar."""
    if not sys.stderr.isatty():
        return rows
    return track(rows, what, total, console=Console(stderr=True), transient=True, update_period=0.2)
