"""Write the sample site's articles: titles, paragraphs, people and tags, from a random source.

The same source gives the same text, so a story needs no place in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kompas_crawler.sample.site import words
from kompas_crawler.sample.site.sentences import count_of, person, sentence, spelled

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from kompas_crawler.sample.site.channels import Channel


class BlockKind(StrEnum):
    """The shapes a piece of an article's body comes in."""

    TEXT = "text"
    HEADING = "heading"
    BOLD_HEADING = "bold heading"  # a paragraph in bold
    LED = "led"  # a bold heading before a <br>, then the paragraph
    LIST = "list"
    NESTED = "nested"  # a list whose second item holds a list
    ROWS = "rows"  # rows parted by <br>
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a body and the paragraphs it is: list items and table rows are one each."""

    kind: BlockKind
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """The contents of an article by pages."""

    title: str
    summary: str
    dateline: str | None
    authors: tuple[str, ...]
    editors: tuple[str, ...]
    source: str | None
    tags: tuple[str, ...]
    caption: str
    credit: str
    pages: tuple[tuple[Block, ...], ...]


_SHAPES = (
    BlockKind.HEADING,
    BlockKind.BOLD_HEADING,
    BlockKind.LED,
    BlockKind.LIST,
    BlockKind.NESTED,
    BlockKind.ROWS,
    BlockKind.TABLE,
)


def _block(rng: Random, kind: BlockKind, channel: Channel, at: datetime) -> tuple[Block, ...]:
    """A piece of the given *kind*, with the paragraph that leads to it where it needs one."""
    if kind in (BlockKind.HEADING, BlockKind.BOLD_HEADING):
        return (Block(kind, (rng.choice(words.HEADINGS),)),)
    if kind is BlockKind.LED:
        return (Block(kind, (rng.choice(words.HEADINGS), sentence(rng, channel, at))),)
    if kind is BlockKind.TABLE:
        rows = [
            (rng.choice(words.PLACES), count_of(rng), rng.choice(words.OBJECTS)) for _ in range(3)
        ]
        table = (rng.choice(words.TABLE_HEADS), *rows)
        return (Block(kind, tuple(" | ".join(row) for row in table)),)
    items = rng.sample(words.OBJECTS, rng.randint(3, 5))
    items = [f"{item.capitalize()} di {rng.choice(words.PLACES)}" for item in items]
    return (
        Block(BlockKind.TEXT, (rng.choice(words.LIST_LEADS),)),
        Block(kind, tuple(items)),
    )


def _text(rng: Random, channel: Channel, at: datetime) -> Block:
    said = [sentence(rng, channel, at) for _ in range(rng.choice((1, 2, 2, 3)))]
    return Block(BlockKind.TEXT, (" ".join(said),))


def _page(rng: Random, channel: Channel, at: datetime) -> tuple[Block, ...]:
    blocks = [_text(rng, channel, at) for _ in range(rng.randint(6, 11))]
    if rng.random() < 0.6:
        place = rng.randint(2, len(blocks) - 1)
        blocks[place:place] = _block(rng, rng.choice(_SHAPES), channel, at)
    return tuple(blocks)


def tags_of(rng: Random, channel: Channel) -> tuple[str, ...]:
    """The tags of an article of *channel*."""
    subject, place = rng.choice(channel.subjects), rng.choice(words.PLACES)
    return (subject, *rng.sample(words.GENERAL_TAGS, 2), place)


def write(
    rng: Random, title: str, tags: tuple[str, ...], channel: Channel, at: datetime, pages: int
) -> Story:
    """Invent the article under *title*, published *at* in *channel*, on *pages* pages."""
    places = words.FOREIGN_PLACES if channel.slug == "global" else words.PLACES
    dateline = rng.choice(places).upper() if rng.random() < 0.85 else None
    return Story(
        title=title,
        summary=sentence(rng, channel, at),
        dateline=dateline,
        authors=tuple(dict.fromkeys(person(rng) for _ in range(rng.choice((1, 1, 1, 2))))),
        editors=(person(rng),),
        source=rng.choice(words.AGENCIES)
        if channel.slug == "global" or rng.random() < 0.08
        else None,
        tags=tags,
        caption=f"Suasana {rng.choice(words.SPOTS)} di {rng.choice(words.PLACES)}, {spelled(at)}.",
        credit=f"Dok. {rng.choice(words.OFFICES)}",
        pages=tuple(_page(rng, channel, at) for _ in range(pages)),
    )


def tag_slug(tag: str) -> str:
    """A tag as its address has it.

    >>> tag_slug("harga pangan")
    'harga-pangan'
    """
    return tag.lower().replace(" ", "-")
