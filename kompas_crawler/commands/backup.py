"""``scrapy backup PATH``: write a verified copy of the archive, also during a crawl."""

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from kompas_crawler.archive import schema, transfer
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.read import doctor
from kompas_crawler.archive.read.export import Filters, count
from kompas_crawler.archive.transfer import copy_into
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import (
    ConfigurationProblem,
    DatabaseUnavailable,
    DiskFull,
    UsageProblem,
)
from kompas_crawler.exporters.files import whole_file
from kompas_crawler.log.bar import bar
from kompas_crawler.log.terminal import counted
from kompas_crawler.project import project_dir


class Command(ReaderCommand):
    """Write a verified copy of the archive to a file, also during a crawl.

    Write the archive as it is now to PATH, an SQLite file, also from PostgreSQL, and check the
    file. It is an archive itself: KOMPAS_DATABASE_URL=sqlite:///PATH reads it. An earlier backup
    is replaced at the end. Example: scrapy backup /mnt/backup/kompas.db
    """

    usage = "[options] <path>"

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        name = self.take_one(args, "one file to write, such as: scrapy backup kompas-backup.db")
        url = database_url(self.settings["KOMPAS_DATABASE_URL"], project_dir())
        path = Path(name).absolute()
        _refuse_loss(path, url)
        with whole_file(path) as whole:
            if url.get_backend_name() == "sqlite":
                articles = _copy(url, whole.temporary)
            else:
                with self.reading() as source:
                    transfer.move(source, _sqlite(whole.temporary))
                with closing(sqlite3.connect(whole.temporary)) as connection:
                    connection.execute("pragma journal_mode = delete")  # one file, without a log
                articles = _verify(whole.temporary)
        for end in ("-wal", "-shm"):  # the log of the file that was replaced
            Path(f"{path}{end}").unlink(missing_ok=True)
        written = f"written to {path} ({whole.size / (1 << 20):,.1f} MiB)"
        print(f"backup of {counted(articles, 'article')} {written}; its check passed")


def _sqlite(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))  # a path may have ? and %


def _refuse_loss(path: Path, url: URL) -> None:
    """Raise ``UsageProblem`` if *path* is the archive, another's backup, or of another kind."""
    if path.is_dir():
        raise UsageProblem(f"{path} is a folder; name a file in it")
    if not path.exists():
        return
    if (archive := doctor.file_of(url)) and archive.exists() and path.samefile(archive):
        raise UsageProblem(f"{path} is the archive itself; name another file")
    try:
        found = doctor.starts(_sqlite(path))
    except ConfigurationProblem:  # no SQLite file, or that of another program
        found = None
    except DatabaseUnavailable:  # a damaged backup may be replaced
        return
    if found is None:
        raise UsageProblem(f"{path} is not an earlier backup and stays; name another file")
    if found[0] and found[0] != (doctor.starts(url) or [None])[0]:
        raise UsageProblem(f"{path} is a backup of another archive and stays; name another file")


def _copy(url: URL, path: Path) -> int:
    """Copy an SQLite archive and check the copy; return its number of articles."""
    open_engine(url, must_exist=True).dispose()
    try:
        with bar("copying", size := Path(str(url.database)).stat().st_size) as show:
            copy_into(url, path, lambda: show(path.stat().st_size))
        return _verify(path)
    except (DatabaseUnavailable, DiskFull) as error:
        is_full = isinstance(error, DiskFull) and doctor.free_bytes(path) < size
        if not is_full and (found := doctor.damage(url)):  # else a copy without end fills a disk
            line = f"the archive is damaged ({found}); how to repair it: scrapy doctor --full"
            raise DatabaseUnavailable(line) from None
        raise


def _verify(path: Path) -> int:
    url = _sqlite(path)
    if found := doctor.damage(url):
        raise DatabaseUnavailable(f"the copy is damaged ({found}) and was deleted")
    with doctor.reading(url) as connection:
        if schema.current(connection) is None:
            raise ConfigurationProblem("there is no archive yet")
        return count(connection, Filters(with_duplicates=True))
