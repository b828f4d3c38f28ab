"""Public web archives of the sample site: Common Crawl's and the Wayback Machine's answers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from kompas_crawler.sample.site.replies import HTML, TEXT, Reply
from kompas_crawler.warc.scan import record_at, scan

HOSTS = frozenset({"index.commoncrawl.org", "data.commoncrawl.org", "web.archive.org"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an index, and where its record is."""

    original: str
    timestamp: str
    statuscode: str
    mimetype: str
    digest: str
    path: Path
    offset: int
    length: int

    @property
    def crawl(self) -> str:
        """The crawl of its month; the real ones are named by weeks."""
        return f"CC-MAIN-{self.timestamp[:4]}-{self.timestamp[4:6]}"

    def field(self, name: str) -> str:
        """The value of a field by its name in either archive."""
        names = {"url": "original", "status": "statuscode", "mime": "mimetype", "filename": "path"}
        names["urlkey"] = "original"  # the real one begins with the reversed host
        return str(getattr(self, names.get(name, name))).lstrip("/")


class WebArchives:
    """Lists and serves the responses in the WARC files *paths*, gzipped by record.

    A page of Common Crawl's index has *lines* lines before its filters.
    """

    def __init__(self, paths: Sequence[Path], *, lines: int = 1000) -> None:
        from kompas_crawler.warc.response import captured_page  # needs an extra

        self._lines = lines
        self.entries: list[Entry] = []
        for path in paths:
            scanned = scan(path, lambda head: b"WARC-Type: response" in head)
            records = ((one.offset, one.data) for one in scanned if one.fault is None)
            for (start, data), (end, _) in pairwise(chain(records, [(path.stat().st_size, None)])):
                if data and (page := captured_page(data)):
                    response = page.response
                    kind = (response.headers.get("Content-Type") or b"unk").partition(b";")[0]
                    entry = Entry(
                        original=response.url,
                        timestamp=f"{page.at:%Y%m%d%H%M%S}",
                        statuscode=str(response.status),
                        mimetype=kind.decode("latin-1"),
                        digest=(page.digest or "").removeprefix("sha1:"),
                        path=path,
                        offset=start,
                        length=end - start,
                    )
                    self.entries.append(entry)
        self.entries.sort(key=lambda entry: (entry.original, entry.timestamp))

    def answer(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The response to a request for *url* with *headers* (lower case)."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        if parts.path == "/robots.txt":
            return Reply(200, b"User-agent: *\nDisallow: /save/\n", TEXT)
        if parts.netloc == "data.commoncrawl.org":
            return self._range(parts.path, headers.get("range", ""))
        if parts.netloc == "index.commoncrawl.org" and parts.path == "/collinfo.json":
            names = sorted({entry.crawl for entry in self.entries}, reverse=True)
            api = "https://index.commoncrawl.org/{}-index"
            return _json([{"id": name, "cdx-api": api.format(name)} for name in names])
        if parts.netloc == "index.commoncrawl.org":
            return self._page(parts.path, asked)
        if parts.path == "/cdx/search/cdx":
            return self._search(asked)
        return self._replay(url.partition("/web/")[2])

    def _page(self, path: str, asked: dict[str, list[str]]) -> Reply:
        crawl = path.strip("/").removesuffix("-index")
        entries = [entry for entry in self.entries if entry.crawl == crawl]
        count = -(-len(entries) // self._lines)
        if "showNumPages" in asked:
            return _json({"pages": count, "pageSize": 5, "blocks": count})
        start = int(asked.get("page", ["0"])[0]) * self._lines
        fields = asked["fl"][0].split(",")
        found = _passing(entries[start : start + self._lines], asked)
        lines = [json.dumps({name: entry.field(name) for name in fields}) for entry in found]
        if not lines:
            return _json({"message": "No Captures found for: kompas.com"}, status=404)
        return Reply(200, "".join(f"{line}\n" for line in lines).encode(), "text/x-ndjson")

    def _range(self, path: str, asked: str) -> Reply:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
        found = next((e.path for e in self.entries if e.field("path") == path.lstrip("/")), None)
        if found is None or match is None:
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
        with found.open("rb") as file:
            file.seek(int(match[1]))
            data = file.read(int(match[2]) - int(match[1]) + 1)
        return Reply(206, data, "application/octet-stream", coding="")

    def _search(self, asked: dict[str, list[str]]) -> Reply:
        fields = asked["fl"][0].split(",")
        found = _passing(self.entries, asked)
        start, limit = int(asked.get("resumeKey", ["0"])[0]), int(asked["limit"][0])
        rows = [[e.field(name) for name in fields] for e in found[start : start + limit]]
        more = [[], [str(start + limit)]] if start + limit < len(found) else []
        return _json([fields, *rows, *more] if rows else [])

    def _replay(self, rest: str) -> Reply:
        timestamp, _, original = rest.partition("id_/")
        for entry in self.entries:
            if (entry.timestamp, entry.original) == (timestamp, original):
                record = record_at(entry.path, entry.offset) or b""
                head, _, body = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
                coding = re.search(rb"(?i)\r\nContent-Encoding: *(\w+)", head)
                return Reply(200, body, HTML, coding=coding[1].decode() if coding else "")
        return Reply(404, b"not in the archive", TEXT)


def _passing(entries: Iterable[Entry], asked: dict[str, list[str]]) -> list[Entry]:
    """The *entries* that pass all filters: ``=status:200``, ``~url:REGEX``, ``original:REGEX``."""
    for condition in asked.get("filter", []):
        name, _, value = condition.lstrip("=~").partition(":")
        pattern = re.compile(re.escape(value) if condition.startswith("=") else value)
        entries = [entry for entry in entries if pattern.fullmatch(entry.field(name))]
    return list(entries)


def _json(found: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(found).encode(), "application/json")
