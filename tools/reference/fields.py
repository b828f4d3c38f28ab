"""Exported fields, in their order."""

from __future__ import annotations

from kompas_crawler.exporters import job, record
from kompas_crawler.items import declared
from tools.reference.markdown import code, table, text
from tools.reference.page import Page


def page() -> Page:
    """The page of exported fields."""
    found = Page("fields", "Exported fields")
    about = descriptions()
    rows = []
    for name in record.FIELDS:
        where = f"exported field {name}: say what it is where it is declared, in items.py"
        mark = "yes" if name in job.METADATA else ""
        rows.append([f"`{name}`", code(found.need(about.get(name, ""), where)), mark])
    versions = ", ".join(f"`{name}`" for name in job.VERSION_FIELDS)
    edges = ", ".join(f"`{name}`" for name in job.EDGE_FIELDS)
    found.add(
        "The fields of every export and feed (`-O file.csv`), in this order. New fields are "
        "added at the end. *metadata* marks the fields of `--metadata-only`.",
        table(["field", "description", "metadata"], rows),
        text(record.record.__doc__),
        text(record.cell.__doc__),
        "In `.xlsx` numbers and times are Excel's, in Jakarta time, and no text is a formula; in "
        "`.parquet` times have a zone and lists are lists; in JSON all keys are present.",
        f"`--revisions` adds {versions}: when and why a newer version replaced the row; empty in "
        "the current one.",
        f"`--edges` exports the links, in `.csv` with the columns {edges}.",
    )
    return found


def descriptions() -> dict[str, str]:
    """The descriptions of the exported fields."""
    return {name: known["about"] for name, known in declared().items()}
