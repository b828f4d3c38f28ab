"""Extract a photo: its URL, caption and credit."""

from lxml import etree
from lxml.etree import _Element as Element

from kompas_crawler.items import Image
from kompas_crawler.pages.address import absolute
from kompas_crawler.pages.body_elements import PARTING_TAGS, text_of
from kompas_crawler.site.text import clean_or_none

CREDIT_CLASSES = frozenset({"photo__author", "author"})
"""The credit: ``span.author`` until about 2021, ``span.photo__author`` since."""
NO_CAPTION_CLASSES = frozenset({"photo__wrap", "photo__icon", "photoCarousel"})
NO_CAPTION_TAGS = frozenset({"script", "style", "noscript", "svg", "button"})


def read_photo(element: Element, base: str) -> Image | None:
    """The photo in *element* with its caption and credit; ``None`` without an image.

    The caption is the element's text without the credit, else the ``alt`` of the image.
    """
    for picture in element.iter("img"):
        url = image_url(picture, base)
        if url:
            break
    else:
        return None
    caption, credit = _texts(element)
    return Image(
        url=url,
        caption=clean_or_none(caption) or clean_or_none(picture.get("alt")),
        credit=_without_brackets(clean_or_none(credit)),
    )


def image_url(picture: Element, base: str) -> str | None:
    """The URL of an ``<img>``, also if it is loaded lazily."""
    return absolute(base, picture.get("data-src")) or absolute(base, picture.get("src"))


def _texts(element: Element) -> tuple[str, str]:
    caption: list[str] = []
    credit, has_caption = "", False
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, part in walker:
        if event == "end":
            if part.tag in PARTING_TAGS:
                caption.append(" ")
            if part is not element and part.tail:
                caption.append(part.tail)
                has_caption = has_caption or not part.tail.isspace()
            continue
        if part.tag == "p" and has_caption:
            break  # text of the article inside an unclosed photo
        names = (part.get("class") or "").split()
        if not CREDIT_CLASSES.isdisjoint(names):
            credit = credit or text_of(part)
        elif part.tag not in NO_CAPTION_TAGS and NO_CAPTION_CLASSES.isdisjoint(names):
            caption.append(" " if part.tag in PARTING_TAGS else "")
            if part.text:
                caption.append(part.text)
                has_caption = has_caption or not part.text.isspace()
            continue
        walker.skip_subtree()
    return "".join(caption), credit


def _without_brackets(credit: str | None) -> str | None:
    if credit and credit[0] == "(" and credit[-1] == ")" and credit.count("(") == 1:
        return credit[1:-1].strip() or None
    return credit
