"""What a person has saved: WARC and WACZ files, saved pages, and files that are neither."""

import glob
import mimetypes
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.pages.document import to_utf8
from kompas_crawler.warc.response import MAX_BODY
from kompas_crawler.warc.scan import FAULTS, RATIO, SLACK, Scanned, records, scan

_HEAD = 4096
_NOTE = re.compile(rb"<!--(?: saved from url=\(\d+\)| Mirrored from |[^>]+SingleFile\s+url: )(\S+)")
_CANONICAL = re.compile(
    rb"<(?:link\b(?=[^>]{0,500}\brel=[\"']?canonical\b)[^>]{0,500}\bhref"
    rb"|meta\b(?=[^>]{0,500}=[\"']?og:url\b)[^>]{0,500}\bcontent)=[\"']?([^\"'\s>]{1,2000})",
    re.IGNORECASE,
)
_NUMBER = re.compile(rb"paging__link--active\b[^>?]{0,500}[?]page=([0-9]{1,3})\b")
_PAGES = (".html", ".htm", ".xhtml")
_FOREIGN = (  # how other files begin, what they are, and what to do with them
    (rb"filedesc://", "an ARC file", "convert it: warcio recompress FILE NEW.warc.gz"),
    (rb"(?:from: |mime-version:|content-type: multipart/)", "an MHTML file", "save it as HTML"),
    (rb"\s*\{\s*\"log\"", "a HAR file", "convert it to WARC with har2warc"),
    (rb"PK\x03\x04", "a ZIP archive without WARC files", "unpack it and name the folder"),
    (rb"SQLite format 3", "a SQLite database", "export it in a form named in docs/warc.md"),
    (rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP", "a picture", "save the page as HTML"),
    (rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)", "a page", "name it .html"),
)


class Source(NamedTuple):
    """A WARC file, the ``member`` of a WACZ file, or a saved page, under a ``name``."""

    name: str
    path: Path
    size: int
    member: str | None = None
    is_page: bool = False

    def records(self, is_wanted: Callable[[bytes], bool], start: int) -> Iterator[Scanned]:
        """The records from the offset *start*; a saved page is one."""
        if self.is_page:
            yield _saved(self.path, is_wanted)
            return
        if self.member is None:
            yield from scan(self.path, is_wanted, start)
            return
        with zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.member)
            if info.file_size > SLACK + RATIO * info.compress_size:
                yield Scanned(0, False, None, "unpacks to far more than its size")
                return
            try:
                file = archive.open(info)
                file.read(1)  # a damaged start
            except (RuntimeError, NotImplementedError, *FAULTS) as error:
                yield Scanned(0, False, None, f"cannot be unpacked: {error}")
                return
            with file:
                yield from records(file, is_wanted, start, info.file_size)


def found(pattern: str | None) -> tuple[list[Source], list[str]]:
    """The files of the glob *pattern* or below, and lines about others; or ``UsageProblem``."""
    if not pattern:
        example = "-a files='data/warc/*.warc.gz'"
        raise UsageProblem(f"files is missing; name files or folders, such as {example}")
    sources: list[Source] = []
    foreign: list[str] = []
    try:
        names = [pattern] if Path(pattern).exists() else glob.glob(pattern, recursive=True)  # noqa: PTH207
        named = [Path(name).absolute() for name in names]
        inside = {path for one in named if one.is_dir() for path in one.rglob("*")}
        for path in sorted(path for path in inside | set(named) if path.is_file()):
            if path.suffix == ".lock":
                continue
            sort = _sort(path)
            if sort == "wacz":
                sources += _members(path)
            elif sort in ("warc", "page"):
                sources.append(Source(str(path), path, path.stat().st_size, is_page=sort == "page"))
            elif path not in inside or not path.parent.name.endswith("_files"):
                foreign.append(f"{path}: {sort}")  # what a browser saves beside a page is not named
    except OSError as error:
        raise UsageProblem(f"{error.filename} cannot be read: {error.strerror}") from None
    if not sources and not foreign:
        raise UsageProblem(f"files={pattern!r} names no file")
    return sources, foreign


def _sort(path: Path) -> str:
    """``warc``, ``wacz``, ``page``, or what else the file is and what to do with it."""
    if any("\ud800" <= letter <= "\udfff" for letter in str(path)):  # no database stores it
        return "its path is not text in UTF-8; rename it"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    first = next(scan(path, lambda _: False), None)
    if (first and not first.fault) or (not head and ".warc" in path.name):
        return "warc"
    with suppress(zlib.error):
        head = zlib.decompressobj(31).decompress(head, _HEAD)
    if head.startswith(b"PK") and _members(path):
        return "wacz"
    is_page = path.suffix.lower() in _PAGES
    for mark, what, advice in _FOREIGN[: 3 if is_page else None]:
        if re.match(mark, head, re.DOTALL | re.IGNORECASE):
            return f"{what}; {advice}"
    if is_page:
        return "page"
    if ".warc" in path.name:
        return "warc"  # a damaged one
    guess = mimetypes.guess_type(path.name)[0] or "of unknown type"
    return f"no WARC file ({guess if head else 'empty'}); see docs/warc.md"


def _members(path: Path) -> list[Source]:
    with suppress(zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(path) as archive:
        return [
            Source(f"{path}#{info.filename}", path, info.compress_size, info.filename)
            for info in archive.infolist()
            if info.filename.lower().endswith((".warc", ".warc.gz", ".warc.zst"))
        ]
    return []


def _saved(page: Path, is_wanted: Callable[[bytes], bool]) -> Scanned:
    """The file *page* as a record; its address is in the comment of the browser or on the page."""
    with page.open("rb") as file:
        body = file.read(MAX_BODY + 1)
    text = to_utf8(body)
    number = _NUMBER.search(text)  # which the canonical link leaves out
    for claim in (*_NOTE.finditer(text[:_HEAD]), *_CANONICAL.finditer(text)):
        target = claim[1] if b"://" in claim[1] else b"https://" + claim[1].lstrip(b"/")
        if number and claim.re is _CANONICAL and b"?" not in target:
            target += b"?page=%b" % number[1]
        head = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: %b\r\n" % target
        if is_wanted(head):
            return Scanned(0, True, b"%b\r\n%b" % (head, body))
    return Scanned(0, True, None)
