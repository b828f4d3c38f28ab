"""Classify the elements of an article's text: blocks, rows, links, photos, or no content."""

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from kompas_crawler.site.text import LONGEST_REMEMBERED
from kompas_crawler.site.words import WORDS

BLOCK_TAGS = frozenset(WORDS["block_tags"])
PARTING_TAGS = BLOCK_TAGS | {"br", "td", "th"}  # they separate words; a <wbr> does not
BOLD_TAGS = frozenset({"strong", "b"})
JUNK_TAGS = frozenset(WORDS["junk_tags"])
JUNK_CLASSES = frozenset(WORDS["junk_classes"])
JUNK_PREFIXES = ("kompasidRec", "ads-")
PHOTO_CLASSES = frozenset({"photo", "cover-photo"})
READ_ALSO_LINK = "inner-link-baca-juga"  # class of a "Baca juga" link, also of some in sentences
READ_ALSO_BLOCK = "inject-baca-juga"  # a block of such links, since about 2026


class Part(Enum):
    """What an element of an article is for its text."""

    INLINE = 0
    BLOCK = 1
    JUNK = 2
    PHOTO = 3
    READ_ALSO = 4


def part_of(element: Element) -> Part:
    classes = element.get("class", "")
    classify = _part if len(classes) <= LONGEST_REMEMBERED else _part.__wrapped__
    return classify(str(element.tag), classes)


@lru_cache(maxsize=10_000)
def _part(tag: str, classes: str) -> Part:
    names = classes.split()
    if tag in JUNK_TAGS or tag.startswith("amp-"):
        return Part.JUNK
    if any(name.startswith(READ_ALSO_BLOCK) for name in names):
        return Part.READ_ALSO
    if tag == "figure" or not PHOTO_CLASSES.isdisjoint(names):
        return Part.PHOTO
    if not JUNK_CLASSES.isdisjoint(names) or any(name.startswith(JUNK_PREFIXES) for name in names):
        return Part.JUNK
    return Part.BLOCK if tag in BLOCK_TAGS else Part.INLINE


def text_of(element: Element, but: Collection[Element] = (), parting: str = " ") -> str:
    """The text in *element* without *but* and scripts; breaks, blocks and cells are *parting*."""
    if not len(element):
        return element.text or ""
    texts = [element.text]
    walker = etree.iterwalk(element, events=("start", "end"))
    next(walker)  # the start of the element
    for event, part in walker:
        if part is element:
            break
        if part.tag in PARTING_TAGS:
            texts.append(parting)
        if event == "end":
            texts.append(part.tail)
        elif part.tag in JUNK_TAGS or part in but:
            walker.skip_subtree()
        else:
            texts.append(part.text)
    return "".join([text for text in texts if text])


def own(element: Element, but: Collection[Element] = ()) -> Iterator[Element]:
    """*element* and its descendants, without the elements *but* and theirs."""
    walker = etree.iterwalk(element, events=("start",))
    for _, part in walker:
        if part is not element and part in but:
            walker.skip_subtree()
        else:
            yield part


def outermost(elements: Sequence[Element]) -> Sequence[Element]:
    """Those of *elements*, in document order, that are not inside another of them."""
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
