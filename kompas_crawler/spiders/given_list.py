"""Read the articles named by an export of another archive, for ``-a list=FILE``."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from kompas_crawler.site.urls import article_key, canonical

FORMATS = (".csv", ".json", ".jsonl")


class Given(NamedTuple):
    """One article of the list: its key, its address and the digest of its content there."""

    key: str
    url: str
    content_hash: str | None


def read(name: str) -> tuple[Given, ...]:
    """Read the list at the path *name*: rows with ``url`` and, to be compared, ``content_hash``.

    Raises ``ValueError`` with a one-line message.
    """
    path = Path(name)
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if suffix not in FORMATS:
        raise ValueError(f"list={name!r}: not a {', '.join(FORMATS)} file (or one of them + .gz)")
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
        rows = list(_rows(text, suffix))
    except (OSError, EOFError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"list={name!r} cannot be read ({reason})") from None
    found = {given.key: given for row in rows if (given := _given(row)) is not None}
    if not found:
        raise ValueError(f"list={name!r} names no article: it needs a column url")
    return tuple(found.values())


def _rows(text: str, suffix: str) -> Iterable[Any]:
    if suffix == ".csv":
        return csv.DictReader(io.StringIO(text, newline=""))
    if suffix == ".json":
        return json.loads(text)  # type: ignore[no-any-return]
    return map(json.loads, filter(None, text.splitlines()))


def _given(row: Any) -> Given | None:
    url = row.get("url") if isinstance(row, dict) else None
    key = article_key(url) if isinstance(url, str) else None
    if key is None:
        return None
    digest = row.get("content_hash")
    is_digest = isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest)
    return Given(str(key), canonical(str(url)), digest if is_digest else None)
