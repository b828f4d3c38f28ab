"""The way of an item, and what else takes part in a crawl: each component in its order."""

from __future__ import annotations

from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings

from tools.reference.markdown import text
from tools.reference.page import Page

_KINDS = {
    "ITEM_PIPELINES": ("Pipelines", "An article passes them in this order."),
    "DOWNLOADER_MIDDLEWARES": (
        "Downloader middlewares",
        "A request passes them in this order, its response the other way.",
    ),
    "SPIDER_MIDDLEWARES": ("Spider middlewares", ""),
    "EXTENSIONS": ("Extensions", ""),
}


def page() -> Page:
    """The page of components."""
    found = Page("components", "Pipelines, middlewares, extensions")
    found.add("Of this project; the numbers are those of `kompas_crawler/settings.py`.")
    settings = get_project_settings()
    for name, (title, order) in _KINDS.items():
        found.add(f"## {title}", order)
        for path, number in sorted(_ours(settings.getdict(name)).items(), key=lambda one: one[1]):
            component = load_object(path)
            where = f"{path}: say what it does in its docstring"
            found.add(
                f"### {component.__name__} ({number})",
                found.need(text(component.__doc__), where),
            )
    return found


def _ours(components: dict[str, int | None]) -> dict[str, int]:
    return {
        path: number
        for path, number in components.items()
        if number is not None and path.startswith("kompas_crawler.")
    }
