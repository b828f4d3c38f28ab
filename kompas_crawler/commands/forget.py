"""``scrapy forget KEY_OR_URL``: remove an article permanently, on request."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, explaining, opened
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.archive.read import doctor, lookup
from kompas_crawler.archive.read.lookup import NotStored
from kompas_crawler.archive.store import exports, forget
from kompas_crawler.archive.store.exports import RecordedExport
from kompas_crawler.archive.store.forget import Trace
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import DatabaseUnavailable
from kompas_crawler.exporters.find import exports_of, unfinished_sheets
from kompas_crawler.log.terminal import counted, safe
from kompas_crawler.project import project_dir
from kompas_crawler.warc.lookup import files_with


class Command(ReaderCommand):
    """Remove one article permanently, on request.

    Remove an article's text, revisions, people, tags, pictures and links, and name the exports
    that still contain it. No crawl fetches it again. This cannot be undone.
    Example: scrapy forget 20220122-093100670 --dry-run
    """

    usage = "[options] <key or address>"

    options = {"--dry-run": "print what would be removed, without removing it"}

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        name = self.take_article(args)
        now = self.now()
        url = database_url(self.settings["KOMPAS_DATABASE_URL"], project_dir())
        with opened(url, must_exist=True, read_only=opts.dry_run) as engine, explaining(url):
            lock = ArchiveLock(engine)
            try:
                if not opts.dry_run:
                    lock.acquire()
                with engine.connect() as connection:
                    schema.check(connection)
                    key = lookup.key_of(connection, name)
                    found = forget.trace(connection, key)
                    is_absent = found.article_id is None
                    was_forgotten = is_absent and key in forget.forgotten_keys(connection)
                    is_nothing = was_forgotten or (is_absent and not found.is_known)
                    why_not = lookup.why_not(connection, key) if is_nothing else ""
                    recorded = exports.recorded(connection)
                if was_forgotten and not opts.dry_run:
                    _erase(engine)  # the earlier run may have been interrupted
                if is_nothing:
                    raise NotStored(why_not)
                if not opts.dry_run:
                    forget.forget(engine, found, now)
                try:
                    self._say(found, url, recorded, is_dry=opts.dry_run)
                finally:  # also if the reader of a pipe has left
                    if not opts.dry_run:
                        _erase(engine)
            finally:
                lock.release()

    def _say(self, found: Trace, url: URL, recorded: list[RecordedExport], *, is_dry: bool) -> None:
        for line in _report(found, is_dry=is_dry):
            print(safe(line))
        print("reports and backups made before may contain it: make new ones and delete those")
        folders = {project_dir() / "data"}
        if file := doctor.file_of(url):
            folders.add(file.parent)
        below = " and ".join(map(str, sorted(folders)))
        others = counted(len(recorded), "recorded file")
        print(safe(f"searched for exports below {below}, and {others}"))
        for export in [*unfinished_sheets(), *exports_of(found.key, sorted(folders), recorded)]:
            where = f"{export.host}:{export.path}" if export.host else export.path
            print(safe(f"an export {export.contains.value}: {where}"))
        if warc_dir := self.settings["KOMPAS_WARC_DIR"]:
            for path in files_with({found.key, *found.short}, project_dir() / warc_dir):
                print(safe(f"a WARC file contains its page: {path}"))
        elif found.warc_file:
            print(safe(f"a WARC file contains its page, unless it was moved: {found.warc_file}"))


def _erase(engine: Engine) -> None:
    """Overwrite the removed text in the database file; print a line if that takes long."""
    if (file := doctor.file_of(engine.url)) and file.stat().st_size > doctor.LARGE:
        with suppress(BrokenPipeError):  # the reader of a pipe has left
            print("rewriting the archive, to erase the text from its file", flush=True)
    try:
        forget.erase(engine)
    except (KeyboardInterrupt, DatabaseUnavailable, DBAPIError):
        line = "it is forgotten, but the file still contains its text; to erase it, forget it again"
        sys.stderr.write(f"{line}\n")
        raise


def _report(found: Trace, *, is_dry: bool) -> Iterator[str]:
    done = "would forget" if is_dry else "forgot"
    if found.article_id is None:
        yield f"{done} {found.key}, which was not stored; no crawl will fetch it"
        return
    parts = ", ".join(counted(count, name) for name, count in found.parts.items())
    yield f"{done} {found.key} ({found.url}): its text, {parts}"
    if found.same_text:
        yield f"the same text, or a part of it, is still stored as: {', '.join(found.same_text)}"
    if found.links_in:
        stay = "stays" if found.links_in == 1 else "stay"
        yield f"{counted(found.links_in, 'link')} of other articles to it {stay}, without its title"
