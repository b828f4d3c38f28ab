"""Find the exports that contain an article, by manifests and by the archive's records."""

import gzip
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

from kompas_crawler.archive.store.exports import RecordedExport
from kompas_crawler.exporters import files
from kompas_crawler.exporters.datapackage import OLD_SUFFIX, SUFFIX
from kompas_crawler.site.keys import ArticleKey

_BLOCK = 1 << 20


class Contains(Enum):
    """Whether a file contains an article."""

    YES = "contains it"
    MAYBE = "may contain it"  # its rows have no id, but its period fits
    UNFINISHED = "was not finished and may contain it"  # running or killed
    NO = "does not contain it"


class Export(NamedTuple):
    """An export and whether it contains the article; ``host`` is empty for this machine."""

    path: Path
    contains: Contains
    host: str = ""


def exports_of(
    key: str, folders: Iterable[Path], recorded: Iterable[RecordedExport] = ()
) -> list[Export]:
    """The exports that contain, or may contain, the article *key*.

    Searches below *folders*, the *recorded* exports and their folders, including temporary files
    of running and killed exports. A file on another machine is judged by its period.
    """
    recorded = list(recorded)
    searched = dict.fromkeys((each.path.parent for each in recorded if not each.host), False)
    searched |= dict.fromkeys(folders, True)
    found: dict[Path, Export] = {}
    for folder, is_deep in searched.items():
        for path in files.leftovers(folder, deep=is_deep):
            if not str(files.target_name(path)).endswith((SUFFIX, OLD_SUFFIX)):
                found[path.resolve()] = Export(path, Contains.UNFINISHED)
        for suffix in (SUFFIX, OLD_SUFFIX):
            for beside in sorted(folder.glob(f"{'**/' * is_deep}*{suffix}")):
                path = beside.with_name(beside.name.removesuffix(suffix))
                if path.resolve() not in found:
                    found[path.resolve()] = Export(path, _check(path, beside, key))
    for host, path, manifest in recorded:
        if host and not path.exists():
            contains = Contains.MAYBE if _fits(manifest, key) else Contains.NO
            found[Path(host, path)] = Export(path, contains, host)
        elif path not in found:
            found[path] = Export(path, _check(path, manifest, key))
    return [export for export in found.values() if export.contains is not Contains.NO]


def _check(path: Path, manifest: Path | dict[str, Any], key: str) -> Contains:
    """Whether the export at *path* contains the article; *manifest* is its content or path."""
    try:
        if isinstance(manifest, Path):
            manifest = json.loads(manifest.read_text(encoding="utf-8"))
        return _contains(path, manifest, key) if isinstance(manifest, dict) else Contains.NO
    except (FileNotFoundError, NotADirectoryError):
        return Contains.NO
    except (OSError, EOFError, TypeError, ValueError, zlib.error, zipfile.BadZipFile):
        return Contains.MAYBE  # unreadable


def unfinished_sheets() -> list[Export]:
    """Temporary folders of running and killed Excel exports."""
    folders = Path(tempfile.gettempdir()).glob(f"{files.SHEETS}*")
    return [Export(path, Contains.UNFINISHED) for path in sorted(folders)]


def _contains(path: Path, manifest: dict[str, Any], key: str) -> Contains:
    fields = set(manifest.get("columns") or manifest.get("fields") or ())
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if not fields & {"id", "url"} or (".parquet" in suffixes and find_spec("pyarrow") is None):
        return Contains.MAYBE if _fits(manifest, key) and path.exists() else Contains.NO
    parsed = ArticleKey.parse(key)
    signs = (key.encode(), f"/{parsed.day:%Y/%m/%d}/{parsed.number}".encode())
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        is_found = any(sign in block for block in _blocks(suffixes, file) for sign in signs)
    return Contains.YES if is_found else Contains.NO


def _fits(manifest: dict[str, Any], key: str) -> bool:
    first, last = manifest.get("first_published_at"), manifest.get("last_published_at")
    return bool(first and last and first[:10] <= ArticleKey.parse(key).day.isoformat() <= last[:10])


def _blocks(suffixes: set[str], file: Any) -> Iterator[bytes]:
    if ".parquet" in suffixes:
        yield from _parquet_blocks(file)
    elif {".xlsx", ".wacz"} & suffixes:
        with zipfile.ZipFile(file) as book:
            for name in book.namelist():
                if name.startswith(("xl/worksheets/", "pages/")):
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
