"""Atomic writing of files."""

import gzip
import hashlib
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kompas_crawler.exitcodes import CrawlError, UsageProblem, writing

if sys.platform != "win32":
    import fcntl

SHEETS = "kompas-export-"  # prefix of the temporary folders of ``excel_file``
_TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.part")
OLD_SECONDS = 24 * 3600  # age of a leftover temporary on a file system without locks


class NothingMatched(CrawlError):  # noqa: N818
    """No file was written, for the reason *why*; a former file at *path* stays."""

    def __init__(self, why: str, path: Path) -> None:
        super().__init__(f"{why}; {path} {'is as it was' if path.exists() else 'was not written'}")


@dataclass(slots=True)
class WholeFile:
    """An open ``temporary`` for ``path``; ``sha256`` and ``size`` are set at its end."""

    path: Path
    file: IO[bytes]
    temporary: Path
    sha256: str = ""
    size: int = 0


@contextmanager
def whole_file(path: Path, *, is_gzip: bool = False) -> Iterator[WholeFile]:
    """Open a temporary file that is renamed to *path* when it is complete.

    Raises ``UsageProblem`` if it cannot be written, ``DiskFull`` if the disk is full; then the
    temporary is removed and an existing file stays unchanged. Symbolic links and permissions stay.
    """
    named, path = path, path.resolve()
    if path.exists() and not path.is_file():
        raise UsageProblem(f"cannot write {named}: it is not a regular file")
    made = [folder for folder in path.parents if not folder.exists()]
    if found := [folder.name for folder in made if folder.name.endswith(":")]:
        raise UsageProblem(f"cannot write to an address ({found[0]}//...); name a file here")
    with writing(named):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in leftovers(path.parent):
            if target_name(left) == path.name:
                _remove_if_dead(left)
        handle, temporary = _temporary(path)
    lock = os.dup(handle) if sys.platform != "win32" else None  # until the file is renamed
    try:
        with writing(named), io.BufferedRandom(io.FileIO(handle, "w+"), 2**20) as file:
            # Without name and time in the header, equal rows make equal files.
            packed = gzip.GzipFile("", "wb", 6, file, mtime=0) if is_gzip else nullcontext(file)
            with packed as target:
                whole = WholeFile(named, target, temporary)  # type: ignore[arg-type]
                yield whole
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            whole.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            whole.size = file.tell()
        with writing(named):
            os.umask(umask := os.umask(0))
            temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
            temporary.replace(path)
    finally:
        _remove(temporary)
        for folder in made:  # those without the file
            with suppress(OSError):
                folder.rmdir()
        if lock is not None:
            os.close(lock)


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path* at once, in UTF-8; raises like ``whole_file``."""
    with whole_file(path) as whole:
        whole.file.write(text.encode("utf-8", "replace"))


def target_name(temporary: Path) -> str | None:
    """The name of the file for *temporary*, or ``None`` if it is not ours.

    >>> target_name(Path(".kompas.csv.k2_x81ab.part")), target_name(Path("kompas.csv.part"))
    ('kompas.csv', None)
    """
    match = _TEMPORARY.fullmatch(temporary.name)
    return match[1] if match else None


def leftovers(folder: Path, *, deep: bool = False) -> list[Path]:
    """Temporaries of running and killed exports in *folder*, with *deep* also below it."""
    found = folder.rglob(".*.part") if deep else folder.glob(".*.part")
    return sorted(path for path in found if target_name(path))


def _temporary(path: Path) -> tuple[int, Path]:
    """Make a temporary beside *path*, locked while its process lives."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        if sys.platform == "win32":  # open files cannot be removed
            return handle, Path(name)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)  # another export removed it before it was locked


def _remove(temporary: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):  # of a database
        Path(f"{temporary}{end}").unlink(missing_ok=True)


def _remove_if_dead(temporary: Path) -> None:
    """Remove a temporary without a lock, which, unlike a process id, other containers see."""
    with suppress(OSError):
        if sys.platform != "win32":
            with temporary.open("r+b") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # its process is alive
                except OSError:  # a file system without locks
                    if time.time() - temporary.stat().st_mtime < OLD_SECONDS:
                        return
        _remove(temporary)
