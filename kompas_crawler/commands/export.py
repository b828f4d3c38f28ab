"""``scrapy export PATH``: write the archive to a file."""

import argparse
import gc
import sys
from dataclasses import replace
from datetime import UTC, datetime, time

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.database import explaining, opened
from kompas_crawler.archive.read import export as archive
from kompas_crawler.archive.read import unmatched
from kompas_crawler.archive.store import exports
from kompas_crawler.cli.reader_command import TOPIC, ReaderCommand, filters
from kompas_crawler.exitcodes import CrawlError, UsageProblem
from kompas_crawler.exporters import datapackage, formats, job
from kompas_crawler.exporters.datapackage import Tally
from kompas_crawler.exporters.files import NothingMatched
from kompas_crawler.exporters.formats import Job, Target
from kompas_crawler.exporters.job import EDGE_FIELDS, METADATA, VERSION_FIELDS, Written
from kompas_crawler.exporters.record import FIELDS
from kompas_crawler.log.terminal import counted, safe
from kompas_crawler.project import project_dir
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders import arguments as read

APART = [  # options of which one may be given
    ("fields", "metadata_only", "edges"),
    ("revisions", "metadata_only", "edges"),
    *(("as_of", name) for name in ("revisions", "edges", "stored_since", "split")),
]

WAIT_SECONDS = 10  # seconds to wait for the database lock when recording an export


class Command(ReaderCommand):
    """Write the archive to a .csv, .json, .jsonl, .parquet, .xlsx, .vert or .wacz file.

    Write the matching articles to PATH, ordered by id, in the format of its suffix, and a data
    package to PATH.datapackage.json: counts, coverage, citation.
    Example: scrapy export data/banjir.csv --tag banjir --since 2024-01-01
    """

    usage = "[options] <path>"

    options = TOPIC | {
        "--stored-since DATETIME": "new or changed since then (WIB if no zone)",
        "--with-duplicates": "include duplicates of other articles",
        "--as-of DATETIME": "the archive as it stood then (WIB if no zone)",
        "--allow-empty": "write the file even if no article matches; --stored-since implies it",
        "--fields A,B": "these fields, in this order",
        "--metadata-only": "only fields that may be shared: no texts",
        "--revisions": "every version, with the time it was replaced",
        "--edges": "export the Baca juga links: .graphml or .csv",
        "--split month": "one file per month: kompas-2024-01.csv ...",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        name = self.take_one(args, "one file to write, such as: scrapy export data/kompas.csv")
        now = self.now()
        warc_dir = project_dir() / self.settings["KOMPAS_WARC_DIR"]
        gaps_at = now if self.settings["KOMPAS_NOW"] else None
        wanted = replace(_job(opts, now), warc_dir=warc_dir, gaps_at=gaps_at)
        target = _target(name, wanted)
        _ = target.write  # check that the required package is installed
        written: Written = {}
        with self.open() as reader:
            gc.freeze()  # full collections would take a quarter of the time
            gc.set_threshold(50_000)
            try:
                with reader.snapshot() as connection:
                    if opts.split:
                        tally, where = _by_month(connection, wanted, target, now, written)
                    else:
                        tally = job.run(connection, wanted, target, now, written)
                        where = str(target.path)
                    if unknown := unmatched.unknown(connection, wanted.filters):
                        sys.stderr.write(f"{unknown}\n")
                    print(_closing(tally, wanted, where))
            finally:
                gc.unfreeze()
                _record(reader.url, written, now)


def _record(url: URL, written: Written, now: datetime) -> None:
    if not written:
        return
    try:
        options = {"must_exist": True, "wait": WAIT_SECONDS}
        with opened(url, **options) as engine, explaining(url), engine.begin() as connection:
            exports.record(connection, written, now)
    except (CrawlError, DBAPIError, UnicodeError) as error:
        why = str(error).partition("\n")[0]
        sys.stderr.write(safe(f"scrapy forget will not find this export: {why}") + "\n")


def _job(opts: argparse.Namespace, now: datetime) -> Job:
    if opts.split not in (None, "month"):
        raise UsageProblem(f"--split supports only month, not {opts.split!r}")
    for group in APART:
        if len(asked := [name for name in group if getattr(opts, name)]) > 1:
            names = " and ".join(f"--{name.replace('_', '-')}" for name in asked)
            raise UsageProblem(f"{names} cannot be combined; choose one")
    since = _moment("stored-since", opts.stored_since, now)
    as_of = _moment("as-of", opts.as_of, now)
    more = {"query": opts.query, "with_duplicates": opts.with_duplicates}
    chosen = filters(opts, stored_since=since, as_of=as_of, **more)
    wanted = Job(filters=chosen, allow_empty=opts.allow_empty or bool(since))
    if opts.edges:
        return replace(wanted, fields=EDGE_FIELDS, kind="link")
    if opts.metadata_only:
        return replace(wanted, fields=METADATA, is_metadata=True)
    fields = _fields(opts.fields, FIELDS + VERSION_FIELDS * opts.revisions)
    return replace(wanted, fields=fields, kind="version" if opts.revisions else "article")


def _fields(values: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    names = read.names(*values)
    if unknown := [name for name in names if name not in known]:
        wrong = ", ".join(map(repr, unknown))
        raise UsageProblem(f"no field {wrong}; there are: {', '.join(known)}")
    return names or known


def _moment(name: str, text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        line = f"--{name}={text!r} is not a time; write it as 2024-01-31T09:00"
        raise UsageProblem(line) from None
    moment = moment.replace(tzinfo=WIB) if moment.tzinfo is None else moment
    if moment > now:
        raise UsageProblem(f"--{name}={text!r} is in the future; name a time that has passed")
    return max(moment, datetime.combine(read.EARLIEST, time(), UTC))


def _target(name: str, wanted: Job) -> Target:
    if wanted.kind == "link":
        return formats.target(name, formats.EDGES)
    if name.lower().endswith((".graphml", ".graphml.gz")):
        raise UsageProblem("a .graphml file contains links: add --edges")
    target = formats.target(name)
    if target.suffix == ".wacz" and (wanted.fields != FIELDS or wanted.filters.as_of):
        line = "leave out --fields, --metadata-only, --revisions and --as-of"
        raise UsageProblem(f"a .wacz file contains the newest pages, whole: {line}")
    if target.suffix == ".vert" and "body" not in wanted.fields:
        raise UsageProblem("a .vert file contains the text: add the field body")
    return target


def _by_month(
    connection: Connection, wanted: Job, target: Target, now: datetime, written: Written
) -> tuple[Tally, str]:
    whole = datapackage.Tally()
    files = 0
    for month, of_month in archive.months(connection, wanted.filters):
        if not archive.count(connection, of_month):
            continue
        part = target.of_month(month)
        monthly = replace(wanted, filters=of_month)
        try:
            tally = job.run(connection, monthly, part, now, written)
        except NothingMatched:  # without links or captures
            continue
        print(f"{part.path}: {counted(tally.rows, wanted.kind)}")
        whole.rows += tally.rows
        whole.cells_cut += tally.cells_cut
        whole.uncaptured += tally.uncaptured
        files += 1
    if not (files or wanted.allow_empty):
        raise CrawlError(unmatched.why(connection, wanted.filters))
    whole.duplicates_left_out = archive.duplicates_left_out(connection, wanted.filters)
    return whole, counted(files, "file")


def _closing(tally: Tally, wanted: Job, where: str) -> str:
    parts = [f"{counted(tally.rows, wanted.kind)} written to {where}"]
    if not wanted.filters.with_duplicates:
        parts.append(f"{counted(tally.duplicates_left_out, 'duplicate')} left out")
    if tally.uncaptured:
        parts.append(f"{tally.uncaptured} without a capture left out (KOMPAS_WARC_DIR)")
    if tally.cells_cut:
        parts.append(f"{counted(tally.cells_cut, 'cell')} cut to the limit of Excel")
    return "; ".join(parts)
