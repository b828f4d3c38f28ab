"""Parquet: timestamps with a zone and lists, written in row groups."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from kompas_crawler.exporters.record import kind_of
from kompas_crawler.items import Kind

GROUP = 5000
"""Rows per group: about 20 MB in memory."""

_INSTANT = pa.timestamp("us", tz="+07:00")
_NAMES = pa.list_(pa.string())
_TYPES: dict[Kind, pa.DataType] = {
    Kind.NAMES: _NAMES,
    Kind.INSTANT: _INSTANT,
    Kind.NUMBER: pa.int32(),
    Kind.FLAG: pa.bool_(),
}
"""Types of the kinds other than text."""
_PARTS = {
    name: pa.list_(pa.struct([(one, pa.string()) for one in columns]))
    for name, columns in {
        "images": ("url", "caption", "credit"),
        "related": ("id", "url", "title"),
    }.items()
}


def _type(name: str) -> pa.DataType:
    return _PARTS.get(name) or _TYPES.get(kind_of(name), pa.string())


def write(
    rows: Iterable[dict[str, Any]],
    file: IO[bytes],
    fields: Sequence[str],
    about: Callable[[], Mapping[str, Any]] = dict,
) -> int:
    """Write *rows*; times have the zone +07:00. *about* becomes the metadata of the file."""
    schema = pa.schema([(name, _type(name)) for name in fields])
    left = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(left, GROUP)):
            columns = [_column(group, field) for field in schema]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
        told = about().items()
        writer.add_key_value_metadata(
            {name: value if isinstance(value, str) else json.dumps(value) for name, value in told}
        )
    return 0


def _column(group: Sequence[dict[str, Any]], field: pa.Field) -> pa.Array:
    values = [row[field.name] for row in group]
    if field.type == _INSTANT:
        values = [value and datetime.fromisoformat(value) for value in values]
    return pa.array(values, field.type)
