"""Which exports hold an article: found by their manifests, and by what the archive recorded."""

from __future__ import annotations

import gzip
import json
import tempfile
import zipfile
from contextlib import contextmanager
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from kompas_crawler.exporters import files
from kompas_crawler.exporters.manifest import SUFFIX
from kompas_crawler.site.keys import ArticleKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kompas_crawler.archive.store.exports import RecordedExport

_BLOCK = 1 << 20
SHEETS = "kompas-export-"
"""How the names of Excel's temporary folders begin (``excel_file.py``)."""


class Holds(Enum):
    """Whether a file holds an article."""

    YES = "holds it"
    MAYBE = "may hold it"  # its rows name no article, but its period fits
    UNFINISHED = "was not finished and may hold it"  # one at work, or killed
    NO = "does not hold it"


class Export(NamedTuple):
    """An export and whether it holds the article; ``host`` is empty for this machine."""

    path: Path
    holds: Holds
    host: str = ""


def exports_of(
    key: str, folders: Iterable[Path], recorded: Iterable[RecordedExport] = ()
) -> list[Export]:
    """The exports that hold, or may hold, the article *key*.

    Those below *folders*, those *recorded*, and others in the folders of these. Temporaries of
    exports that are at work, or were killed, are among them. Of a file on another machine its
    period decides.
    """
    recorded = list(recorded)
    places = dict.fromkeys((each.path.parent for each in recorded if not each.host), False)
    places |= dict.fromkeys(folders, True)
    found: dict[Path, Export] = {}
    for folder, is_deep in places.items():
        for path in files.leftovers(folder, deep=is_deep):
            if not str(files.target_name(path)).endswith(SUFFIX):
                found[path.resolve()] = Export(path, Holds.UNFINISHED)
        for beside in sorted(folder.glob(f"{'**/' * is_deep}*{SUFFIX}")):
            path = beside.with_name(beside.name.removesuffix(SUFFIX))
            if path.resolve() not in found:
                found[path.resolve()] = Export(path, _judged(path, beside, key))
    for host, path, told in recorded:
        if host and not path.exists():
            holds = Holds.MAYBE if _fits(told, key) else Holds.NO
            found[Path(host, path)] = Export(path, holds, host)
        elif path not in found:
            found[path] = Export(path, _judged(path, told, key))
    return [export for export in found.values() if export.holds is not Holds.NO]


def _judged(path: Path, told: Path | dict[str, Any], key: str) -> Holds:
    """Whether the export at *path* holds the article; *told* is its manifest, or where that is."""
    try:
        if isinstance(told, Path):
            told = json.loads(told.read_text(encoding="utf-8"))
        return _holds(path, told, key) if isinstance(told, dict) else Holds.NO
    except (FileNotFoundError, NotADirectoryError):
        return Holds.NO
    except (OSError, ValueError, zipfile.BadZipFile):
        return Holds.MAYBE  # unreadable: better named than missed


def unfinished_sheets() -> list[Export]:
    """Folders in which Excel exports that are at work, or were killed, keep their sheets."""
    folders = Path(tempfile.gettempdir()).glob(f"{SHEETS}*")
    return [Export(path, Holds.UNFINISHED) for path in sorted(folders)]


def _holds(path: Path, told: dict[str, Any], key: str) -> Holds:
    fields = set(told.get("fields") or ())
    is_parquet = ".parquet" in path.suffixes
    names_articles = bool(fields & {"id", "url", "source"})
    if not names_articles or (is_parquet and find_spec("pyarrow") is None):
        return Holds.MAYBE if _fits(told, key) and path.exists() else Holds.NO
    parsed = ArticleKey.parse(key)
    signs = (key.encode(), f"/{parsed.day:%Y/%m/%d}/{parsed.number}".encode())
    with _opened(path) as file:
        is_found = any(sign in block for block in _blocks(path, file) for sign in signs)
    return Holds.YES if is_found else Holds.NO


def _fits(told: dict[str, Any], key: str) -> bool:
    """Whether the article is of the export's period."""
    first, last = told.get("first_published_at"), told.get("last_published_at")
    return bool(first and last and first[:10] <= ArticleKey.parse(key).day.isoformat() <= last[:10])


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if path.suffix == ".gz":
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield file


def _blocks(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """The file's text in pieces that overlap."""
    if ".parquet" in path.suffixes:
        yield from _parquet_blocks(file)
    elif ".xlsx" in path.suffixes:
        with zipfile.ZipFile(file) as book:
            for name in book.namelist():
                if name.startswith("xl/worksheets/"):
                    with book.open(name) as sheet:
                        yield from _overlapping(sheet)
    else:
        yield from _overlapping(file)


def _overlapping(file: IO[bytes]) -> Iterator[bytes]:
    tail = b""
    while block := file.read(_BLOCK):
        yield tail + block
        tail = block[-64:]


def _parquet_blocks(file: IO[bytes]) -> Iterator[bytes]:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    table = pq.ParquetFile(file)
    names = [name for name in ("id", "url") if name in table.schema_arrow.names]
    for batch in table.iter_batches(10_000, columns=names):
        for column in batch.columns:
            yield "\n".join(filter(None, column.to_pylist())).encode()
