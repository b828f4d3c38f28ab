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
    about = {one.name: one.about for one in source.definitions(source.class_named("Exit").body)}
    rows = []
    for member in exitcodes.Exit:
        where = f"exit code {member.name}: say when in a comment beside it, in exitcodes.py"
        rows.append(
            [str(int(member)), member.name.lower(), code(found.need(about[member.name], where))]
        )
    found.add(
        "Exit codes of `scrapy crawl`. The name is the `outcome` in the health file and in the "
        "table `runs`. After 11, 12 or a crash, run the same command again to continue.",
        table(["code", "name", "when"], rows),
        "Commands that only read the archive exit with 0, or with one of these codes after an "
        "error; `status` and `gaps` exit with 1 if they report a problem, and `export`, `report` "
        "and `show` if nothing matches. `make` exits with 2 "
        "after any code but 0, so schedules call `scrapy` directly.",
    )
    return found
