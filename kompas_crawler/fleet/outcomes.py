"""What a crawl's exit code means for its job: done, queued again now or later, or failed."""

from procrastinate.jobs import Job
from sqlalchemy import Connection

from kompas_crawler.archive.fleet import jobs
from kompas_crawler.archive.fleet.pace import hold_all
from kompas_crawler.exitcodes import Exit

BLOCKED_SECONDS = 3600.0  # how long all workers send no request after the site refused one of them
MOST_FAILURES = 3  # failed attempts after which a job is not retried
# Pauses after ends that the job did not cause: retried without a limit, doubled each time.
_OF_THE_WORLD = {
    Exit.STOPPED: 0.0,
    Exit.INTERRUPTED: 0.0,
    Exit.RUNNING: 60.0,
    Exit.DATABASE: 30.0,
    Exit.DISK_FULL: 300.0,
    Exit.UNREACHABLE: 300.0,
    Exit.BLOCKED: 3600.0,
}
_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 6 * 3600.0


def decide(code: int, *, failures: int, attempts: int) -> tuple[float | None, int]:
    """Decide on a job whose crawl ended with *code*, from its earlier *failures* and *attempts*.

    Returns the seconds until it runs again, ``None`` for never, and its failures; a job that has
    failures and does not run again has failed.

    >>> decide(0, failures=1, attempts=1), decide(2, failures=0, attempts=0)
    ((None, 0), (None, 1))
    >>> decide(12, failures=0, attempts=7), decide(5, failures=0, attempts=0)
    ((0.0, 0), (60.0, 0))
    >>> [decide(1, failures=n, attempts=n) for n in range(3)]
    [(60.0, 1), (240.0, 2), (None, 3)]
    """
    if code == Exit.DONE:
        return None, 0
    if code in _OF_THE_WORLD:
        return min(_OF_THE_WORLD[Exit(code)] * 2 ** min(attempts, 4), _LONGEST_PAUSE), failures
    if code in (Exit.USAGE, Exit.CONFIGURATION) or failures + 1 >= MOST_FAILURES:
        return None, failures + 1
    return min(_FIRST_PAUSE * 4**failures, _LONGEST_PAUSE), failures + 1


def settle(connection: Connection, job: Job, code: int, reason: str) -> tuple[float | None, int]:
    """Record how an attempt of *job* ended; return what ``decide`` does.

    A job that would run again is done if another one of its name is queued.
    """
    assert job.id is not None
    assert job.lock is not None
    if code == Exit.BLOCKED:
        hold_all(connection, BLOCKED_SECONDS)
    before = jobs.failures(connection, job.id)
    pause, failures = decide(code, failures=before, attempts=job.attempts)
    if pause is not None and jobs.has_twin(connection, job.lock):
        pause, failures = None, 0
    if pause is None and not failures:
        jobs.forget_failed(connection, [job.lock], job.id)
    else:
        jobs.note_outcome(connection, job.id, code=code, reason=reason, failures=failures)
    return pause, failures
