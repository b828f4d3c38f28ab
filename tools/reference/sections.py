"""The sections that ``-a sections=`` knows."""

from __future__ import annotations

from kompas_crawler.site.sections import SECTIONS
from tools.reference.markdown import table
from tools.reference.page import Page


def page() -> Page:
    """The page of sections."""
    found = Page("sections", "Sections")
    rows = [
        [f"`{one.slug}`", one.label, one.front_url, "yes" if one.is_paid else ""]
        for one in SECTIONS.values()
    ]
    found.add(
        "Values of `-a sections=money,global`, by slug or label. Paid sections are excluded unless "
        "they are named, or `all` is.",
        table(["slug", "label", "front", "paid"], rows),
    )
    return found
