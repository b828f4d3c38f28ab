"""Spiders and their arguments."""

from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from tools.reference.markdown import code, table, text
from tools.reference.page import Page


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
        arguments = getattr(spider, "ARGUMENTS", {})
        cells = [[f"`{argument}`", code(said)] for argument, said in arguments.items()]
        found.add(f"## {name}", about, table(["argument", "description"], cells) if cells else "")
    return found
