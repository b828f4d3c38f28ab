"""Parquet: timestamps with a zone and lists, written in row groups."""

import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from kompas_crawler.exporters.record import About, Rows, kind_of
from kompas_crawler.items import PARTS, Kind

GROUP = 5000  # rows per group: about 20 MB in memory

_INSTANT = pa.timestamp("us", tz="+07:00")
_TYPES: dict[Kind, pa.DataType] = {  # types of the kinds other than text
    Kind.NAMES: pa.list_(pa.string()),
    Kind.INSTANT: _INSTANT,
    Kind.NUMBER: pa.int32(),
    Kind.FLAG: pa.bool_(),
}
_PARTS = {
    name: pa.list_(pa.struct([(key, pa.string()) for key in part(url="").exported()]))
    for name, part in PARTS.items()
}


def write(rows: Rows, file: IO[bytes], fields: Sequence[str], about: About = dict) -> None:
    """Write *rows*; times have the zone +07:00. *about* becomes the metadata of the file."""
    types = (_PARTS.get(name) or _TYPES.get(kind_of(name), pa.string()) for name in fields)
    schema = pa.schema(list(zip(fields, types, strict=True)))
    left = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd", store_schema=False) as writer:
        while group := list(islice(left, GROUP)):
            columns = [_column(group, field) for field in schema]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
        known = {n: v if isinstance(v, str) else json.dumps(v) for n, v in about().items()}
        of_arrow = schema.with_metadata(known).serialize()  # programs that use Arrow see only this
        writer.add_key_value_metadata(known | {"ARROW:schema": b64encode(of_arrow)})


def _column(group: Sequence[dict[str, Any]], field: pa.Field) -> pa.Array:
    values = [row[field.name] for row in group]
    if field.type == _INSTANT:
        values = [value and datetime.fromisoformat(value) for value in values]
    return pa.array(values, field.type)
