"""How a crawl can end, the number the shell sees, and the errors that carry one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of ``scrapy crawl``."""

    DONE = 0
    ERROR = 1  # an unexpected error
    USAGE = 2
    DISK_FULL = 3
    CONFIGURATION = 4  # or a database schema that does not fit
    RUNNING = 5  # another crawl holds the archive
    DATABASE = 6  # unavailable
    UNREACHABLE = 8  # no host may or can be crawled
    BLOCKED = 9  # rate limited or refused
    QUALITY = 10
    STOPPED = 11  # at a time or page limit, resumable
    INTERRUPTED = 12


class CrawlError(Exception):
    """An end that is explained in one line; ``code`` is what the shell sees."""

    code = Exit.ERROR


class UsageProblem(CrawlError):  # noqa: N818 - it is what the user is told
    """An argument is wrong or unknown."""

    code = Exit.USAGE


class DiskFull(CrawlError):  # noqa: N818
    """The disk, or the room the database may take, is used up."""

    code = Exit.DISK_FULL


class ConfigurationProblem(CrawlError):  # noqa: N818
    """A setting is wrong, or the database's schema does not fit this version."""

    code = Exit.CONFIGURATION


class AlreadyRunning(CrawlError):  # noqa: N818
    """Another crawl is at work on the same archive."""

    code = Exit.RUNNING


class DatabaseUnavailable(CrawlError):  # noqa: N818
    """The database does not answer."""

    code = Exit.DATABASE
