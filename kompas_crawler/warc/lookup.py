"""Going back to a page as it was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.archive.store import captures
from kompas_crawler.project import require
from kompas_crawler.warc.capture import OPEN
from kompas_crawler.warc.scan import record_at

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from kompas_crawler.items import Capture
    from kompas_crawler.warc.response import Kept


def stored_page(connection: Connection, key: str, folder: Path) -> Kept | None:
    """The page of the article *key* as received, from the WARC files in *folder*.

    ``None`` when no page was kept, or the file is not there any more. Its body is decoded.
    """
    capture = captures.of_articles(connection, [key]).get(key)
    return captured_page(capture, folder) if capture else None


def captured_page(capture: Capture, folder: Path) -> Kept | None:
    """The page that *capture* points to."""
    require("reading a kept page", "warcio", "warc")
    from kompas_crawler.warc.response import kept

    path = file_of(capture.file, folder)
    record = record_at(path, capture.offset) if path else None
    return kept(record) if record else None


def file_of(name: str, folder: Path) -> Path | None:
    """The file that a row names, also one that is still being written."""
    path = folder / name  # a whole path stays as it is
    for found in (path, path.with_name(f"{path.name}{OPEN}")):
        if found.is_file():
            return found
    return None


def name_of(path: Path, folder: Path | None) -> str:
    """The name by which a row knows *path*: short in *folder*, else whole."""
    whole = path.absolute()
    name = whole.name.removesuffix(OPEN)
    if folder is not None and whole.parent == folder.absolute():
        return name
    return str(whole.with_name(name))
