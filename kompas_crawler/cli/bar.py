"""The progress bar of a long command, at a terminal only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate

from rich.console import Console
from rich.progress import Progress


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how much of *total* is done, on standard error; yield a setter of that number."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def run(what: str, total: int, steps: Iterable[int]) -> None:
    """Consume *steps*, which yields the size of each, with a bar."""
    with bar(what, total) as show:
        for done in accumulate(steps):
            show(done)
