"""Former records of articles: what a page contained, as JSON, and a digest of its details."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kompas_crawler.archive.store.hashes import content_hash
from kompas_crawler.items import PARTS, SERIALIZERS, Article, Kind, StoredArticle, declared, marked
from kompas_crawler.site.urls import row_key


class Changed(StrEnum):
    """What a revision differs in from the next one."""

    TEXT = "text"  # title, summary, body or tags
    DETAILS = "details"  # only other fields


_OF_PAGE = Article.__dataclass_fields__
KINDS = {name: known["kind"] for name, known in declared().items() if name in _OF_PAGE}
"""The kinds of the exported fields that a page gives, in the order of an export."""
_ASIDE = ("positions", "text_hash", "found_in")  # fields that are recorded but not exported
_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.PARAGRAPHS: lambda value: tuple(filter(None, value.split("\n\n"))),
    Kind.NAMES: tuple,
    Kind.INSTANT: datetime.fromisoformat,
}
_NO_DETAIL = {"id", "word_count", "content_hash", "extractor_version", *marked("is_compared")}
_DETAILS = (*(name for name in KINDS if name not in _NO_DETAIL), "positions")
_COMPARED: dict[str, Callable[[Any], Any]] = {
    "images": lambda images: [
        (i.caption, i.credit, i.url.partition("?")[0].rpartition("/")[2]) for i in images
    ],
    "related": lambda links: [row_key(link.url) for link in links],
    "published_at": lambda at: at and at.timestamp(),
    "updated_at": lambda at: at and at.timestamp(),
    "positions": lambda positions: sorted(positions.items()),
}


def details_hash(article: Article) -> str:
    """Return a digest of the fields whose change is a change of details.

    Images are compared by caption, credit and file name, links by key.
    """
    values = [
        _COMPARED[name](value) if name in _COMPARED else value
        for name, value in ((name, getattr(article, name)) for name in _DETAILS)
    ]
    return content_hash(*values)[:32]


def encode(article: Article) -> dict[str, Any]:
    """Return the whole record of *article*, its fields as in a JSON export."""
    found: dict[str, Any] = {name: getattr(article, name) for name in _ASIDE}
    for name, kind in KINDS.items():
        value, serialize = getattr(article, name), SERIALIZERS.get(kind)
        found[name] = serialize(value) if serialize and value is not None else value
    return found


def decode(record: Mapping[str, Any], current: StoredArticle) -> StoredArticle:
    """Return the article of *record*; fields that it lacks are those of *current*."""
    values = {name: record[name] for name in _ASIDE if name in record}
    for name in KINDS.keys() & record.keys():
        value, kind = record[name], KINDS[name]
        if name in PARTS:
            names = PARTS[name].__dataclass_fields__  # without what ``exported`` adds
            value = tuple(PARTS[name](**{one: part[one] for one in names}) for part in value)
        elif value is not None and kind in _READERS:
            value = _READERS[kind](value)
        values[name] = value
    return replace(current, **values)
