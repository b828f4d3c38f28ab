"""The manifest beside an export: its contents, checksum and citation."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.schema import HEAD
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kompas_crawler.archive.read.export import Filters
    from kompas_crawler.exporters.files import WholeFile

SUFFIX = ".manifest.json"
LICENCE = (
    "Texts, pictures and captions belong to Kompas.com and may be shared only with its "
    "permission. Ids, URLs, titles, dates, authors and hashes may be shared: --metadata-only."
)
METADATA_LICENCE = (
    "Facts about articles of Kompas.com, without their texts: these may be shared. "
    "The articles themselves belong to Kompas.com."
)


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
        if published_at is None:
            return
        if self.first_published_at is None or published_at < self.first_published_at:
            self.first_published_at = published_at
        if self.last_published_at is None or published_at > self.last_published_at:
            self.last_published_at = published_at


def path_of(path: Path) -> Path:
    """The path of the manifest of *path*."""
    return path.with_name(path.name + SUFFIX)


def about(tally: Tally, *, kind: str, now: datetime) -> dict[str, Any]:
    """What a file with these rows may say about itself, once they are written."""
    program = f"kompas-crawler {version('kompas-crawler')}"
    created = now.astimezone(WIB).isoformat(timespec="seconds")
    period = f"{(tally.first_published_at or '')[:10]} to {(tally.last_published_at or '')[:10]}"
    title = f"Kompas.com, {tally.rows} {kind} published {period}"
    citation = f"{title}; archived with {program}, exported {created[:10]}"
    return {"title": title, "created": created, "software": program, "citation": citation}


def manifest(
    file: WholeFile,
    tally: Tally,
    about: Mapping[str, Any],
    *,
    filters: Filters,
    columns: Sequence[str],
    kind: str,
    is_metadata: bool,
) -> dict[str, Any]:
    """The manifest of an exported *file* with rows of ``kind``."""
    return {
        "file": file.path.name,
        "bytes": file.size,
        "sha256": file.sha256,
        "created_at": about["created"],
        "program": about["software"],
        "schema": HEAD,
        kind: tally.rows,
        "duplicates_left_out": tally.duplicates_left_out,
        "cells_cut": tally.cells_cut,
        "first_published_at": tally.first_published_at,
        "last_published_at": tally.last_published_at,
        "filters": {
            field.name: _plain(value)
            for field in fields(filters)
            if (value := getattr(filters, field.name)) not in (None, ())
        },
        "fields": list(columns),
        "licence": METADATA_LICENCE if is_metadata else LICENCE,
        "citation": f"{about['citation']}; SHA-256 {file.sha256}",
    }


def write(path: Path, made: dict[str, Any]) -> None:
    """Write the manifest *made* beside the file at *path*, atomically."""
    from kompas_crawler.exporters.files import whole_file

    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    with whole_file(path_of(path)) as whole:
        whole.file.write(text.encode())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
