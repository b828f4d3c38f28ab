"""Scripts, menus and footers around every page of the sample site.

They give a page the size and the number of elements of a real one. As on the pages of 2021, half
of the bytes precede the article, a third of them white space; the rest has more elements.
"""

from collections.abc import Iterator
from functools import cache
from itertools import cycle
from random import Random

from kompas_crawler.sample.site.words import CHROME, TABLES, WORDS
from kompas_crawler.site.sections import SECTIONS

_BOXES = 8
_OWN_BYTES = 16_000  # size of an article's page without these
_OBJECTS = WORDS["object"]
_NAMES: list[str] = TABLES["identifiers"]


def _filled(size: int, lines: Iterator[str]) -> str:
    """The first of *lines* that have *size* characters."""
    found: list[str] = []
    while size > 0:
        found.append(next(lines))
        size -= len(found[-1]) + 1
    return "\n".join(found)


def _script(rng: Random, size: int) -> str:
    lines = (
        template.format(a=rng.choice(_NAMES), b=rng.choice(_NAMES), number=rng.getrandbits(96))
        for template in cycle(CHROME["scripts"])
    )
    return f"<script>\n{_filled(size, lines)}\n</script>\n"


def _menu(rng: Random, size: int, indent: int) -> str:
    space = "\n" + indent * " "
    rows = (
        CHROME["menu_row"].format(
            space=space,
            section=section,
            number=rng.getrandbits(72),
            event=rng.choice(_OBJECTS),
            image=rng.randrange(9999),
            alt=rng.choice(_OBJECTS),
        )
        for section in cycle(SECTIONS.values())
    )
    return f'<ul class="nav__row clearfix">{space}{_filled(size, rows)}</ul>\n'


@cache
def chrome(kilobytes: int) -> tuple[bytes, bytes]:
    """What makes a page weigh *kilobytes*: from the head to the article, and after it."""
    rng = Random(kilobytes)
    size = max(kilobytes * 1024 - _OWN_BYTES, 0)
    share = size // 20
    head = "".join(_script(rng, share // 4) for _ in range(9))
    top = head + CHROME["top"].format(menu=_menu(rng, 8 * share, 80))
    boxes = "".join(
        f'<div class="box">{_menu(rng, 9 * share * 2 // 3 // _BOXES, 12)}</div>\n'
        + _script(rng, 9 * share // 3 // _BOXES)
        for _ in range(_BOXES)
    )
    return top.encode(), (boxes + CHROME["bottom"]).encode()
