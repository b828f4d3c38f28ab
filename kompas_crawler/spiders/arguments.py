"""Parse spider arguments; raise ``UsageProblem`` with a one-line message."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import known_are, named
from kompas_crawler.site.text import clean
from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind

_Default = TypeVar("_Default", int, None)
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)  # clamped: ``date.max`` would overflow


def number(
    name: str, text: str | None, *, default: _Default, least: int = 0, most: int = 10**9
) -> int | _Default:
    """A whole number from *least* to *most*.

    >>> number("depth", "3", default=2), number("depth", None, default=2)
    (3, 2)
    """
    if text is None or text == "":
        return default
    if not re.fullmatch(r"[0-9]{1,9}", str(text)) or not least <= int(text) <= most:
        upper = "up" if most == 10**9 else f"to {most}"
        raise UsageProblem(f"{name}={text!r} is not a whole number from {least} {upper}")
    return int(text)


def day(name: str, text: str | None) -> date | None:
    """A day as YYYY-MM-DD, between ``EARLIEST`` and ``LATEST``.

    >>> day("since", "2024-02-29"), day("until", "9999-12-31")
    (datetime.date(2024, 2, 29), datetime.date(2999, 12, 31))
    """
    if text is None:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return min(max(date.fromisoformat(text), EARLIEST), LATEST)
    except ValueError:
        raise UsageProblem(f"{name}={text!r} is not a day; write it as YYYY-MM-DD") from None


def switch(name: str, text: str | None) -> bool:
    """A yes or no: 1, true or yes; 0, false, no or nothing.

    >>> switch("gaps", "1"), switch("gaps", None)
    (True, False)
    """
    value = str(text or "0").lower()
    if value not in ("0", "1", "true", "false", "yes", "no"):
        raise UsageProblem(f"{name}={text!r} is neither 1 nor 0")
    return value in ("1", "true", "yes")


def names(*texts: str | None) -> tuple[str, ...]:
    """Names separated by commas, without duplicates; quotes enclose a name with a comma.

    >>> names("banjir, gempa,banjir", '"Budi, S.H."')
    ('banjir', 'gempa', 'Budi, S.H.')
    """
    lines = csv.reader((clean(text or "") for text in texts), skipinitialspace=True)
    return tuple(dict.fromkeys(filter(None, (name.strip() for line in lines for name in line))))


def addresses(text: str | None) -> tuple[str, ...]:
    """Canonical URLs of articles and listings, by commas or one per line of a file."""
    if text is None:
        return ()
    parts = names(text) if "://" in text else _lines(text)
    for part in parts:
        if kind(part) not in (UrlKind.ARTICLE, UrlKind.LISTING):
            raise UsageProblem(f"not an article or a listing of Kompas.com: {part!r}")
    if not parts:
        raise UsageProblem(f"urls={text!r} contains no address")
    return tuple(dict.fromkeys(map(canonical, parts)))


def _lines(name: str) -> tuple[str, ...]:
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"urls={name!r}: the file is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise UsageProblem(f"urls={name!r}: the file cannot be read ({_reason(error)})") from None
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _reason(error: Exception) -> object:
    return getattr(error, "strerror", None) or error


class Given(NamedTuple):
    """One article of the list: its key, its address and the digest of its content there."""

    key: str
    url: str
    content_hash: str | None


def given_list(name: str) -> tuple[Given, ...]:
    """Read the list at the path *name*: rows with ``url`` and, to be compared, ``content_hash``."""
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    if suffix not in _PARSERS:
        raise UsageProblem(f"list={name!r}: not a {', '.join(_PARSERS)} file (or with .gz)")
    try:
        data = Path(name).read_bytes()
        data = gzip.decompress(data) if name.lower().endswith(".gz") else data
        # Excel saves a .csv in the code page of its system; addresses and digests are ASCII.
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text = data.decode(encoding, "replace" if suffix == ".csv" else "strict")
        rows = list(_PARSERS[suffix](text))
    except Exception as error:  # noqa: BLE001 - a file can be damaged in any way
        raise UsageProblem(f"list={name!r} cannot be read ({_reason(error)})") from None
    found = {given.key: given for row in rows if (given := _given(row)) is not None}
    if not found:
        raise UsageProblem(f"list={name!r} names no article: it needs a column url")
    return tuple(found.values())


def _csv_rows(text: str) -> Iterable[dict[str, str]]:
    """Read rows parted by commas, or as spreadsheets save them, by semicolons or tabs."""
    csv.field_size_limit((1 << 31) - 1)  # more is too much on Windows
    text = re.sub(r"\Asep=[,;\t]", "", text).lstrip()
    by = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=by)
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    return rows


_PARSERS: dict[str, Callable[[str], Iterable[Any]]] = {
    ".csv": _csv_rows,
    ".json": json.loads,
    ".jsonl": lambda text: map(json.loads, filter(str.strip, text.split("\n"))),
}


def _given(row: Any) -> Given | None:
    url = row.get("url") if isinstance(row, dict) else None
    key = article_key(url.strip()) if isinstance(url, str) else None
    if key is None:
        return None
    digest = str(row.get("content_hash")).strip().lower()
    is_digest = re.fullmatch("[0-9a-f]{64}", digest)
    return Given(str(key), canonical(str(url).strip()), digest if is_digest else None)


def refuse_future(spider: object, now: datetime) -> None:
    """Raise ``UsageProblem`` if the days of *spider* are in the future.

    An ``until`` later this year is an open end, as in a schedule.
    """
    today = now.astimezone(WIB).date()
    for name, last in (("since", today), ("until", today.replace(month=12, day=31))):
        if (day := getattr(spider, name, None)) is not None and day > last:
            raise UsageProblem(f"{name}={day} is in the future; today is {today}")


def days(since: str | None, until: str | None) -> tuple[date, date | None]:
    """The first day, which is required, and the last one."""
    first, last = day("since", since), day("until", until)
    if first is None:
        raise UsageProblem("since is missing: -a since=YYYY-MM-DD")
    if last is not None and last < first:
        raise UsageProblem(f"until={until} is before since={since}")
    return first, last


def slugs(sections: str | None) -> tuple[str, ...]:
    """The slugs of *sections*; none for all."""
    if not sections or sections.lower() == "all":
        return ()
    return tuple(section.slug for section in named(sections))


def refuse_unknown(asked: Iterable[str], known: Collection[str]) -> None:
    """Raise ``UsageProblem`` for the arguments *asked* that are not *known*.

    Names that begin with ``_`` are ignored: Scrapyd passes ``_job``.

    >>> refuse_unknown(["_job", "files"], ("files",))
    """
    wrong = sorted(name for name in asked if name not in known and not name.startswith("_"))
    if wrong:
        raise UsageProblem(f"unknown argument {', '.join(wrong)}{known_are(wrong[0], known)}")
