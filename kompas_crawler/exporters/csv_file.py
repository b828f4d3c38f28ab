"""CSV: one row an article, lists joined with ``; ``."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any

from kompas_crawler.exporters.record import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def write(rows: Iterable[dict[str, Any]], file: IO[bytes], fields: Sequence[str]) -> None:
    """Write *rows*, with a header line, in UTF-8; texts are faithful, line breaks and all."""
    import io

    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.DictWriter(text, fields)
    writer.writeheader()
    for row in rows:
        writer.writerow(flat(row))
    text.flush()
    text.detach()
