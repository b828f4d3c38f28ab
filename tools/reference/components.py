"""Pipelines, middlewares and extensions in their order."""

from __future__ import annotations

from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings

from tools.reference.markdown import text
from tools.reference.page import Page

_KINDS = {
    "ITEM_PIPELINES": ("Pipelines", "Each article passes them in this order."),
    "DOWNLOADER_MIDDLEWARES": (
        "Downloader middlewares",
        "Requests pass them in this order, responses in reverse order.",
    ),
    "SPIDER_MIDDLEWARES": ("Spider middlewares", ""),
    "EXTENSIONS": ("Extensions", ""),
}


def page() -> Page:
    """The page of components."""
    found = Page("components", "Pipelines, middlewares, extensions")
    found.add("The components of this project, with their order in `kompas_crawler/settings.py`.")
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
