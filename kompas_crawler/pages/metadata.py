"""Extract title, times, sections, tags, pager and photos of an article."""

import re
from datetime import datetime

from lxml import etree
from lxml.etree import _Element as Element

from kompas_crawler.items import Image
from kompas_crawler.pages.address import CONTENT, absolute
from kompas_crawler.pages.body_elements import JUNK_TAGS, PARTING_TAGS, outermost, text_of
from kompas_crawler.pages.document import Document
from kompas_crawler.site.dates import visible_times
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.text import clean, clean_or_none, is_placeholder
from kompas_crawler.site.urls import article_key

TIME = ".read__time"
PAGER = ".read__paging"
TAG_LINK = ".tag__article__link"
BREADCRUMB_LINK = ".breadcrumb__link"
LEAD_PHOTOS = (".cover-photo", ".photo")  # since about 2022, and before
CREDIT_CLASSES = frozenset({"photo__author", "author", "pb_10"})  # the others until about 2021
NO_CAPTION_CLASSES = frozenset({"photo__wrap", "photo__icon", "photoCarousel"})

_BRACKETS = re.compile(r"\(([^(]*)\)")
_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,3})(?![0-9])")


def text_at(document: Document, css: str) -> str | None:
    """The clean text of the first element that *css* selects."""
    return next((clean_or_none(text_of(found)) for found in document.anywhere(css)), None)


def visible_time(document: Document, *, is_update: bool) -> datetime | None:
    """The visible time above the text: of publication or last update."""
    times = visible_times(text_at(document, TIME) or "")
    return next((time.at for time in times if time.is_update is is_update), None)


def breadcrumb(document: Document, nth: int) -> str | None:
    """A breadcrumb; number 0 is the home page."""
    links = document.all(BREADCRUMB_LINK)
    return clean_or_none(text_of(links[nth])) if len(links) > nth else None


def visible_tags(document: Document) -> tuple[str, ...]:
    links = document.all(TAG_LINK)
    others = set(links)
    names = (clean(text_of(link, others)) for link in links)
    return tuple(dict.fromkeys(name for name in names if not is_placeholder(name)))


def highest_page(document: Document, key: ArticleKey, url: str) -> int | None:
    """The highest number in the pager of the article *key*; other pagers list other pages."""
    numbers = [
        int(match[1])
        for pager in outermost(document.all(PAGER))
        for link in pager.iter("a")
        if (match := _PAGE_NUMBER.search(link.get("href") or ""))
        and article_key(absolute(url, link.get("href")) or "") == key
    ]
    return max(numbers, default=None)


def lead_photo(document: Document, url: str) -> Image | None:
    contents = outermost(document.all(CONTENT))
    inside = {block for content in contents for block in content.iter("div")}
    found = ([p for p in document.all(name) if p not in inside] for name in LEAD_PHOTOS)
    photos = (read_photo(photo, url) for each in found for photo in outermost(each))
    return next(filter(None, photos), None)


def read_photo(element: Element, base: str) -> Image | None:
    """The photo in *element*, if any; the caption is its text without credit, or the ``alt``."""
    for picture in element.iter("img"):
        if url := image_url(picture, base):
            caption, credit = map(clean, _texts(element))
            inside = _BRACKETS.fullmatch(credit)
            return Image(
                url=url,
                caption=caption or clean_or_none(picture.get("alt")),
                credit=(inside[1].strip() if inside else credit) or None,
            )
    return None


def image_url(picture: Element, base: str) -> str | None:
    """The printable URL of an ``<img>``, also if it is loaded lazily."""
    urls = (absolute(base, picture.get(name)) for name in ("data-src", "src"))
    return next((url for url in urls if url and url.isprintable()), None)


def _texts(element: Element) -> tuple[str, str]:
    caption: list[str] = []
    credit, has_caption = "", False
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, part in walker:
        if event == "end":
            text = None if part is element else part.tail
        else:
            if part.tag == "p" and has_caption:
                break  # text of the article inside an unclosed photo
            text, names = part.text, (part.get("class") or "").split()
            is_credit = not CREDIT_CLASSES.isdisjoint(names)
            if is_credit:
                credit = credit or text_of(part)
            if is_credit or part.tag in JUNK_TAGS or NO_CAPTION_CLASSES.intersection(names):
                walker.skip_subtree()
                continue
        caption += [" " if part.tag in PARTING_TAGS else "", text or ""]
        has_caption = has_caption or bool(text and not text.isspace())
    return "".join(caption), credit
