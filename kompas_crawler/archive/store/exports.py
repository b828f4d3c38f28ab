"""The paths of exports, which ``scrapy forget`` searches."""

import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from kompas_crawler.archive.models import ExportRow
from kompas_crawler.archive.sql import upsert


class RecordedExport(NamedTuple):
    """The path of an export; ``host`` is empty for this machine."""

    host: str
    path: Path
    manifest: dict[str, Any]


def record(connection: Connection, written: Mapping[Path, dict[str, Any]], now: datetime) -> None:
    """Store the paths of exports, with their manifests."""
    for path, manifest in written.items():
        of = {"host": platform.node(), "path": str(path.resolve())}
        upsert(connection, ExportRow, **of, written_at=now, manifest=manifest)


def recorded(connection: Connection) -> list[RecordedExport]:
    """Load all exports, ordered by path."""
    query = select(ExportRow.host, ExportRow.path, ExportRow.manifest).order_by(ExportRow.path)
    here = platform.node()
    return [
        RecordedExport("" if host == here else host, Path(path), manifest)
        for host, path, manifest in connection.execute(query)
    ]
