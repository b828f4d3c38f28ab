"""Parquet: zoned timestamps and real lists, written in groups of rows."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GROUP = 5000
"""Rows of a group: some 20 MB in memory."""

_INSTANT = pa.timestamp("us", tz="+07:00")
_NAMES = pa.list_(pa.string())
_TYPES: dict[str, pa.DataType] = {
    "authors": _NAMES,
    "editors": _NAMES,
    "tags": _NAMES,
    "published_at": _INSTANT,
    "updated_at": _INSTANT,
    "first_seen_at": _INSTANT,
    "fetched_at": _INSTANT,
    "images": pa.list_(
        pa.struct([("url", pa.string()), ("caption", pa.string()), ("credit", pa.string())])
    ),
    "related": pa.list_(
        pa.struct([("id", pa.string()), ("url", pa.string()), ("title", pa.string())])
    ),
    "word_count": pa.int32(),
    "declared_words": pa.int32(),
    "pages": pa.int32(),
    "revision": pa.int32(),
    "is_complete": pa.bool_(),
}
"""Of the fields that are no plain text."""


def write(rows: Iterable[dict[str, Any]], file: IO[bytes], fields: Sequence[str]) -> int:
    """Write *rows*; instants have the zone +07:00, lists are lists."""
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in fields])
    left = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(left, GROUP)):
            columns = [_column(group, field) for field in schema]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return 0


def _column(group: Sequence[dict[str, Any]], field: pa.Field) -> pa.Array:
    values = [row[field.name] for row in group]
    if field.type == _INSTANT:
        values = [value and datetime.fromisoformat(value) for value in values]
    return pa.array(values, field.type)
