"""Settings of this project, and Scrapy's settings that it changes."""

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
        "The environment variable with the name of a setting overrides its default, and "
        "`-s NAME=VALUE` on the command line overrides both. Relative paths are relative to the "
        "folder of `scrapy.cfg`.",
        table(["setting", "default", "description"], [_ours(one, found) for one in ours]),
        "## Settings of Scrapy changed by this project",
        "[All others](https://docs.scrapy.org/en/latest/topics/settings.html) have "
        "Scrapy's defaults. If a setting disables a protection, a warning is logged at the start.",
    )
    theirs = [one for one in defined if one not in ours]
    for heading, group in groupby(theirs, key=lambda one: one.heading):
        rows = [[f"`{one.name}`", _value(one.value), code(one.about)] for one in group]
        if rows := [row for row in rows if row[1]]:
            found.add(f"### {heading}", table(["setting", "value", "why"], rows))
    found.add("The components are listed in [components](components.md).")
    return found


def _ours(one: Definition, found: Page) -> list[str]:
    value = _default(one.value)
    about = found.need(one.about, f"setting {one.name}: say what it is {_WHERE}")
    default = "none" if value in ("''", '""') else _value(value) or "see the file"
    return [f"`{one.name}`", default, code(about)]


def _default(value: str) -> str:
    """The default of a setting, without the environment.

    >>> _default("from_environment('A', 'x')"), _default("from_environment('A', '') or (1, 2)")
    ("'x'", '(1, 2)')
    """
    match ast.parse(value, mode="eval").body:
        case ast.Call(func=ast.Name(id="from_environment"), args=[_, ast.Call()]):
            return "()"  # computed in settings.py
        case ast.Call(func=ast.Name(id="from_environment"), args=[_, default]):
            return ast.unparse(default)
        case ast.BoolOp(op=ast.Or(), values=[*_, default]):
            return ast.unparse(default)
    return value


def _value(value: str) -> str:
    return "" if value[0] in "{[(" else f"`{value.strip(chr(39))}`"
