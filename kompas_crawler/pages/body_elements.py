"""What the elements of an article's text are: blocks, rows, links, photos, or no news at all."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lxml.etree import _Element as Element

# fmt: off
BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
})
PARTING_TAGS = BLOCK_TAGS | {"br", "td", "th"}
"""Words on both sides of these are two; a ``<wbr>`` or a soft hyphen parts none."""
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
_LONGEST_REMEMBERED = 200  # letters of an attribute


def part_of(element: Element) -> Part:
    """Tell what *element* is."""
    key: tuple[Any, str | None] = (element.tag, element.get("class"))
    part = _parts.get(key)
    if part is None:
        if len(_parts) > _MOST_REMEMBERED:
            _parts.clear()
        part = _part(key[0], (key[1] or "").split())
        if len(key[1] or "") <= _LONGEST_REMEMBERED:
            _parts[key] = part
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


def text_of(element: Element, but: Collection[Element] = ()) -> str:
    """All text inside *element*, but that of the elements *but* in it.

    Breaks, blocks and cells part words; scripts and their like have no text.
    """
    if not len(element):
        return element.text or ""
    texts = [element.text]
    walker = etree.iterwalk(element, events=("start", "end"))
    next(walker)  # the element's own start; its end is the last event
    for event, part in walker:
        if part is element:
            break
        if part.tag in PARTING_TAGS:
            texts.append(" ")
        if event == "end":
            texts.append(part.tail)
        elif part.tag in JUNK_TAGS or part in but:
            walker.skip_subtree()
        else:
            texts.append(part.text)
    return "".join([text for text in texts if text])


def every(root: Element) -> list[Element]:
    """*root* and all elements inside, in the page's order.

    As a list, for lxml climbs from each element that is let go to the next one above that is held.
    """
    return list(root.iter("*"))


def own(element: Element, but: Collection[Element] = ()) -> Iterator[Element]:
    """*element* and what is inside, but not what the elements *but* in it are and hold."""
    walker = etree.iterwalk(element, events=("start",))
    for _, part in walker:
        if part is not element and part in but:
            walker.skip_subtree()
        else:
            yield part


def outermost(elements: Sequence[Element]) -> Sequence[Element]:
    """Those of *elements*, which are in the page's order, that stand in no other of them.

    Each part of the page is then read once, however deep they are nested.
    """
    if len(elements) < 2:
        return elements
    wanted = set(elements)
    inside: set[Element] = set()
    found = []
    for element in elements:
        if element not in inside:
            found.append(element)
            inside.update(part for part in element.iterdescendants() if part in wanted)
    return found
