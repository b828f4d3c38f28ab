"""An export's file: its format by suffix, written whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

from kompas_crawler.exitcodes import DiskFull, UsageProblem
from kompas_crawler.exporters import csv_file, json_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Format(Protocol):
    """Writes rows to an open binary file."""

    def __call__(
        self, rows: Iterable[dict[str, Any]], file: IO[bytes], fields: Sequence[str], /
    ) -> None: ...


FORMATS: dict[str, Format] = {
    ".csv": csv_file.write,
    ".json": json_file.write_list,
    ".jsonl": json_file.write_lines,
}


class Target(NamedTuple):
    """Where an export goes: ``path``, the ``write`` of its format, and whether it is packed."""

    path: Path
    write: Format
    is_gzip: bool


def target(name: str) -> Target:
    """Read an export's file name; raise ``UsageProblem`` for a suffix nobody knows."""
    path = Path(name)
    is_gzip = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("").suffix if is_gzip else path.suffix).lower()
    if suffix not in FORMATS:
        known = " ".join(sorted(FORMATS))
        raise UsageProblem(
            f"no export format for {name!r}; known are: {known} (and .gz after them)"
        )
    if path.is_dir():
        raise UsageProblem(f"cannot write {name}: it is a folder")
    return Target(path, FORMATS[suffix], is_gzip)


@contextmanager
def whole_file(path: Path, *, is_gzip: bool = False) -> Iterator[IO[bytes]]:
    """Open a file that takes the name *path* only when it is complete.

    Raises ``UsageProblem`` when the place cannot be written, ``DiskFull`` when it
    is full; then nothing is left behind, and a former file stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from None
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
            if is_gzip:
                # No name and no time inside: equal rows make equal files.
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            raise DiskFull(f"no room left to write {path}") from None
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The SHA-256 digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
