"""What the end of a crawl means for its job: done, given back, again later, or failed."""

from __future__ import annotations

from dataclasses import dataclass

from kompas_crawler.exitcodes import Exit

MOST_FAILURES = 3
"""Attempts that may count against a job before it is left to a person."""
_GIVEN_BACK = frozenset({Exit.STOPPED, Exit.INTERRUPTED})
_OF_THE_JOB = frozenset({Exit.USAGE, Exit.CONFIGURATION})
# What is not the job's fault waits as long as it takes, the longer the more often it was begun.
_OF_THE_WORLD = {
    Exit.RUNNING: 60.0,
    Exit.DATABASE: 30.0,
    Exit.DISK_FULL: 300.0,
    Exit.UNREACHABLE: 300.0,
    Exit.BLOCKED: 3600.0,
}
_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a job: it is begun again after ``pause`` seconds, or with ``None`` never.

    ``failures`` is how many attempts count against it now.
    """

    pause: float | None
    failures: int

    @property
    def is_failed(self) -> bool:
        """Whether a person has to look at it."""
        return self.pause is None and self.failures > 0


def decide(code: int, *, failures: int, attempts: int) -> Decision:
    """What becomes of a job whose crawl ended with *code* after so many earlier attempts.

    >>> decide(0, failures=1, attempts=1)
    Decision(pause=None, failures=0)
    >>> decide(12, failures=0, attempts=7).pause, decide(5, failures=0, attempts=0).pause
    (0.0, 60.0)
    >>> [decide(1, failures=n, attempts=n).pause for n in range(3)]
    [60.0, 240.0, None]
    >>> decide(2, failures=0, attempts=0).is_failed
    True
    """
    if code == Exit.DONE:
        return Decision(None, 0)
    if code in _GIVEN_BACK:
        return Decision(0.0, failures)
    if code in _OF_THE_JOB:
        return Decision(None, failures + 1)
    if code in _OF_THE_WORLD:
        pause = _OF_THE_WORLD[Exit(code)] * 2 ** min(attempts, 4)
        return Decision(min(pause, _LONGEST_PAUSE), failures)
    # An error of ours, fields that are missing, or a process that was killed.
    if failures + 1 >= MOST_FAILURES:
        return Decision(None, failures + 1)
    return Decision(min(_FIRST_PAUSE * 4**failures, _LONGEST_PAUSE), failures + 1)
