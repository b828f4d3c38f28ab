"""Run one export: from one read transaction to one file."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection

from kompas_crawler.archive.read import export, links, lookup, similar, unmatched
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import captures
from kompas_crawler.exporters import datapackage
from kompas_crawler.exporters.datapackage import Tally
from kompas_crawler.exporters.files import NothingMatched, whole_file
from kompas_crawler.exporters.formats import Job, Target
from kompas_crawler.exporters.record import cells, record
from kompas_crawler.items import StoredArticle, instant, marked
from kompas_crawler.log.bar import shown

METADATA = marked("is_metadata")  # what may be shared: facts about an article, without its text

Written: TypeAlias = dict[Path, dict[str, Any]]  # the data packages of the files written so far
EDGE_FIELDS = links.Edge._fields  # the columns of a link in CSV
VERSION_FIELDS = ("replaced_at", "change", "reason")
"""The columns that ``--revisions`` adds, absent in the current version."""


def run(connection: Connection, job: Job, target: Target, now: datetime, written: Written) -> Tally:
    """Write the file and its data package; return the tally of its rows.

    Adds the data package, without the coverage, to *written*, by the file's path. Raises
    ``CrawlError`` if there is no row; a former file then stays.
    """
    write = target.write
    tally = datapackage.Tally()
    ids = export.matching_ids(connection, job.filters)
    tally.duplicates_left_out = export.duplicates_left_out(connection, job.filters)
    rows: Iterable[dict[str, Any]]
    if job.kind == "link":
        rows = _links(connection, ids, job, tally, with_nodes=target.suffix == ".graphml")
    else:
        articles = export.articles(connection, ids, job.filters.as_of)
        row = cells if target.suffix == ".csv" else record
        rows = _versions(connection, articles) if job.kind == "version" else map(row, articles)
        if target.suffix == ".wacz":
            rows = _captured(connection, rows, job, tally)
        rows = shown((_counted(row, tally) for row in rows), target.path.name, len(ids))
    known = datapackage.coverage(connection, job.filters, job.gaps_at)
    about = partial(datapackage.about, tally, job=job, now=now, covered=known)
    with whole_file(target.path, is_gzip=target.is_gzip) as whole:
        tally.cells_cut = write(rows, whole.file, job.fields, about) or 0
        if not (tally.rows or job.allow_empty):
            raise NothingMatched(_why(connection, job, len(ids)), target.path)
    made = datapackage.datapackage(whole, tally, about(), job, target)
    written[target.path] = {name: made[name] for name in made if name != "coverage"}
    datapackage.write(target.path, made)
    return tally


def _why(connection: Connection, job: Job, matched: int) -> str:
    if not matched:
        return unmatched.why(connection, job.filters)
    lacking = "links" if job.kind == "link" else "captures that can be read (KOMPAS_WARC_DIR)"
    return f"none of the articles that match ({matched}) has {lacking}"


def _counted(row: dict[str, Any], tally: Tally, date: str = "published_at") -> dict[str, Any]:
    tally.note(row[date])
    return row


def _versions(connection: Connection, found: Iterator[StoredArticle]) -> Iterator[dict[str, Any]]:
    for part in chunks(found, export.CHUNK):
        former = lookup.previous_versions(connection, part)
        for article in part:
            for version, change, reason, at in former[article.id]:
                values = (instant(at), change, reason)
                yield record(version) | dict(zip(VERSION_FIELDS, values, strict=True))
            yield record(article) | dict.fromkeys(VERSION_FIELDS)


def _captured(
    connection: Connection, rows: Iterable[dict[str, Any]], job: Job, tally: Tally
) -> Iterator[dict[str, Any]]:
    """Add to *rows* the captured page and its records; leave out and count those without."""
    from kompas_crawler.exporters.wacz_file import captured
    from kompas_crawler.warc.lookup import file_of

    for part in chunks(rows, export.CHUNK):
        stored = captures.of_articles(connection, [row["id"] for row in part])
        for row in part:
            capture = stored.get(row["id"])
            path = file_of(capture.file, job.warc_dir) if capture else None
            found = captured(path, capture.offset) if capture and path else {}
            if found:
                yield row | found
            else:
                tally.uncaptured += 1


def _links(
    connection: Connection, ids: Sequence[int], job: Job, tally: Tally, *, with_nodes: bool
) -> Iterator[dict[str, Any]]:
    if with_nodes:
        for node in links.nodes(connection, ids, job.filters):
            row = node._asdict()
            yield row | {"id": row.pop("key"), "published_at": instant(node.published_at)}
        for source, target, share in similar.pairs(connection, ids, job.filters):
            yield {"source": source, "target": target, "kind": "similar", "share": round(share, 4)}
    for edge in links.edges(connection, ids):
        row = edge._asdict() | {
            "kind": "link",
            "source_published_at": instant(edge.source_published_at),
            "target_published_at": instant(edge.target_published_at),
        }
        yield _counted(row, tally, "source_published_at")
