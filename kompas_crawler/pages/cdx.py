"""Read the answers of CDX servers, the indexes of public web archives."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from kompas_crawler.frontier import NO_HOPS, Candidate, Priority, State
from kompas_crawler.site.listings import page_number
from kompas_crawler.site.urls import article_key, canonical, section_of

FILES, REPLAYS = "data.commoncrawl.org", "web.archive.org"  # the hosts of the captures
MAX_MEMBER = 10 * 1024 * 1024  # bytes of a packed record
MAX_PAGES = 20_000  # of one index; a page has some 6,000 lines
_HTML = ("text/html", "application/xhtml+xml", "unk", "-", "")  # the archives do not know all
_NEEDED = {"url", "timestamp", "status", "digest", "length", "offset", "filename"}
_WHERE = re.compile(r"[^#]{1,2000}(?:#[0-9]{1,15}-[0-9]+)?")


class NotAsListed(ValueError):  # noqa: N818
    """A capture is not the one that the index lists."""


class NoArticle(NotAsListed):
    """The capture is the one that the index lists, and contains no article."""


def moment(timestamp: str) -> datetime:
    """The time of *timestamp*; raises ``ValueError``.

    >>> moment("20220125103011").isoformat()
    '2022-01-25T10:30:11+00:00'
    """
    if len(timestamp) != 14 or not timestamp.isdecimal() or timestamp > "9999":
        raise ValueError(f"no time of 14 digits: {timestamp!r}")
    return datetime.fromisoformat(f"{timestamp[:8]}T{timestamp[8:]}+00:00")


def of_commoncrawl(body: bytes, scope: str) -> list[Candidate]:
    """The captures in a page of Common Crawl's index, JSON lines; else raises ``ValueError``."""
    rows = [json.loads(text) for text in filter(bytes.strip, body.splitlines())]
    if not all(isinstance(row, dict) and "url" in row for row in rows):
        raise ValueError("a line without an address")
    whole = [row for row in rows if row.keys() >= _NEEDED]  # a damaged record lacks some
    if rows and not whole:
        raise ValueError("no line with all fields")
    return [*filter(None, (_capture(row, "commoncrawl", scope) for row in whole))]


def of_wayback(body: bytes, scope: str) -> tuple[list[Candidate], str | None]:
    """The captures in a page of the Wayback Machine's index, and the key of the next page.

    Raises ``ValueError`` if it is not an array of field names, rows, an empty row and the key.
    """
    rows = json.loads(body)
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ValueError("not an array of rows")
    if not rows:
        return [], None
    names, rows = [str(name) for name in rows[0]], rows[1:]
    if not {"original", "timestamp", "digest", "statuscode"}.issubset(names):
        raise ValueError("a page without the names of its fields")
    key = None
    if len(rows) > 1 and not rows[-2] and rows[-1]:
        key = str(rows[-1][0])
        rows = rows[:-2]
    found = (_capture(dict(zip(names, row, strict=False)), "wayback", scope) for row in rows)
    return [capture for capture in found if capture is not None], key


def pages(body: bytes) -> int:
    """The number of pages in an answer to ``showNumPages``; raises ``ValueError``.

    >>> pages(b'{"pages": 12, "pageSize": 5, "blocks": 57}'), pages(b"3")
    (12, 3)
    """
    found = json.loads(body)
    count = found.get("pages") if isinstance(found, dict) else found
    if not isinstance(count, int) or not 0 <= count <= MAX_PAGES:
        raise ValueError("no number of pages")
    return count


def crawls(body: bytes) -> list[tuple[str, str]]:
    """The names of Common Crawl's crawls, each with its endpoint; raises ``ValueError``."""
    found = json.loads(body)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("no list of crawls")
    named = [(str(one.get("id")), str(one.get("cdx-api"))) for one in found]
    if not (known := [one for one in named if one[1].startswith("https://")]):
        raise ValueError("no crawl with an address")
    return known


def index_url(address: str, *asked: tuple[str, str]) -> str:
    """The address of a query for the captures of all hosts of Kompas.

    >>> index_url("https://example.org/cdx", ("filter", "=status:200"))
    'https://example.org/cdx?url=kompas.com&matchType=domain&output=json&filter==status:200'
    """
    always = (("url", "kompas.com"), ("matchType", "domain"), ("output", "json"))
    return f"{address}?{urlencode((*always, *asked), safe='/:=~,.*()?|')}"


def path_filter(since: date, until: date) -> str:
    """A regular expression of the addresses of articles published on these days.

    >>> path_filter(date(2021, 12, 30), date(2022, 2, 1))
    '.*/read/(xml/)?(2021/12/30|2021/12/31|2022/01|2022/02/01)/.*'
    """
    parts, day, after = [], since, until + timedelta(days=1)
    while day < after:
        first = day.replace(day=1)
        spans = (
            (f"{day:%Y/..}", first.replace(month=1), date(day.year + 1, 1, 1)),
            (f"{day:%Y/%m}", first, (first + timedelta(days=32)).replace(day=1)),
            (f"{day:%Y/%m/%d}", day, day + timedelta(days=1)),
        )
        part, day = next((part, end) for part, start, end in spans if start == day and end <= after)
        parts.append(part)
    return f".*/read/(xml/)?({'|'.join(parts)})/.*"


def _capture(found: Mapping[str, Any], archive: str, scope: str) -> Candidate | None:
    """The capture of an article in *found*, whose names differ between the archives.

    Its address has at Common Crawl the first and last byte as the fragment; its page is ``all``,
    a number or ``amp``.
    """
    url = str(found.get("url") or found.get("original")).strip()
    status = str(found.get("status") or found.get("statuscode"))
    mime = str(found.get("mime") or found.get("mimetype") or "").partition(";")[0].lower()
    key = article_key(url)
    if key is None or status != "200" or mime not in _HTML:
        return None
    parts = urlsplit(url)
    is_all = parse_qs(parts.query).get("page", [""])[0] == "all"
    page = "all" if is_all else str(page_number(url))
    if page == "1" and (parts.hostname or "").startswith("amp."):
        page = "amp"
    try:
        timestamp, digest = str(found["timestamp"]), str(found["digest"])
        at = moment(timestamp)
        where, length = f"https://{REPLAYS}/web/{timestamp}id_/{url.partition('#')[0]}", 1
        if "offset" in found:
            offset, length = int(found["offset"]), int(found["length"])
            where = f"https://{FILES}/{found['filename']}#{offset}-{offset + length - 1}"
    except (KeyError, OverflowError, TypeError, ValueError):
        return None
    is_whole = _WHERE.fullmatch(where) and f"{where}{digest}".isprintable()
    if not is_whole or not 0 < length <= MAX_MEMBER:
        return None
    return Candidate(
        key=f"{archive}:{key}:{page}:{timestamp}",
        kind="capture",
        url=where,
        scope=scope,
        section=section_of(canonical(url)),
        day=key.day,
        depth=NO_HOPS,
        priority=Priority.BACKFILL,
        listed_at=at,
        pager_of=str(key),
        state=State.LISTED,
        etag=digest,
    )
