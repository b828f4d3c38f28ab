"""Run one export: from one read transaction to one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.read import export, links, similar
from kompas_crawler.exporters import manifest
from kompas_crawler.exporters.files import whole_file
from kompas_crawler.exporters.progress import shown
from kompas_crawler.exporters.record import FIELDS, record
from kompas_crawler.items import instant, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from kompas_crawler.archive.read.export import Filters
    from kompas_crawler.exporters.formats import Target
    from kompas_crawler.exporters.manifest import Tally

METADATA = marked("is_metadata")
"""The fields that may be shared: facts about an article, without its text."""

EDGE_FIELDS = (
    "source",
    "target",
    "position",
    "title",
    "url",
    "source_section",
    "source_published_at",
    "target_section",
    "target_published_at",
    "is_target_stored",
)
"""The columns of a link in CSV."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """The options of an export."""

    filters: Filters
    fields: Sequence[str] = FIELDS
    is_metadata: bool = False
    is_edges: bool = False

    @property
    def kind(self) -> str:
        """The kind of a row."""
        return "links" if self.is_edges else "articles"


def run(
    connection: Connection,
    job: Job,
    target: Target,
    now: datetime,
    written: dict[Path, dict[str, Any]],
) -> Tally:
    """Write the file and its manifest; return the tally of its rows.

    Adds the manifest to *written*, by the file's path.
    """
    write = target.write
    tally = manifest.Tally()
    ids = export.matching_ids(connection, job.filters)
    tally.duplicates_left_out = export.duplicates_left_out(connection, job.filters)
    if job.is_edges:
        rows = _links(connection, ids, job, tally, with_nodes=target.suffix == ".graphml")
    else:
        articles = (_counted(record(a), tally) for a in export.articles(connection, ids))
        rows = shown(articles, len(ids), target.path.name)
    with whole_file(target.path, is_gzip=target.is_gzip) as whole:
        tally.cells_cut = write(rows, whole.file, job.fields)
    made = manifest.manifest(
        whole,
        tally,
        filters=job.filters,
        columns=job.fields,
        kind=job.kind,
        is_metadata=job.is_metadata or job.is_edges,
        now=now,
    )
    written[target.path] = made
    manifest.write(target.path, made)
    return tally


def _counted(row: dict[str, Any], tally: Tally, date: str = "published_at") -> dict[str, Any]:
    tally.note(row[date])
    return row


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
