"""A deadline for reading a page, after which its row fails and the crawl goes on."""

import atexit
import signal
import threading

READ_SECONDS = 20.0  # CPU time to read a page, which takes milliseconds


class TooSlow(Exception):  # noqa: N818
    """Reading a page took longer than ``READ_SECONDS``."""


class _Deadline:
    """Raises ``TooSlow`` while it is entered for more than ``READ_SECONDS`` of CPU time.

    At most twice as long: one timer ticks for all pages. Only in the main thread on Unix.
    """

    period = 0.0
    _is_reading = _has_ticked = False

    def __enter__(self) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and self.period != READ_SECONDS and hasattr(signal, "setitimer"):
            signal.signal(signal.SIGVTALRM, self._tick)
            signal.setitimer(signal.ITIMER_VIRTUAL, READ_SECONDS, READ_SECONDS)
            atexit.register(signal.setitimer, signal.ITIMER_VIRTUAL, 0)  # a late tick would kill
            self.period = READ_SECONDS
        self._is_reading, self._has_ticked = is_main, False

    def __exit__(self, *error: object) -> None:
        self._is_reading = False

    def _tick(self, *_: object) -> None:
        if self._is_reading and self._has_ticked:
            raise TooSlow(f"reading took longer than {READ_SECONDS:g} s")
        self._has_ticked = True


deadline = _Deadline()
