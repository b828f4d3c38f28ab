"""Exported fields, in their order."""

from __future__ import annotations

from kompas_crawler.exporters import job, record
from kompas_crawler.items import declared
from tools.reference.markdown import code, table, text
from tools.reference.page import Page


def page() -> Page:
    """The page of exported fields."""
    found = Page("fields", "Exported fields")
    said = descriptions()
    rows = []
    for name in record.FIELDS:
        where = f"exported field {name}: say what it is where it is declared, in items.py"
        mark = "yes" if name in job.METADATA else ""
        rows.append([f"`{name}`", code(found.need(said.get(name, ""), where)), mark])
    edges = ", ".join(f"`{name}`" for name in job.EDGE_FIELDS)
    found.add(
        "Every export and every feed (`-O file.csv`) has these fields in this order; it never "
        "changes, new ones come at the end. *metadata* marks what `--metadata-only` keeps.",
        table(["field", "what it is", "metadata"], rows),
        text(record.record.__doc__),
        text(record.cell.__doc__),
        "In `.xlsx` every cell is text; in `.parquet` instants have their zone and lists are "
        "lists; in JSON every key is always there.",
        f"`--edges` writes the links instead, in `.csv` with the columns {edges}.",
    )
    return found


def descriptions() -> dict[str, str]:
    """What each exported field is."""
    return {name: known["about"] for name, known in declared().items()}
