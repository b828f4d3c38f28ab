"""What the elements of an article's text are: blocks, rows, links, photos, or no news at all."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# fmt: off
BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
})
BOLD_TAGS = frozenset({"strong", "b"})
JUNK_TAGS = frozenset({
    "audio", "button", "canvas", "embed", "form", "head", "iframe", "input", "map", "math",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title",
    "video",
})
"""No text of an article is inside these."""
# fmt: on
JUNK_CLASSES = frozenset(
    {
        "ads-on-body",
        "ads-partner-wrap",
        "adsbygoogle",
        "gate-kgplus",
        "liftdown_v2_tanda",
        "fb-quote",
        "video",
        "photoCarousel",
        # embeds bring the words of others, who may take them back
        "instagram-media",
        "twitter-tweet",
        "twitter-video",
        "tiktok-embed",
        "fb-post",
        "fb-video",
        # parts of the page that a broken tag may draw into the text
        "read__paging",
        "read__paging__footnote",
        "read__credit",
        "read__tagging",
        "read__time",
        "related__inline",
    }
)
JUNK_PREFIXES = ("kompasidRec",)
PHOTO_CLASSES = frozenset({"photo", "cover-photo"})
READ_ALSO_LINK = "inner-link-baca-juga"
"""The class of a "Baca juga" link, which may also stand inside a sentence."""
READ_ALSO_BLOCK = "inject-baca-juga"
"""A block of such links, of about 2026."""


class Part(Enum):
    """What an element is to the text around it."""

    INLINE = 0
    BLOCK = 1
    JUNK = 2
    PHOTO = 3
    READ_ALSO = 4


# By tag and whole class attribute, for pages repeat themselves; emptied before it grows.
_parts: dict[tuple[str, str | None], Part] = {}
_MOST_REMEMBERED = 10_000


def part_of(element: Element) -> Part:
    """Tell what *element* is."""
    key: tuple[Any, str | None] = (element.tag, element.get("class"))
    part = _parts.get(key)
    if part is None:
        if len(_parts) > _MOST_REMEMBERED:
            _parts.clear()
        part = _parts[key] = _part(key[0], (key[1] or "").split())
    return part


def _part(tag: str, classes: list[str]) -> Part:
    if tag in JUNK_TAGS:
        return Part.JUNK
    if READ_ALSO_BLOCK in classes:
        return Part.READ_ALSO
    if not PHOTO_CLASSES.isdisjoint(classes):
        return Part.PHOTO
    if not JUNK_CLASSES.isdisjoint(classes) or any(c.startswith(JUNK_PREFIXES) for c in classes):
        return Part.JUNK
    if tag == "figure":
        return Part.PHOTO
    return Part.BLOCK if tag in BLOCK_TAGS else Part.INLINE
