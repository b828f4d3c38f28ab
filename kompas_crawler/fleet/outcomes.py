"""What a crawl's exit code means for its job: done, queued again now or later, or failed."""

from dataclasses import dataclass

from kompas_crawler.exitcodes import Exit

MOST_FAILURES = 3
"""Failed attempts after which a job is not retried."""
_GIVEN_BACK = frozenset({Exit.STOPPED, Exit.INTERRUPTED})
_OF_THE_JOB = frozenset({Exit.USAGE, Exit.CONFIGURATION})
# Pauses after failures that the job did not cause: retried without a limit, doubled each time.
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
    """When to run a job again: after ``pause`` seconds, or never if ``None``.

    ``failures`` counts its failed attempts.
    """

    pause: float | None
    failures: int

    @property
    def is_failed(self) -> bool:
        return self.pause is None and self.failures > 0


def decide(code: int, *, failures: int, attempts: int) -> Decision:
    """Decide on a job whose crawl ended with *code*, from its earlier *failures* and *attempts*.

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
    if failures + 1 >= MOST_FAILURES:
        return Decision(None, failures + 1)
    return Decision(min(_FIRST_PAUSE * 4**failures, _LONGEST_PAUSE), failures + 1)
