"""Exit codes, and the exceptions that end a command with one."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of the system for a full disk, a full quota and a file of the greatest size."""


class Exit(IntEnum):
    """Exit codes of ``scrapy crawl``."""

    DONE = 0  # also with nothing new, or if under 5 % of the articles and lists failed
    ERROR = 1  # an unexpected error; see the log
    USAGE = 2  # a wrong argument or option
    DISK_FULL = 3  # the disk or the quota of the database is full
    CONFIGURATION = 4  # an invalid setting or an incompatible database schema
    RUNNING = 5  # another crawl is using this archive
    DATABASE = 6  # the database is unreachable, damaged or missing
    UNREACHABLE = 8  # no host can be crawled: robots.txt or the network prevents it
    BLOCKED = 9  # rate limited or refused; ask Kompas for permission
    QUALITY = 10  # failed or unread pages, lists without links, missing fields, a failed monitor
    STOPPED = 11  # a limit of time or pages was reached; run the same command again to continue
    INTERRUPTED = 12  # by a signal; run the same command again to continue


class CrawlError(Exception):
    """An error that ends a command with one line and the exit code ``code``, see ``Exit``."""

    code = Exit.ERROR


class UsageProblem(CrawlError, ValueError):  # noqa: N818
    """A wrong argument or option."""

    code = Exit.USAGE


class DiskFull(CrawlError):  # noqa: N818
    """The disk, a quota or the database has no space left."""

    code = Exit.DISK_FULL


class ConfigurationProblem(CrawlError, ValueError):  # noqa: N818
    """An invalid setting, a missing package, or a database that this program cannot use."""

    code = Exit.CONFIGURATION


class AlreadyRunning(CrawlError):  # noqa: N818
    """Another process holds the lock of the archive or of a folder."""

    code = Exit.RUNNING


class DatabaseUnavailable(CrawlError):  # noqa: N818
    """The database does not answer, or its file is damaged or missing."""

    code = Exit.DATABASE


@contextmanager
def writing(what: object, kind: type[CrawlError] = UsageProblem) -> Iterator[None]:
    """Raise the errors of writing *what* as ``DiskFull``, others as *kind*."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(f"no space left to write {what}; free some and start again") from None
        raise kind(f"cannot write {what}: {error.strerror or error}") from None
