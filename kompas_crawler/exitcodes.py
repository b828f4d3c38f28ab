"""How a crawl can end, the number the shell sees, and the errors that carry one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of ``scrapy crawl``."""

    DONE = 0  # also with nothing new, or with under 5 % of what it still owes failed
    ERROR = 1  # an unexpected error; the log has it
    USAGE = 2  # a wrong argument or option
    DISK_FULL = 3  # or the room that the database may take is used up
    CONFIGURATION = 4  # a wrong setting, or a database schema that does not fit
    RUNNING = 5  # another crawl is at work on this archive
    DATABASE = 6  # it does not answer, is damaged, or its file is gone
    UNREACHABLE = 8  # no host may or can be crawled: robots.txt, or the network
    BLOCKED = 9  # rate limited or refused: ask Kompas for permission
    QUALITY = 10  # pages failed or are owed, no list had a link, fields lack, a monitor failed
    STOPPED = 11  # at a limit of time or pages; the same command goes on
    INTERRUPTED = 12  # by a signal; the same command goes on


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
