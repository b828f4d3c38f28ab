"""Scripts, styles, menus and footers around every page of the sample site.

They give a page the size and the number of elements of a real one. As on the pages of 2021, half
of the bytes precede the article, a third of them white space; the rest has more elements.
"""

from collections.abc import Callable
from functools import cache
from itertools import cycle
from random import Random

from kompas_crawler.sample.site import words
from kompas_crawler.sample.site.markup import CHROME
from kompas_crawler.sample.site.packing import Packed
from kompas_crawler.site.sections import SECTIONS

_BOXES = 8
_OWN_BYTES = 16_000  # size of an article's page without these
_OBJECTS = words.WORDS["object"]
_NAMES: list[str] = words.TABLES["identifiers"]


def _filled(size: int, line: Callable[[], str]) -> str:
    """Lines made by *line* until they have *size* characters."""
    lines: list[str] = []
    while size > 0:
        lines.append(line())
        size -= len(lines[-1]) + 1
    return "\n".join(lines)


def _script(rng: Random, size: int) -> str:
    """A script of about *size* bytes, like those of real pages."""

    def line() -> str:
        a, b, number = rng.choice(_NAMES), rng.choice(_NAMES), rng.getrandbits(96)
        template: str = rng.choice(CHROME["scripts"])
        return template.format(a=a, b=b, number=number, small=number % 99)

    return f"<script>\n{_filled(size, line)}\n</script>\n"


def _style(rng: Random, size: int) -> str:
    def line() -> str:
        return str(
            CHROME["style"].format(
                a=rng.choice(_NAMES),
                b=rng.choice(_NAMES),
                margin=rng.randrange(40),
                color=rng.randrange(1 << 24),
            )
        )

    return f"<style>\n{_filled(size, line)}\n</style>\n"


def _menu(rng: Random, size: int, indent: int) -> str:
    sections, space = cycle(SECTIONS.values()), "\n" + indent * " "

    def row() -> str:
        return str(
            CHROME["menu_row"].format(
                space=space,
                section=next(sections),
                number=rng.getrandbits(72),
                event=rng.choice(_OBJECTS),
                image=rng.randrange(9999),
                alt=rng.choice(_OBJECTS),
            )
        )

    return f'<ul class="nav__row clearfix">{space}{_filled(size, row)}</ul>\n'


@cache
def chrome(kilobytes: int, *, has_list_pager: bool) -> tuple[Packed, Packed, Packed]:
    """The pieces that make a page weigh about *kilobytes*.

    They stand in the head, before the body and after it.
    """
    rng = Random(kilobytes)
    size = max(kilobytes * 1024 - _OWN_BYTES, 0)
    share = size // 20
    head = "".join(_script(rng, share // 4) for _ in range(9)) + _style(rng, share // 8)
    top = CHROME["top"].format(menu=_menu(rng, 8 * share, 80))
    boxes = "".join(
        f'<div class="box">{_menu(rng, 9 * share * 2 // 3 // _BOXES, 12)}</div>\n'
        + _script(rng, 9 * share // 3 // _BOXES)
        for _ in range(_BOXES)
    )
    bottom = CHROME["pager"] * has_list_pager + boxes + CHROME["bottom"]
    return Packed(head.encode()), Packed(top.encode()), Packed(bottom.encode())
