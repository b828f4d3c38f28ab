"""Settings: ours with what they mean, and Scrapy's that this project sets otherwise."""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler import settings
from tools.reference.markdown import code, table
from tools.reference.page import Page
from tools.reference.source import Source

if TYPE_CHECKING:
    from tools.reference.source import Definition

_WHERE = "in a comment beside it or a string below it, in kompas_crawler/settings.py"


def page() -> Page:
    """The page of settings."""
    found = Page("settings", "Settings")
    source = Source(Path(settings.__file__).read_text(encoding="utf-8"))
    defined = [one for one in source.definitions() if one.name.isupper()]
    ours = [one for one in defined if one.name.startswith("KOMPAS_")]
    found.add(
        "Each setting of ours is also read from an environment variable of the same name. "
        "`-s NAME=VALUE` on the command line wins over the environment, the environment over "
        "`kompas_crawler/settings.py`. Relative paths count from the folder of `scrapy.cfg`.",
        table(["setting", "default", "what it is"], [_ours(one, found) for one in ours]),
        "## Settings of Scrapy that this project sets",
        "[All others](https://docs.scrapy.org/en/latest/topics/settings.html) are as Scrapy has "
        "them. Whoever takes a protection away is told so at the start of the crawl.",
    )
    theirs = [one for one in defined if one not in ours]
    for heading, group in groupby(theirs, key=lambda one: one.heading):
        rows = [[f"`{one.name}`", _value(one.value), code(one.said)] for one in group]
        if rows := [row for row in rows if row[1]]:
            found.add(f"### {heading}", table(["setting", "value", "why"], rows))
    found.add("Which components take part is told in [components](components.md).")
    return found


def _ours(one: Definition, found: Page) -> list[str]:
    value = _default(one.value)
    said = found.need(one.said, f"setting {one.name}: say what it is {_WHERE}")
    default = "none" if value in ("''", '""') else _value(value) or "see the file"
    return [f"`{one.name}`", default, code(said)]


def _default(value: str) -> str:
    """What a setting is where the environment says nothing.

    >>> _default("from_environment('A', 'x')"), _default("from_environment('A', '') or (1, 2)")
    ("'x'", '(1, 2)')
    """
    match ast.parse(value, mode="eval").body:
        case ast.Call(func=ast.Name(id="from_environment"), args=[_, ast.Call()]):
            return "()"  # made by the file
        case ast.Call(func=ast.Name(id="from_environment"), args=[_, default]):
            return ast.unparse(default)
        case ast.BoolOp(op=ast.Or(), values=[*_, default]):
            return ast.unparse(default)
    return value


def _value(value: str) -> str:
    """The value as one types it; empty where it is a table of components."""
    return "" if value[0] in "{[(" else f"`{value.strip(chr(39))}`"
