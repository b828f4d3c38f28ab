"""The texts of the sample site's articles; the same random source gives the same text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from kompas_crawler.sample.site.words import WORDS, Channel, composed, person, sentence, spelled


class BlockKind(StrEnum):
    """The shapes a piece of an article's body comes in."""

    TEXT = "text"
    HEADING = "heading"
    BOLD_HEADING = "bold heading"  # a paragraph in bold
    LED = "led"  # a bold heading before a <br>, then the paragraph
    LIST = "list"
    NESTED = "nested"  # a list whose second item holds a list
    ROWS = "rows"  # rows separated by <br>
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a body and its paragraphs: one for each list item and table row."""

    kind: BlockKind
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is written in an article."""

    summary: str
    dateline: str | None
    authors: tuple[str, ...]
    editors: tuple[str, ...]
    source: str | None
    caption: str
    credit: str
    blocks: tuple[tuple[Block, ...], ...]  # by page


def _block(rng: Random, kind: BlockKind, channel: Channel, at: datetime) -> tuple[Block, ...]:
    """A piece of the given *kind*, with the paragraph that leads to it where it needs one."""
    if kind in (BlockKind.HEADING, BlockKind.BOLD_HEADING):
        return (Block(kind, (rng.choice(WORDS["heading"]),)),)
    if kind is BlockKind.LED:
        return (Block(kind, (rng.choice(WORDS["heading"]), sentence(rng, channel, at))),)
    if kind is BlockKind.TABLE:
        rows = [composed(rng, "{place} | {count} | {object}") for _ in range(3)]
        return (Block(kind, (rng.choice(WORDS["table_heads"]), *rows)),)
    items = rng.sample(WORDS["object"], rng.randint(3, 5))
    texts = tuple(composed(rng, f"{item.capitalize()} di {{place}}") for item in items)
    return (Block(BlockKind.TEXT, (rng.choice(WORDS["list_lead"]),)), Block(kind, texts))


def _page(rng: Random, channel: Channel, at: datetime) -> tuple[Block, ...]:
    blocks = []
    for _ in range(rng.randint(6, 11)):
        text = " ".join(sentence(rng, channel, at) for _ in range(rng.choice((1, 2, 2, 3))))
        blocks.append(Block(BlockKind.TEXT, (text,)))
    if rng.random() < 0.6:
        place = rng.randint(2, len(blocks) - 1)
        blocks[place:place] = _block(rng, rng.choice(tuple(BlockKind)[1:]), channel, at)
    return tuple(blocks)


def write(rng: Random, channel: Channel, at: datetime, pages: int) -> Story:
    """Invent an article published *at* in *channel*, on *pages* pages."""
    is_foreign = channel.slug == "global"
    places = WORDS["foreign_place" if is_foreign else "place"]
    return Story(
        dateline=rng.choice(places).upper() if rng.random() < 0.85 else None,
        summary=sentence(rng, channel, at),
        authors=tuple(dict.fromkeys(person(rng) for _ in range(rng.choice((1, 1, 1, 2))))),
        editors=(person(rng),),
        source=rng.choice(WORDS["agency"]) if is_foreign or rng.random() < 0.08 else None,
        caption=composed(rng, "Suasana {spot} di {place}, {day}.", day=spelled(at)),
        credit=composed(rng, "Dok. {office}"),
        blocks=tuple(_page(rng, channel, at) for _ in range(pages)),
    )
