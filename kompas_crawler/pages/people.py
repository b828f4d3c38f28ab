"""Extract the writers, editors and source of an article, by role."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from lxml.etree import _Element as Element

from kompas_crawler.pages.body_elements import outermost, own, text_of
from kompas_crawler.pages.document import Document
from kompas_crawler.site.names import ROLE_LABEL, is_degree, labelled, positions, split_names
from kompas_crawler.site.text import clean, value_or_none

CREDIT_ITEM = ".read__credit__item"  # of 2021: ``#penulis``, ``#editor``, "Sumber" below the text
CREDIT_NAMES = ".credit-title-name"  # since 2023: editors last; a ``<p>`` beside can have the role
CREDIT_PERSON = ".credit-author"  # since 2023: one block per person, in ``#creditModal``
PERSON_NAME = "credit-author-name"
PERSON_POSITION = "credit-author-position"
OPINION_AUTHOR = ".opinion__author"


def credited(document: Document, role: str) -> tuple[str, ...]:
    """The names of *role*, "author" or "editor", in the credit rows."""
    rows = (names for found, names, _ in _rows(document) if found == role)
    names = (split_names(row, of_editors=role == "editor") for row in rows)
    return tuple(dict.fromkeys(chain.from_iterable(names)))


def positioned(document: Document, role: str) -> tuple[str, ...]:
    """The names whose position is that of *role*, "author" or "editor"."""
    names = (split_names(name) for label, name in _persons(document) if role_of(label) == role)
    return tuple(dict.fromkeys(chain.from_iterable(names)))


def positions_in(document: Document) -> dict[str, str]:
    """The people with a position of their own, such as "Kontributor Malang", in any credit."""
    found: dict[str, str] = {}
    for role, _, text in _rows(document):
        found |= positions(text) if role == "author" else {}
    for person in _persons(document):
        found |= positions(", ".join(person))
    return found


def labelled_editors(document: Document) -> tuple[str, ...]:
    return tuple(name for label, names in _blocks(document) if label == "editor" for name in names)


def labelled_authors(document: Document, editors: Iterable[str]) -> tuple[str, ...]:
    """The writers among the names with or without a label.

    Without labels they are the names not in *editors*; if none is a known editor, the last of
    several names is taken as the editor.
    """
    labelled = labelled_editors(document)
    known = {*editors, *labelled}
    found: list[str] = []
    for label, names in _blocks(document):
        if label == "author":
            found += names
        elif not label:
            writers = [name for name in names if name not in known]
            are_all = len(writers) == len(names) > 1 and not labelled
            found += names[:-1] if are_all else writers
    return tuple(dict.fromkeys(found))


def _blocks(document: Document) -> list[tuple[str, tuple[str, ...]]]:
    """The role of each block of names ("author", "editor" or empty), and the names."""
    blocks = outermost(document.all(CREDIT_NAMES))
    others = set(blocks)
    found: list[tuple[str, tuple[str, ...]]] = []
    for block in blocks:
        labels = (ROLE_LABEL.match(text_of(part)) for part in _beside(block, others))
        beside = next(map(_role, filter(None, labels)), "")
        parts = (text for part in block for text in (text_of(part, parting="\n"), part.tail or ""))
        found += _by_role((block.text or "", *parts), beside)
    return [(role, names) for role, names in found if names]


def _by_role(texts: Iterable[str], role: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Split *texts* at their labels, which stand all before or all after their names.

    Names without a label have the *role* of the block.
    """
    names, is_first = [""], None  # whether labels stand before their names
    for text in texts:
        names.append(",")
        for line in filter(None, map(clean, text.split("\n"))):
            label = ROLE_LABEL.match(line)
            if label is None or label["names"] is None:
                names += (" ", line)
                continue
            is_first = not "".join(names).strip(" ,") if is_first is None else is_first
            yield role if is_first else _role(label), split_names("".join(names))
            names = [label["names"].lstrip(" :：")] if is_first else [""]
            role = _role(label) if is_first else role
    yield role, split_names("".join(names))


def _beside(block: Element, others: Collection[Element]) -> list[Element]:
    """The paragraphs that can contain the label of *block*: after, in and before it."""
    behind = (part for part in block.itersiblings() if part.tag == "p" or part in others)
    parts = (next(behind, None), *block.iterchildren("p"), block.getprevious())
    return [part for part in parts if part is not None and part.tag == "p"]


def role_of(label: str) -> str:
    """The role in a *label* or position: "author", "editor" or empty."""
    match = ROLE_LABEL.match(label)
    return _role(match) if match else ""


def _role(match: re.Match[str]) -> str:
    return "author" if match["author"] else "editor" if match["editor"] else ""


def opinion_author(document: Document) -> tuple[str, ...]:
    texts = (clean(text_of(block, parting=", ")) for block in document.all(OPINION_AUTHOR))
    return split_names(next(labelled(next(texts, "")), ("", ""))[1])


def visible_source(document: Document) -> str | None:
    """The agency of "Sumber X"; several are joined by commas."""
    texts = (text_of(item).lower() for item in outermost(document.all(CREDIT_ITEM)))
    found = (value_or_none(names) for role, names, _ in _rows(document) if role == "source")
    return next(filter(None, found), None) if any("sumber" in text for text in texts) else None


def _rows(document: Document) -> Iterator[tuple[str, str, str]]:
    """The parts of the credit rows: the role, the names (of links, if any), and the text."""
    items = document.all(CREDIT_ITEM)
    others = set(items)
    for item in items:
        links = iter(outermost([part for part in own(item, others) if part.tag == "a"]))
        link, of_id = next(links, None), role_of(item.get("id") or "")
        for role, text in labelled(clean(text_of(item, others))):
            linked, end = dict[str, None](), 0
            while link is not None and (at := text.find(name := clean(text_of(link)), end)) >= 0:
                behind, end = clean(link.tail or "").strip(" ,"), at + len(name)
                name = name.strip(" ,")
                linked[f"{name}, {behind}" if behind and is_degree(behind) else name] = None
                link = next(links, None)
            yield of_id or role, ", ".join(filter(None, linked)) or text, text
            of_id = ""


def _persons(document: Document) -> Iterator[tuple[str, str]]:
    """The position and the name of each person, excluding nested persons."""
    others = set(document.all(CREDIT_PERSON))
    for person in document.all(CREDIT_PERSON):
        texts: dict[str, str] = {}
        for part in own(person, others):
            for name in {PERSON_POSITION, PERSON_NAME}.intersection(part.get("class", "").split()):
                if name not in texts:
                    texts[name] = clean(text_of(part, others))
        yield texts.get(PERSON_POSITION, ""), texts.get(PERSON_NAME, "")
