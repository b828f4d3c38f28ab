"""Tables of the database, from the models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler import frontier
from kompas_crawler.archive import crawl_models, models
from kompas_crawler.archive.migrations import unmapped
from tools.reference.fields import descriptions
from tools.reference.markdown import code, table, text
from tools.reference.page import Page
from tools.reference.source import Source

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

_TYPES = {"UTCDateTime": "instant", "VARCHAR": "text", "TEXT": "text", "JSON": "JSON"}


def page() -> Page:
    """The page of tables."""
    found = Page("tables", "Tables")
    sources = {
        module.__name__: Source(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for module in (models, crawl_models)
    }
    found.add(
        text(models.__doc__),
        "The same on SQLite and PostgreSQL. Any client may read them, also during a crawl; only "
        "`scrapy` may write.",
    )
    exported = descriptions()
    known = {"key" if name == "id" else name: words for name, words in exported.items()}
    for model in sorted(_models(), key=lambda one: one.__tablename__):
        where = f"table {model.__tablename__}: say what it holds in the docstring of its model"
        source = sources[model.__module__]
        about = {
            one.name: one.about
            for one in source.definitions(source.class_named(model.__name__).body)
        }
        if model is models.ArticleRow:
            about = {name: words or known.get(name, "") for name, words in about.items()}
        made: Table = model.__table__
        rows = [_column(column, about.get(column.key, "")) for column in made.columns]
        found.add(f"## {model.__tablename__}", found.need(text(model.__doc__), where))
        found.add(table(["column", "type", "key", "description"], rows))
    for name, query in unmapped.VIEWS.items():
        shown, columns = _view(query)
        where = f"view {name}: say what it shows in the first line of its SQL"
        found.add(f"## {name}", found.need(shown, where) and f"A view. {shown}")
        found.add(table(["column", "description"], columns))
    found.add("## Values of `state` in `frontier`", _states())
    return found


def _view(query: str) -> tuple[str, list[list[str]]]:
    """The description of a view and the rows of its columns, from the comments in its SQL."""
    head, columns = query.split("select\n")
    rows = []
    for line in columns.partition("\nfrom ")[0].splitlines():
        names, _, about = line.partition(" -- ")
        rows += [[f"`{name.split()[-1]}`", about] for name in names.rstrip(",").split(", ")]
    return head.strip("- \n"), rows


def _models() -> list[type[models.Model]]:
    return [mapper.class_ for mapper in models.Model.registry.mappers]


def _column(column: Column[object], about: str) -> list[str]:
    name = re.sub(r"\(.*", "", repr(column.type))
    kind = _TYPES.get(name) or _TYPES.get(name.upper()) or _spelled(column)
    if column.nullable:
        kind += ", may be absent"
    keys = ["key"] if column.primary_key else ["unique"] if column.unique else []
    keys += [f"→ {key.target_fullname}" for key in column.foreign_keys]
    return [f"`{column.name}`", kind, ", ".join(keys), code(about)]


def _spelled(column: Column[object]) -> str:
    words = {"int": "whole number", "float": "number", "bool": "yes or no", "str": "text"}
    name = column.type.python_type.__name__
    return words.get(name, name)


def _states() -> str:
    source = Source(Path(frontier.__file__).read_text(encoding="utf-8"))
    members = source.definitions(source.class_named("State").body)
    rows = [[f"`{one.value.strip(chr(39))}`", code(one.about)] for one in members]
    return table(["state", "meaning"], rows)
