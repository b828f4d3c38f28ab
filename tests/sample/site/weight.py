"""Pages of the sample site with the size and the number of elements of real ones.

Scripts, menus and boxes are around each page. As on the pages of 2021, half of the bytes precede
the article, a third of them white space; the rest has more elements.
"""

from __future__ import annotations

from functools import cache
from itertools import cycle
from random import Random
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.words import PAGE, WORDS
from kompas_crawler.site.sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.sample.site.site import Site

_BOXES = 8
_OWN_BYTES = 16_000  # size of an article's page without these
_OBJECTS = WORDS["object"]
_NAMES = [
    "slot",
    "unit",
    "lebar",
    "posisi",
    "muat",
    "klik",
    "layar",
    "token",
    "sesi",
    "iklan",
    "daftar",
]
_SCRIPTS = (
    "var {a}={number};function {b}(e){{return e.{a}>{a}?e.{b}:null}}",
    "googletag.cmd.push(function() {{ googletag.display('div-{a}-{b}-{number}'); }});",
)
_MENU_ROW = (
    '<li class="nav__item">{space}'
    '<a class="nav__link nav__link--{section.slug}" href="{section.front_url}?source=navbar" '
    "onclick=\"ga('send','event','navbar','klik','{number:x}', {{'dimensi': '{event}'}})\">{space}"
    "<span>{section.label}</span>{space}"
    '<img class="lozad" data-src="https://asset.kompas.com/menu/{image}.png" alt="{alt}">{space}'
    "</a></li>{space}"
)


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
        for template in cycle(_SCRIPTS)
    )
    return f"<script>\n{_filled(size, lines)}\n</script>\n"


def _menu(rng: Random, size: int, indent: int) -> str:
    space = "\n" + indent * " "
    rows = (
        _MENU_ROW.format(
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
def _around(kilobytes: int) -> tuple[str, str]:
    """What makes a page weigh *kilobytes*: from the head to the article, and after it."""
    rng = Random(kilobytes)
    size = max(kilobytes * 1024 - _OWN_BYTES, 0)
    share = size // 20
    head = "".join(_script(rng, share // 4) for _ in range(9))
    top = head + PAGE["top"] + _menu(rng, 8 * share, 80)
    boxes = "".join(
        f'<div class="box">{_menu(rng, 9 * share * 2 // 3 // _BOXES, 12)}</div>\n'
        + _script(rng, 9 * share // 3 // _BOXES)
        for _ in range(_BOXES)
    )
    return top, boxes + PAGE["bottom"]


class HeavyReplies(Replies):
    """The responses of *site* with pages of about *kilobytes*."""

    def __init__(self, site: Site, kilobytes: int) -> None:
        super().__init__(site)
        self._kilobytes = kilobytes

    def _page(self, head: str, main: str) -> bytes:
        top, bottom = _around(self._kilobytes)
        return f"{head}{top}{main}{bottom}".encode()
