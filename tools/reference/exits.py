"""Exit codes of ``scrapy crawl``."""

from __future__ import annotations

from pathlib import Path

from kompas_crawler import exitcodes
from tools.reference.markdown import code, table
from tools.reference.page import Page
from tools.reference.source import Source


def page() -> Page:
    """The page of exit codes."""
    found = Page("exit-codes", "Exit codes")
    source = Source(Path(exitcodes.__file__).read_text(encoding="utf-8"))
    said = {one.name: one.said for one in source.definitions(source.class_named("Exit").body)}
    rows = []
    for member in exitcodes.Exit:
        where = f"exit code {member.name}: say when in a comment beside it, in exitcodes.py"
        rows.append(
            [str(int(member)), member.name.lower(), code(found.need(said[member.name], where))]
        )
    found.add(
        "Of `scrapy crawl`. The name is the `outcome` in the health file and in the table `runs`. "
        "After 11, 12 and any death of the process the same command goes on where it stopped.",
        table(["code", "name", "when"], rows),
        "Commands that only read end with 0, or with one of these where they cannot answer; "
        "`status` and `gaps` end with 1 when the answer is that something is not well. "
        "`make` turns any code but 0 into its own 2: schedules call `scrapy` itself.",
    )
    return found
