"""Read who wrote and who edited an article, and where it is from.

The role counts, not the order: the page's linked data names the editor as the author, and
``meta author`` is always the publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.pages.document import text_of
from kompas_crawler.text import clean, split_names

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from kompas_crawler.pages.document import Document

CREDIT_ITEM = "read__credit__item"
"""2021: ``#penulis`` and ``#editor``, and "Sumber" below the text."""
AUTHOR_ID = "penulis"
EDITOR_ID = "editor"
CREDIT_NAMES = "credit-title-name"
"""2023: names without roles, the editors last."""
CREDIT_PERSON = "credit-author"
"""Since 2023: one block a person, in ``#creditModal``."""
PERSON_NAME = "credit-author-name"
PERSON_POSITION = "credit-author-position"
OPINION_AUTHOR = "opinion__author"

AUTHOR_POSITIONS = ("penulis", "kontributor", "reporter", "wartawan", "author", "writer")
EDITOR_POSITIONS = ("editor", "redaktur", "penyunting")
SOURCE_LABEL = "sumber"


def credited(document: Document, item_id: str) -> tuple[str, ...]:
    """The names of the credit row with the id *item_id*."""
    for item in document.all(CREDIT_ITEM):
        if item.get("id") == item_id:
            return _names(item)
    return ()


def positioned(document: Document, positions: tuple[str, ...]) -> tuple[str, ...]:
    """The names whose position is one of *positions*."""
    found = []
    for person in document.all(CREDIT_PERSON):
        name, position = _of_class(person, PERSON_NAME), _of_class(person, PERSON_POSITION)
        if name and position.lower().startswith(positions):
            found.append(name)
    return tuple(dict.fromkeys(found))


def named_without_roles(document: Document, editors: tuple[str, ...]) -> tuple[str, ...]:
    """The writers among the names that stand without roles.

    They are those that are no editors; where no editor is known the last one is, unless
    there is but one name.
    """
    block = next(iter(document.all(CREDIT_NAMES)), None)
    if block is None:
        return ()
    names = split_names(",".join(text_of(part) for part in block)) or split_names(text_of(block))
    if editors:
        return tuple(name for name in names if name not in editors)
    return names[:-1] if len(names) > 1 else names


def opinion_author(document: Document) -> tuple[str, ...]:
    """The writer of an opinion piece."""
    for block in document.all(OPINION_AUTHOR):
        return split_names(text_of(block))
    return ()


def visible_source(document: Document) -> str | None:
    """The agency of "Sumber X"; several are joined by commas."""
    for item in document.all(CREDIT_ITEM):
        label, _, rest = clean(text_of(item)).partition(" ")
        if label.lower().rstrip(":") == SOURCE_LABEL and rest:
            return ", ".join(_names(item)) or rest
    return None


def _names(item: Element) -> tuple[str, ...]:
    """The linked names of a credit row, else its text after the label."""
    linked = [clean(text_of(link)) for link in item.iter("a")]
    if any(linked):
        return tuple(dict.fromkeys(name for text in linked if (name := text.strip(" ,"))))
    _, _, rest = clean(text_of(item)).partition(" ")
    return split_names(rest)


def _of_class(person: Element, name: str) -> str:
    """The clean text of the part of *person* with the class *name*."""
    for part in person.iter("*"):
        if name in (part.get("class") or "").split():
            return clean(text_of(part))
    return ""
