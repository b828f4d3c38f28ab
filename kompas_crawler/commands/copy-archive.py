"""``scrapy copy-archive URL``: move the archive between SQLite and PostgreSQL."""

import argparse
import sys

from kompas_crawler.archive import transfer
from kompas_crawler.archive.database import database_url
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import ConfigurationProblem, Exit, UsageProblem
from kompas_crawler.log.terminal import safe
from kompas_crawler.project import project_dir


class Command(ReaderCommand):
    """Copy the archive to another database, SQLite or PostgreSQL.

    Copy the archive to an empty database or a new file, and compare both by counts and digests. No
    crawl may run meanwhile. After an interruption, run the same command again to continue. Jobs of
    a fleet are not copied. Example: scrapy copy-archive postgresql+psycopg://user@host/name
    """

    usage = "[options] <URL of the new database>"

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        example = "one database, such as: scrapy copy-archive sqlite:///data/copy.db"
        name = self.take_one(args, example)
        try:
            url = database_url(name, project_dir())
        except ConfigurationProblem as error:
            wrong = str(error).replace("KOMPAS_DATABASE_URL", "the new database")
            raise UsageProblem(wrong) from None
        with self.open() as reader:
            lock = ArchiveLock(reader.engine)
            try:
                if url.set(query={}) == reader.url.set(query={}):
                    raise UsageProblem("this is the archive itself; name another database")
                lock.acquire()
                with reader.snapshot() as source:
                    rows = transfer.move(source, url)
            except KeyboardInterrupt:
                sys.stderr.write("interrupted; run the same command again to continue\n")
                return Exit.INTERRUPTED
            finally:
                lock.release()
        where = safe(url.render_as_string(hide_password=True))
        print(f"copied {rows['articles']:,} articles, {sum(rows.values()):,} rows of all tables")
        print("counts and SHA-256 digests of all tables are equal")
        print(f"to use the copy, set KOMPAS_DATABASE_URL to {where}")
        return Exit.DONE
