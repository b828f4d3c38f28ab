"""A file that is written whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kompas_crawler.exitcodes import DiskFull, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator


class WholeFile:
    """An open ``file`` on its way to ``path``, where ``sha256`` and ``size`` are known."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self.file = file
        self.sha256 = ""
        self.size = 0


@contextmanager
def whole_file(path: Path, *, is_gzip: bool = False) -> Iterator[WholeFile]:
    """Open a file that takes the name *path* only when it is complete.

    Raises ``UsageProblem`` when the place cannot be written, ``DiskFull`` when it
    is full; then nothing is left behind, and a former file stays as it was.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with _explained(path), open(handle, "w+b") as file:  # noqa: PTH123 - a descriptor
            whole = WholeFile(path, file)
            if is_gzip:
                # No name and no time inside: equal rows make equal files.
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                    whole.file = packed  # type: ignore[assignment]
                    yield whole
            else:
                yield whole
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            whole.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            whole.size = file.tell()
        with _explained(path):
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            raise DiskFull(f"no room left to write {path}") from None
        raise UsageProblem(f"cannot write {path}: {error.strerror or error}") from None


def sha256(path: Path) -> str:
    """The SHA-256 digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
