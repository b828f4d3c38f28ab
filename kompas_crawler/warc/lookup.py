"""Find captured pages in the WARC files, and create test cases from them."""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from kompas_crawler.archive.store import captures
from kompas_crawler.exitcodes import UsageProblem, writing
from kompas_crawler.project import require
from kompas_crawler.site.urls import canonical, row_key
from kompas_crawler.warc.response import CapturedPage, captured_page
from kompas_crawler.warc.scan import OPEN, head_target, record_at, scan

_COMPUTED = frozenset({"content_hash", "text_hash", "extractor_version"})


def stored_page(connection: Connection, key: str, folder: Path) -> CapturedPage | None:
    """The captured page of the article *key*, decoded; ``None`` without a capture or its file."""
    require("reading a captured page", "warc")
    capture = captures.of_articles(connection, [key]).get(key)
    path = file_of(capture.file, folder) if capture else None
    record = record_at(path, capture.offset) if capture and path else None
    return captured_page(record) if record else None


def file_of(name: str, folder: Path) -> Path | None:
    """The path of the WARC file *name*, also while it is being written."""
    path = folder / name  # an absolute *name* replaces the folder
    return next(filter(Path.is_file, (path, path.with_name(f"{path.name}{OPEN}"))), None)


def name_of(path: Path, folder: Path | None) -> str:
    """The name of *path* in the database: relative to *folder* if inside it, else absolute."""
    whole = path.absolute()
    name = whole.name.removesuffix(OPEN)
    if folder is not None and whole.parent == folder.absolute():
        return name
    return str(whole.with_name(name))


def files_with(keys: Collection[str], folder: Path) -> Iterator[Path]:
    """Yield the files of *folder* with an article in *keys*: reads all headers, 10 GB a minute."""
    if not folder.is_dir():
        return
    require("searching WARC files", "warc")
    found: list[bytes] = []

    def note(head: bytes) -> bool:
        if b"kompas.com" in head and row_key(head_target(head).decode("latin-1")) in keys:
            found.append(head)
        return False

    for path in sorted(folder.glob("*.warc*")):
        found.clear()
        if any(found for _ in scan(path, note)):
            yield path


def write_fixture(page: CapturedPage, folder: Path) -> None:
    """Write ``page.html`` and ``expected.json`` to a new *folder*, else raise ``UsageProblem``."""
    from kompas_crawler.pages.article_2015 import article_page

    # The test parses the page under its canonical URL, without ``?page=``.
    item = article_page(page.response.replace(url=canonical(page.response.url))).to_item()
    fields = {name: value for name, value in asdict(item).items() if name not in _COMPUTED}
    text = json.dumps(fields, ensure_ascii=False, indent=2, default=datetime.isoformat)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (("page.html", page.response.body), ("expected.json", text.encode())):
            if (folder / name).exists():
                raise UsageProblem(f"{folder} already contains a test case; name a new folder")
            (folder / name).write_bytes(data)
