"""Spiders and their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from tools.reference.markdown import rows, table, text
from tools.reference.page import Page

if TYPE_CHECKING:
    from scrapy import Spider


def page() -> Page:
    """The page of spiders."""
    found = Page("spiders", "Spiders and their arguments")
    found.add(
        "`scrapy crawl SPIDER -a NAME=VALUE`, with any number of `-a`. An invalid or unknown "
        "argument ends the command with one line and exit code 2."
    )
    loader = get_spider_loader(get_project_settings())
    for name in sorted(loader.list(), key=lambda n: (n != "kompas", n)):
        spider = loader.load(name)
        about = text(spider.__doc__)
        found.need(about, f"spider {name}: say what it reads in the docstring of its class")
        found.add(f"## {name}", about, _arguments(spider, found))
    return found


def _arguments(spider: type[Spider], found: Page) -> str:
    described, docstring = rows(spider.__doc__), spider.__doc__ or ""
    arguments = getattr(spider, "ARGUMENTS", ())
    if not arguments:
        return ""
    for name in arguments:
        is_named = name in described or f"``{name}``" in docstring or f"``{name}=" in docstring
        found.need(
            "yes" if is_named else "",
            f"argument {name} of {spider.name}: say what it is in the docstring of the spider",
        )
    if described:
        cells = [[f"`{name}`", described.get(name, "see above")] for name in arguments]
        return table(["argument", "description"], cells)
    return "Arguments: " + ", ".join(f"`{name}`" for name in arguments) + "."
