"""Find captured pages in the WARC files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from kompas_crawler.archive.store import captures
from kompas_crawler.project import require
from kompas_crawler.site.urls import row_key
from kompas_crawler.warc.capture import OPEN
from kompas_crawler.warc.scan import head_target, record_at, scan

if TYPE_CHECKING:
    from kompas_crawler.warc.response import CapturedPage


def stored_page(connection: Connection, key: str, folder: Path) -> CapturedPage | None:
    """The captured page of the article *key*, decoded; ``None`` without a capture or its file."""
    require("reading a captured page", "fastwarc", "warc")
    from kompas_crawler.warc.response import captured_page

    capture = captures.of_articles(connection, [key]).get(key)
    path = file_of(capture.file, folder) if capture else None
    record = record_at(path, capture.offset) if capture and path else None
    return captured_page(record) if record else None


def file_of(name: str, folder: Path) -> Path | None:
    """The path of the WARC file *name*, also while it is being written."""
    path = folder / name  # an absolute *name* replaces the folder
    for found in (path, path.with_name(f"{path.name}{OPEN}")):
        if found.is_file():
            return found
    return None


def name_of(path: Path, folder: Path | None) -> str:
    """The name of *path* in the database: relative to *folder* if inside it, else absolute."""
    whole = path.absolute()
    name = whole.name.removesuffix(OPEN)
    if folder is not None and whole.parent == folder.absolute():
        return name
    return str(whole.with_name(name))


def files_with(keys: Collection[str], folder: Path) -> Iterator[Path]:
    """Yield the files of *folder* that contain a record of an article in *keys*.

    Reads every record header: about a minute for 10 GB.
    """
    if not folder.is_dir():
        return
    require("searching WARC files", "fastwarc", "warc")
    for pattern in ("*.warc.gz", "*.warc", f"*.warc.gz{OPEN}"):
        for path in sorted(folder.glob(pattern)):
            heads = (head for head in _heads(path) if b"kompas.com" in head)
            if any(row_key(head_target(head).decode("latin-1")) in keys for head in heads):
                yield path


def _heads(path: Path) -> Iterator[bytes]:
    seen: list[bytes] = []

    def note(head: bytes) -> bool:
        seen.append(head)
        return False

    for _ in scan(path, note):
        yield from seen
        seen.clear()
