"""WACZ: WARC records of articles in one ZIP file, with an index and a list of pages."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from zipfile import ZipFile, ZipInfo

from kompas_crawler.exporters.record import About, Rows
from kompas_crawler.warc.records import information, warc_date
from kompas_crawler.warc.response import CapturedPage, captured_page
from kompas_crawler.warc.scan import end_of_member, record_at

WARC = "kompas.warc.gz"  # the name of the WARC file in the archive
_PAGES = {"format": "json-pages-1.0", "id": "pages", "title": "Articles"}
_SLACK = 32 * 1024  # bytes of a request, and of what a record has beside its content
_REQUEST = re.compile(rb"\r\nWARC-Type:[ \t]*request[ \t]*\r\n", re.IGNORECASE)


def write(rows: Rows, file: IO[bytes], _fields: Sequence[str], about: About = dict) -> None:
    """Write *rows*: articles with their ``page`` and its ``records``, from ``captured``.

    A page is listed under the captured address; ``cited_url`` is the address of the article.
    """
    pages, index = [_line(_PAGES)], []
    resources: list[dict[str, Any]] = []

    def records() -> Iterator[bytes]:
        offset = 0
        for row in rows:
            page = row["page"]
            if not offset:
                yield (first := information(WARC, {"software": "kompas-crawler"}, page.at))
                offset = len(first)
            index.append(_index_line(page, offset, len(row["records"][0])))
            entry = {"id": row["id"], "url": page.response.url, "ts": warc_date(page.at)}
            pages.append(_line(entry | {"title": row["title"], "cited_url": row["url"]}))
            yield from row["records"]
            offset += sum(map(len, row["records"]))

    with ZipFile(file, "w") as book:

        def add(path: str, parts: Iterable[bytes]) -> None:
            """Add a member, without compression: players read parts of it."""
            digest, size = hashlib.sha256(), 0
            with book.open(ZipInfo(path), "w", force_zip64=True) as out:
                for part in parts:
                    digest.update(part)
                    size += out.write(part)
            name, sha256 = path.rpartition("/")[2], f"sha256:{digest.hexdigest()}"
            resources.append({"name": name, "path": path, "hash": sha256, "bytes": size})

        add(f"archive/{WARC}", records())
        add("indexes/index.cdx", sorted(index))
        add("pages/pages.jsonl", pages)
        package = {"profile": "data-package", "wacz_version": "1.1.1", **about()}
        add("datapackage.json", [_line(package | {"resources": resources})])
        last = resources[-1]
        add("datapackage-digest.json", [_line({"path": last["path"], "hash": last["hash"]})])


def captured(path: Path, offset: int) -> dict[str, Any]:
    """The ``page`` captured in the WARC file *path* at *offset*, and its ``records`` as stored.

    The records are the response and, if it follows, its request, each gzipped. Empty if there is
    no such page.
    """
    if not (whole := record_at(path, offset)) or (page := captured_page(whole)) is None:
        return {}
    with path.open("rb") as file:
        response = _member(file, offset, len(whole) + _SLACK)
        if not response:  # not gzipped, or not by record
            return {"page": page, "records": [gzip.compress(whole + b"\r\n\r\n")]}
        request = _member(file, offset + len(response), _SLACK)
    is_pair = _REQUEST.search(gzip.decompress(request).partition(b"\r\n\r\n")[0])
    return {"page": page, "records": [response, request] if is_pair else [response]}


def _member(file: IO[bytes], start: int, limit: int) -> bytes:
    """The gzip member at *start*, if it and its content have at most *limit* bytes; else empty."""
    end = end_of_member(file, start) or start
    file.seek(start)
    member = file.read(end - start) if end - start <= limit else b""
    return member if int.from_bytes(member[-4:], "little") <= limit else b""  # ends with the size


def _index_line(page: CapturedPage, offset: int, length: int) -> bytes:
    """A line of CDXJ: key, time, and where the record is."""
    mime = (page.response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0]
    url, status = page.response.url, str(page.response.status)
    fields = {"url": url, "mime": mime.strip(), "status": status, "digest": page.digest}
    fields |= {"length": str(length), "offset": str(offset), "filename": WARC}
    return f"{surt(url)} {page.at:%Y%m%d%H%M%S} ".encode() + _line(fields)


def surt(url: str) -> str:
    """The key of *url* in an index, by which players look it up.

    >>> surt("https://www.kompas.com/global/read/2022/01/22/093100670/Judul?page=all")
    'com,kompas)/global/read/2022/01/22/093100670/judul?page=all'
    """
    parts = urlsplit(url.lower())
    host = ",".join(reversed((parts.hostname or "").removeprefix("www.").split(".")))
    query = "&".join(sorted(parts.query.split("&")))
    return f"{host}){parts.path or '/'}" + (f"?{query}" if query else "")


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
