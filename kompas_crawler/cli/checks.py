"""The checks of ``scrapy doctor``: each yields findings with advice."""

import os
import platform
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from scrapy.settings import BaseSettings
from sqlalchemy.engine import URL

from kompas_crawler import project
from kompas_crawler import settings as known_settings
from kompas_crawler.archive.database import database_url
from kompas_crawler.archive.frontier.looks import parse_schedule
from kompas_crawler.archive.read import doctor
from kompas_crawler.cli import robots_check
from kompas_crawler.clock import Clock
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.polite.user_agent import user_agent

MEBIBYTE = 1 << 20
LITTLE_ROOM, NO_ROOM = 2048 * MEBIBYTE, 200 * MEBIBYTE
LARGE = 128 * MEBIBYTE  # bytes of a database that only ``--full`` checks
SKEW = timedelta(minutes=5)
OTHER_NAMES = {"KOMPAS_REAL_PAGES", "KOMPAS_UNLOCKED"}
"""Variables of the tests and of ``tools/venv.sh``, not settings."""
EXTRAS = {
    "postgres": "psycopg",
    "parquet": "pyarrow",
    "excel": "xlsxwriter",
    "report": "matplotlib",
    "browse": "datasette",
    "warc": "warcio",
    "notify": "apprise",
    "fleet": "procrastinate",
}


class Level(StrEnum):
    """The result of a check; ``bad`` prevents a crawl."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Finding(NamedTuple):
    """The result of one check, with advice."""

    level: Level
    subject: str
    line: str
    advice: str = ""


def programs() -> Iterator[Finding]:
    names = [f"{name} {version(name)}" for name in ("kompas-crawler", "scrapy", "sqlalchemy")]
    yield Finding(Level.OK, "program", f"{', '.join(names)}, Python {platform.python_version()}")


def values(settings: BaseSettings) -> Iterator[Finding]:
    """Invalid settings, and unknown ``KOMPAS_`` variables."""
    are_valid = True
    for check, name in (
        (Clock, "KOMPAS_NOW"),
        (mirror_url, "KOMPAS_MIRROR"),
        (parse_schedule, "KOMPAS_REVISIT"),
        (user_agent, "KOMPAS_CONTACT"),
    ):
        try:
            check(settings[name])
        except ValueError as error:
            are_valid = False
            yield Finding(Level.BAD, "settings", str(error))
    known = {name for name in dir(known_settings) if name.startswith("KOMPAS_")} | OTHER_NAMES
    for name in sorted(os.environ):
        if name.startswith("KOMPAS_") and name not in known:
            near = get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else "it has no effect"
            yield Finding(Level.WARN, "settings", f"{name} is not a setting", advice)
    if are_valid:
        yield Finding(Level.OK, "settings", "all are valid")
    if settings["KOMPAS_NOW"]:
        yield Finding(Level.WARN, "settings", "KOMPAS_NOW sets the clock", "it is only for tests")
    if settings["KOMPAS_MIRROR"]:
        line = f"crawls read the mirror {settings['KOMPAS_MIRROR']}, not the live site"
        yield Finding(Level.WARN, "settings", line, "unset KOMPAS_MIRROR to read the live site")
    elif not settings["KOMPAS_CONTACT"]:
        advice = "set KOMPAS_CONTACT to an e-mail address or a web page"
        yield Finding(Level.WARN, "contact", "the site cannot contact you", advice)
    yield from _in_file(project.environment_file())


def _in_file(path: Path) -> Iterator[Finding]:
    """The settings file: its names, and its permissions, as it may contain tokens."""
    found = project.in_file()
    if used := sorted(filter(project.is_of_project, found)):
        over = [name for name in used if os.environ.get(name) != found[name]]
        line = f"{path} sets {', '.join(used)}"
        line += f"; the environment overrides {', '.join(over)}" if over else ""
        yield Finding(Level.OK, "settings", line)
    for name in sorted(found.keys() - set(used)):
        line = f"{path}: {name} is ignored"
        yield Finding(Level.WARN, "settings", line, "only KOMPAS_... and proxy variables are read")
    with suppress(OSError):  # missing or unreadable
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            line = f"other users of this machine may read {path}"
            yield Finding(Level.WARN, "settings", line, f"chmod 600 {shlex.quote(str(path))}")


def database(settings: BaseSettings, *, is_full: bool = False) -> Iterator[Finding]:
    """The database, its schema and its disk; the integrity of its file, if large with *is_full*."""
    try:
        url = database_url(settings["KOMPAS_DATABASE_URL"], project.project_dir())
        path = doctor.file_of(url)
        if path is None or not path.exists():
            yield Finding(Level.OK, "database", doctor.describe(url))
        else:
            yield from _file(url, path, is_full)
    except CrawlError as error:
        yield Finding(Level.BAD, "database", str(error), "see KOMPAS_DATABASE_URL")
        return
    if path is not None:
        yield from _disk(path)


def _file(url: URL, path: Path, is_full: bool) -> Iterator[Finding]:
    size = path.stat().st_size
    if size > LARGE and not is_full:
        line = f"{doctor.describe(url)}; its {size / (1 << 30):.1f} GiB are not checked"
        yield Finding(Level.OK, "database", line, "to check them: scrapy doctor --full")
        return
    found = doctor.damage(url)
    if found is None:
        yield Finding(Level.OK, "database", f"{doctor.describe(url)}; its integrity check passed")
    else:
        advice = (
            f"move it away, with {path.name}-wal and {path.name}-shm, and restore a backup; "
            f"or save what can be read: sqlite3 {path.name} .recover | sqlite3 new.db; "
            "or rebuild it from WARC files: scrapy crawl warc -a files='data/warc/*.warc.gz'"
        )
        yield Finding(Level.BAD, "database", f"{path} is damaged: {found}", advice)


def _disk(path: Path) -> Iterator[Finding]:
    kind = doctor.file_system(path)
    if kind in doctor.NETWORK_DRIVES:
        line = f"{path.parent} is on a network drive ({kind}), where SQLite breaks"
        advice = "put the archive on a disk of this machine, or use PostgreSQL"
        yield Finding(Level.BAD, "file system", line, advice)
    else:
        yield Finding(Level.OK, "file system", kind or "unknown")
    folder = doctor.existing_parent(path if path.exists() else path.parent)
    if not os.access(folder, os.W_OK):
        yield Finding(Level.BAD, "disk", f"{folder} is not writable", "correct its permissions")
        return
    free = doctor.free_bytes(path)
    level, advice = Level.OK, ""
    if free < NO_ROOM:
        level, advice = Level.BAD, "free some: a crawl would end with exit 3"
    elif free < LITTLE_ROOM:
        level, advice = Level.WARN, "a year of Kompas takes about 4 GiB"
    yield Finding(level, "disk", f"{free / (1 << 30):.1f} GiB free", advice)


def clock(settings: BaseSettings, site_time: datetime | None = None) -> Iterator[Finding]:
    """Compare the system clock with the last run and, if known, the site's clock."""
    now = datetime.now(UTC)
    advice = "set the system clock: revisits and gaps depend on it"
    try:
        url = database_url(settings["KOMPAS_DATABASE_URL"], project.project_dir())
        last = doctor.last_start(url)
    except CrawlError:
        last = None
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    level, line = Level.BAD, shown
    if site_time is not None and abs(now - site_time) > SKEW:
        line = f"{shown}, but the site's clock is {site_time:%Y-%m-%d %H:%M}"
    elif last is not None and not settings["KOMPAS_NOW"] and last > now + SKEW:
        line = f"{shown}, before the last run began ({last:%Y-%m-%d %H:%M})"
    else:
        level, advice = Level.OK, ""
    yield Finding(level, "clock", line, advice)


def robots(answer: robots_check.Answer) -> Iterator[Finding]:
    """The permissions of the live site's robots.txt."""
    level, status, advice = Level.OK, answer.status, ""
    if status is None or status == 429 or status >= 500:
        level, advice = Level.WARN, "a crawl waits until it is available"
        line = f"{robots_check.ROBOTS_URL} is unavailable ({answer.reason or f'status {status}'})"
    elif status in (401, 403):
        level, advice = Level.WARN, "ask Kompas.com for permission to crawl"
        line = f"the site refuses access (status {status})"
    elif status != 200:
        line = f"the site has none (status {status})"
    elif refused := robots_check.forbidden(answer.body):
        level, advice = Level.BAD, "ask Kompas.com for permission to crawl"
        line = f"the site disallows {', '.join(refused)}"
    else:
        line = "fronts and articles may be crawled"
    yield Finding(level, "robots.txt", line, advice)


def extras() -> Iterator[Finding]:
    there = [name for name, package in EXTRAS.items() if find_spec(package)]
    line, advice = f"installed: {', '.join(there) or 'none'}", ""
    if missing := [name for name in EXTRAS if name not in there]:
        line += f"; not installed: {', '.join(missing)}"
        advice = f"if needed: {project.how_to_install(*missing)}"
    yield Finding(Level.OK, "extras", line, advice)
