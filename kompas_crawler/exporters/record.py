"""The exported row: one function makes it, for feeds and exports alike."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from kompas_crawler.items import Kind, StoredArticle, declared, of_kind

Rows: TypeAlias = Iterable[dict[str, Any]]
Serializers: TypeAlias = Mapping[str, Callable[[Any], Any]]
About: TypeAlias = Callable[[], Mapping[str, Any]]
"""What a file says about itself, to be asked after its last row."""
FIELDS = tuple(declared())  # the exported fields, in their order, which never changes
_VALUES = attrgetter(*FIELDS)
_SERIALIZERS = {name: of["serializer"] for name, of in declared().items() if "serializer" in of}
_CELLS = _SERIALIZERS | dict.fromkeys(of_kind(Kind.PARTS), lambda parts: [one.url for one in parts])


def record(article: StoredArticle, serializers: Serializers = _SERIALIZERS) -> dict[str, Any]:
    """Return the exported row of *article*: every field of ``FIELDS``, ``None`` where absent.

    ``body`` has its paragraphs separated by a blank line, instants are ISO 8601 with
    +07:00 in whole seconds, lists are lists.
    """
    row = dict(zip(FIELDS, _VALUES(article), strict=True))
    for name, serialize in serializers.items():
        row[name] = serialize(row[name])
    return row


def cells(article: StoredArticle) -> dict[str, Any]:
    """Like ``record`` for a table: images and related links are their URLs alone."""
    return record(article, _CELLS)


def kind_of(column: str) -> Kind:
    """The kind of a column, also of those of links and versions."""
    if column in declared():
        return Kind(declared()[column]["kind"])
    known = {"position": Kind.NUMBER, "is_target_stored": Kind.FLAG}
    return Kind.INSTANT if column.endswith("_at") else known.get(column, Kind.LABEL)


def cell(value: Any) -> str:
    """Return a value of an exported row as one cell of a table.

    Lists are joined with ``; `` (images and related links by their URL), truth is
    ``true`` or ``false``, and what is absent is empty.

    >>> cell(["banjir", "gempa"]), cell(True), cell(None), cell(3)
    ('banjir; gempa', 'true', '', '3')
    """
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join([item["url"] if isinstance(item, dict) else item for item in value])
    return str(value)
