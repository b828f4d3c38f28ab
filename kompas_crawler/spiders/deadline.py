"""A time limit for extracting one page, after which its row fails."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READ_SECONDS = 20.0  # CPU time; a page of Kompas takes a few milliseconds


class TooSlow(Exception):  # noqa: N818
    """Extraction took longer than ``READ_SECONDS``."""


@contextmanager
def deadline() -> Iterator[None]:
    """Raise ``TooSlow`` if the block takes more than ``READ_SECONDS`` of CPU time.

    Works only in the main thread on Unix; elsewhere there is no limit.
    """
    is_able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not is_able:
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _raise)
    signal.setitimer(signal.ITIMER_VIRTUAL, READ_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _raise(*_: object) -> None:
    raise TooSlow(f"reading took longer than {READ_SECONDS:g} s")
