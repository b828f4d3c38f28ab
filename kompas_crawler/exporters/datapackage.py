"""The data package beside an export: its contents, checksum, coverage and citation.

A Frictionless Data Package (specs.frictionlessdata.io) with properties of our own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.archive.schema import HEAD
from kompas_crawler.exporters.files import WholeFile, write_text
from kompas_crawler.exporters.formats import Job, Target
from kompas_crawler.exporters.record import kind_of
from kompas_crawler.items import Kind, declared, instant
from kompas_crawler.log.terminal import counted
from kompas_crawler.site.sections import SECTIONS, spellings

SUFFIX = ".datapackage.json"
OLD_SUFFIX = ".manifest.json"  # of the first release
LICENCE = (
    "Texts, pictures and captions belong to Kompas.com and may be shared only with its "
    "permission. Ids, URLs, titles, dates, authors and hashes may be shared: --metadata-only."
)
METADATA_LICENCE = (
    "Facts about articles of Kompas.com, without their texts: these may be shared. "
    "The articles themselves belong to Kompas.com."
)
CHECKED = {".csv", ".jsonl", ".xlsx"}  # formats whose cells frictionless can check
NEVER_EMPTY = {"id", "url", "title", "published_at", "revision", "status", "target"}
TABLES = CHECKED | {".json", ".parquet"}  # formats with columns
_TYPES = {Kind.INSTANT: "datetime", Kind.NUMBER: "integer", Kind.FLAG: "boolean"}
_TOTALS = {"listed": "known", "gone_before_stored": "gone"} | {
    name: name for name in ("stored", "failed", "waiting", "skipped")
}


@dataclass(kw_only=True, slots=True)
class Tally:
    """Counts of a file; times as exported, ISO 8601 with +07:00."""

    rows: int = 0
    first_published_at: str | None = None
    last_published_at: str | None = None
    cells_cut: int = 0
    duplicates_left_out: int = 0
    uncaptured: int = 0

    def note(self, published_at: str | None) -> None:
        """Count one row; times with one offset sort as texts."""
        self.rows += 1
        if published_at is not None:
            self.first_published_at = min(self.first_published_at or published_at, published_at)
            self.last_published_at = max(self.last_published_at or published_at, published_at)


def coverage(connection: Connection, filters: Filters, now: datetime | None) -> dict[str, Any]:
    """Return what is known of the days and sections in *filters*, whatever the other filters.

    ``now`` is as in ``gaps.find``. A day is proven when its index was read completely. Names
    of which none is a section in URLs select all. With ``as_of``, later readings prove nothing.
    """
    found = gaps.of_days(connection, filters, now)
    listed, stored = found.by_day("known"), found.by_day("stored")
    proven = found.proven_days(filters.section)
    spans = [
        {"section": span.section, "since": instant(span.since), "until": instant(span.until)}
        for span in found.unread_spans
    ]
    doubts = [{"day": f"{one.day}", "site": one.site, "why": one.why} for one in found.unread_days]
    return {
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
        "sections": sorted(spellings(filters.section) & SECTIONS.keys()) or ["all"],
        "last_checked_at": instant(found.last_run_at),
        **{
            name: sum(getattr(each, count) for each in found.days)
            for name, count in _TOTALS.items()
        },
        "gaps": spans,
        "unread_lists": len(found.unread_lists),
        "days_in_doubt": doubts,
        "days": [
            {"day": f"{d}", "listed": listed[d], "stored": stored[d], "is_proven": d in proven}
            for d in sorted(listed.keys() | proven)
        ],
    }


def about(tally: Tally, *, job: Job, now: datetime, covered: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a file with these rows, once they are written."""
    program = f"kompas-crawler {version('kompas-crawler')}"
    created = instant(now) or ""
    title = f"Kompas.com, {counted(tally.rows, job.kind)}"
    if tally.first_published_at and tally.last_published_at:
        title += f" published {tally.first_published_at[:10]} to {tally.last_published_at[:10]}"
    if job.filters.as_of:
        title += f", as of {instant(job.filters.as_of)}"
    return {
        "title": title,
        "created": created,
        "software": program,
        "citation": f"{title}; archived with {program}, exported {created[:10]}",
        "filters": {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(job.filters).items()
            if value not in (None, ())
        },
        "coverage": covered,
    }


def datapackage(
    file: WholeFile, tally: Tally, about: Mapping[str, Any], job: Job, target: Target
) -> dict[str, Any]:
    name = re.sub(r"[^a-z0-9._-]+", "-", file.path.name.lower())
    resource = {
        "name": name,
        "type": "file",
        "path": file.path.name,
        "format": target.suffix[1:],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        **({"compression": "gz"} if target.is_gzip else {}),
    }
    has_table = tally.rows or target.suffix != ".jsonl"  # an empty one has none
    # To frictionless a row of empty cells is an error.
    if target.suffix in CHECKED and has_table and NEVER_EMPTY.intersection(job.fields):
        resource |= {"type": "table", "profile": "tabular-data-resource", "encoding": "utf-8"}
    if target.suffix in TABLES:
        known = {} if job.kind == "link" else declared()  # a link has columns of the same names
        resource["schema"] = {"fields": [_column(one, target.suffix, known) for one in job.fields]}
    return {
        "profile": "data-package",
        "name": name,
        **about,
        "citation": f"{about['citation']}; SHA-256 {file.sha256}",
        "sources": [{"title": "Kompas.com", "path": "https://www.kompas.com"}],
        "licenses": [
            {"name": "notspecified", "title": METADATA_LICENCE}
            if job.is_metadata or job.kind == "link"
            else {"name": "other-closed", "title": LICENCE}
        ],
        "resources": [resource],
        "archive_schema": HEAD,
        "columns": list(job.fields),
        f"{job.kind}s": tally.rows,
        **{name: count for name, count in asdict(tally).items() if name != "rows"},
    }


def _column(name: str, suffix: str, known: Mapping[str, Any]) -> dict[str, str]:
    kind = kind_of(name)
    column = {"name": name, "type": _TYPES.get(kind, "string")}
    if kind in (Kind.NAMES, Kind.PARTS) and suffix in (".json", ".jsonl", ".parquet"):
        column["type"] = "array"
    if kind is Kind.INSTANT and suffix in (".csv", ".json", ".jsonl"):
        column["format"] = "%Y-%m-%dT%H:%M:%S%z"
    if name in known:
        column["description"] = known[name]["about"]
    return column


def write(path: Path, made: Mapping[str, Any]) -> None:
    """Write the data package *made* beside the file at *path*, atomically."""
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    write_text(path.with_name(path.name + SUFFIX), text)
    path.with_name(path.name + OLD_SUFFIX).unlink(missing_ok=True)  # of a file that is replaced
