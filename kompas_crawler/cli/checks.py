"""The checks of ``scrapy doctor``: each yields findings with advice."""

import os
import platform
import re
import shlex
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import metadata, version
from pathlib import Path
from typing import Any, NamedTuple

from scrapy.settings import BaseSettings
from sqlalchemy.engine import URL

from kompas_crawler import project
from kompas_crawler.archive.database import database_url
from kompas_crawler.archive.frontier.looks import parse_schedule
from kompas_crawler.archive.read import doctor
from kompas_crawler.clock import Clock
from kompas_crawler.crawl.fleet_share import lease_seconds
from kompas_crawler.crawl.settings_check import misspelt
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.fleet.units import scheduled
from kompas_crawler.monitoring.extension import Notify, is_on
from kompas_crawler.monitoring.ping import Ping
from kompas_crawler.polite.user_agent import user_agent

MEBIBYTE = 1 << 20
LITTLE_ROOM, NO_ROOM = 2048 * MEBIBYTE, 200 * MEBIBYTE
SKEW = timedelta(minutes=5)


class Level(StrEnum):
    """The result of a check; ``bad`` prevents a crawl."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


OK, WARN, BAD = Level


class Finding(NamedTuple):
    """The result of one check, with advice."""

    level: Level
    subject: str
    line: str
    advice: str = ""


def programs() -> Iterator[Finding]:
    names = [f"{name} {version(name)}" for name in ("kompas-crawler", "scrapy", "sqlalchemy")]
    yield Finding(OK, "program", f"{', '.join(names)}, Python {platform.python_version()}")


def values(settings: BaseSettings) -> Iterator[Finding]:
    """Invalid settings, and unknown ``KOMPAS_`` variables."""
    checked: dict[str, Callable[[Any], object]] = {
        "KOMPAS_NOW": Clock,
        "KOMPAS_MIRROR": mirror_url,
        "KOMPAS_REVISIT": parse_schedule,
        "KOMPAS_CONTACT": user_agent,
        "KOMPAS_PING_URL": Ping,
        "KOMPAS_NOTIFY": Notify,
        "KOMPAS_MONITORS": is_on,
        "KOMPAS_LEASE": lease_seconds,
        "KOMPAS_SCHEDULE": (lambda _: None) if project.missing("fleet") else scheduled,
    }
    is_valid = True
    for name, check in checked.items():
        try:
            check(settings[name])
        except ValueError as error:
            is_valid = False
            yield Finding(BAD, "settings", str(error))
    for name, advice in misspelt(os.environ):
        yield Finding(WARN, "settings", f"{name} is not a setting", advice)
    if is_valid:
        yield Finding(OK, "settings", "no invalid value was found")
    if settings["KOMPAS_NOW"]:
        yield Finding(WARN, "settings", "KOMPAS_NOW sets the clock", "it is only for tests")
    if settings["KOMPAS_MIRROR"]:
        line = f"crawls read the mirror {settings['KOMPAS_MIRROR']}, not the live site"
        yield Finding(WARN, "settings", line, "unset KOMPAS_MIRROR to read the live site")
    elif not re.search(r"\w\.\w", settings["KOMPAS_CONTACT"] or ""):
        advice = "set KOMPAS_CONTACT to an e-mail address or a web page"
        yield Finding(WARN, "contact", "the site cannot contact you", advice)
    yield from _in_file(project.environment_file())


def _in_file(path: Path) -> Iterator[Finding]:
    """The settings file: its names, and its permissions, as it may contain tokens."""
    found = project.in_file()
    for number in project.ignored_lines():
        line = f"{path}: line {number} is ignored"
        yield Finding(WARN, "settings", line, "write NAME=VALUE, a value with spaces in quotes")
    if used := sorted(filter(project.is_of_project, found)):
        over = [name for name in used if os.environ.get(name) != found[name]]
        line = f"{path} sets {', '.join(used)}"
        line += f"; the environment overrides {', '.join(over)}" if over else ""
        yield Finding(OK, "settings", line)
    for name in sorted(found.keys() - set(used)):
        line = f"{path}: {name} is ignored"
        yield Finding(WARN, "settings", line, "only KOMPAS_... and proxy variables are read")
    with suppress(OSError):  # missing or unreadable
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            line = f"other users of this machine may read {path}"
            yield Finding(WARN, "settings", line, f"chmod 600 {shlex.quote(str(path))}")


def database(settings: BaseSettings, *, is_full: bool = False) -> Iterator[Finding]:
    """The database, its schema and its disk; the integrity of its file, if large with *is_full*."""
    try:
        url = database_url(settings["KOMPAS_DATABASE_URL"], project.project_dir())
        path = doctor.file_of(url)
        yield _file(url, path, settings["KOMPAS_MIRROR"], is_full=is_full)
    except (CrawlError, OSError) as error:
        yield Finding(BAD, "database", str(error), "see KOMPAS_DATABASE_URL")
        return
    if path is not None:
        yield _file_system(path)
        yield _disk("disk", path.parent, path)
    if folder := settings["KOMPAS_WARC_DIR"]:
        yield _disk("WARC files", project.project_dir() / folder)


def _file(url: URL, path: Path | None, mirror: str | None, *, is_full: bool) -> Finding:
    if path is None or not path.exists():
        return Finding(OK, "database", doctor.describe(url, mirror))
    size, rest, advice = path.stat().st_size, "its integrity check passed", ""
    if size > doctor.LARGE and not is_full:
        rest = f"its {size / (1 << 30):.1f} GiB are not checked"
        advice = "to check them: scrapy doctor --full"
    elif found := doctor.damage(url):
        advice = (
            f"move it away, with {path.name}-wal and {path.name}-shm, and restore a backup; "
            f"or save what can be read: sqlite3 {path.name} .recover | sqlite3 new.db; "
            "or rebuild it from WARC files: scrapy crawl warc -a files='data/warc/*.warc.gz'"
        )
        return Finding(BAD, "database", f"{path} is damaged: {found}", advice)
    return Finding(OK, "database", f"{doctor.describe(url, mirror)}; {rest}", advice)


def _file_system(path: Path) -> Finding:
    kind = doctor.file_system(path)
    if kind not in doctor.NETWORK_DRIVES:
        return Finding(OK, "file system", kind or "unknown")
    line = f"{path.parent} is on a network drive ({kind}), where SQLite breaks"
    advice = "put the archive on a disk of this machine, or use PostgreSQL"
    return Finding(BAD, "file system", line, advice)


def _disk(subject: str, *paths: Path) -> Finding:
    """Whether *paths*, or the folders that they would be made in, are writable, and the space."""
    for path in map(doctor.existing_parent, paths):
        if not os.access(path, os.W_OK):
            return Finding(BAD, subject, f"{path} is not writable", "correct its permissions")
    free = doctor.free_bytes(paths[0])
    level, advice = OK, ""
    if free < NO_ROOM:
        level, advice = BAD, "free some: a crawl would end with exit 3"
    elif free < LITTLE_ROOM:
        level, advice = WARN, "a year of Kompas takes about 4 GiB, its WARC files 13 GiB"
    return Finding(level, subject, f"{free / (1 << 30):.1f} GiB free", advice)


def clock(settings: BaseSettings) -> Iterator[Finding]:
    """Compare the system clock with the last run."""
    now, last = datetime.now(UTC), None
    with suppress(CrawlError, OSError):  # reported by ``database``
        url = database_url(settings["KOMPAS_DATABASE_URL"], project.project_dir())
        _, last = doctor.starts(url) or (None, None)
    line, advice = f"{now:%Y-%m-%d %H:%M} UTC", ""
    if last is not None and not settings["KOMPAS_NOW"] and last > now + SKEW:
        line += f", before the last run began ({last:%Y-%m-%d %H:%M})"
        advice = "set the system clock: revisits and gaps depend on it"
    yield Finding(BAD if advice else OK, "clock", line, advice)


def extras() -> Iterator[Finding]:
    known = metadata("kompas-crawler").get_all("Provides-Extra") or []
    lacking = [extra for extra in known if project.missing(extra)]
    there = [extra for extra in known if extra not in lacking]
    line, advice = f"installed: {', '.join(there) or 'none'}", ""
    if lacking:
        line += f"; not installed: {', '.join(lacking)}"
        advice = f"if needed: {project.how_to_install(*lacking)}"
    yield Finding(OK, "extras", line, advice)
