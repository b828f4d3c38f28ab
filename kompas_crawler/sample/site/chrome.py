"""What surrounds every page of the sample site: scripts, styles, menus and footers, by weight.

It is there to weigh and to parse what a real page does; nothing in it belongs to an article.
As on the pages of 2021, half of it stands before the article, a third of that white space, and
what follows has more elements: lists of what else there is, and scripts between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from kompas_crawler.sample.site import words
from kompas_crawler.sample.site.packing import Packed
from kompas_crawler.site.sections import SECTIONS

_OWN_BYTES = 16_000  # what an article's page weighs without any of this
_OBJECTS = words.WORDS["object"]
_NAMES: list[str] = words.TABLES["identifiers"]


@dataclass(frozen=True, slots=True)
class Chrome:
    """The unchanging pieces of a page: before its own head lines end, before and after its body."""

    head: Packed
    top: Packed
    bottom: Packed


def _script(rng: Random, size: int) -> str:
    """About *size* bytes of a script that does nothing much, as the real pages hold."""
    lines: list[str] = []
    length = 0
    while length < size:
        a, b = rng.choice(_NAMES), rng.choice(_NAMES)
        number = rng.getrandbits(96)
        line = rng.choice(
            (
                f"var {a}={number};function {b}(e){{return e.{a}>{a}?e.{b}:null}}",
                f'window.{a}=window.{a}||[];window.{a}.push({{{b}:"{number:x}",batas:{a}.{b}}});',
                f"if({a}&&!{b}){{{a}.{b}({number % 99},function(t){{t.{b}=!0}})}}",
                f"googletag.cmd.push(function() {{ googletag.display('div-{a}-{b}-{number}'); }});",
            )
        )
        lines.append(line)
        length += len(line) + 1
    return "<script>\n" + "\n".join(lines) + "\n</script>\n"


def _style(rng: Random, size: int) -> str:
    lines: list[str] = []
    length = 0
    while length < size:
        name = f"{rng.choice(_NAMES)}__{rng.choice(_NAMES)}"
        line = f".{name}{{margin:{rng.randrange(40)}px;color:#{rng.randrange(1 << 24):06x}}}"
        lines.append(line)
        length += len(line) + 1
    return "<style>\n" + "\n".join(lines) + "\n</style>\n"


def _menu(rng: Random, size: int, indent: int) -> str:
    sections = list(SECTIONS.values())
    rows: list[str] = []
    length = 0
    line = "\n" + indent * " "
    while length < size:
        section = sections[len(rows) % len(sections)]
        row = (
            f'<li class="nav__item">{line}<a class="nav__link nav__link--{section.slug}" '
            f'href="{section.front_url}?source=navbar" '
            f"onclick=\"ga('send','event','navbar','klik','{rng.getrandbits(72):x}', "
            f"{{'dimensi': '{rng.choice(_OBJECTS)}'}})\">"
            f"{line}<span>{section.label}</span>{line}"
            f'<img class="lozad" data-src="https://asset.kompas.com/menu/{rng.randrange(9999)}.png"'
            f' alt="{rng.choice(words.WORDS["object"])}">{line}</a></li>{line}'
        )
        rows.append(row)
        length += len(row)
    return f'<ul class="nav__row clearfix">{line}{"".join(rows)}</ul>\n'


def _boxes(rng: Random, size: int) -> str:
    boxes = 8
    return "".join(
        f'<div class="box">{_menu(rng, size * 2 // 3 // boxes, 12)}</div>\n'
        + _script(rng, size // 3 // boxes)
        for _ in range(boxes)
    )


_LIST_URL = "https://indeks.kompas.com?site=all&page=2"
_LIST_PAGER = (
    '<div class="text-center mt2 clearfix"><div class="paging__wrap clearfix">\n'
    '<div class="paging__item"><a class="paging__link paging__link--active" '
    'href="javascript:void(0)">1</a></div>\n'
    f'<div class="paging__item"><a class="paging__link" href="{_LIST_URL}">2</a></div>\n'
    f'<div class="paging__item"><a class="paging__link paging__link--next" href="{_LIST_URL}" '
    'rel="next">Next</a></div>\n</div></div>\n'
)
"""The pager of the site-wide list below every article."""


def chrome(kilobytes: int, *, has_list_pager: bool) -> Chrome:
    """The pieces that make a page weigh about *kilobytes*."""
    rng = Random(kilobytes)
    size = max(kilobytes * 1024 - _OWN_BYTES, 0)
    share = size // 20
    head = "".join(_script(rng, share // 4) for _ in range(9)) + _style(rng, share // 8)
    top = (
        '</head>\n<body class="theme--news page--read">\n<div class="wrap">\n'
        f'<div class="header clearfix"><div class="logo"><a href="https://www.kompas.com">'
        f'<img src="https://asset.kompas.com/logo.png" alt=""></a></div>\n'
        f"{_menu(rng, 8 * share, 80)}"
        '<div class="kcm"><p>Baca berita tanpa iklan.</p></div></div>\n'
    )
    bottom = (
        (_LIST_PAGER if has_list_pager else "")
        + _boxes(rng, 9 * share)
        + '<div class="footer clearfix">\n<p>Login untuk memaksimalkan pengalaman</p></div>\n'
        + "</div>\n</body>\n</html>\n"
    )
    return Chrome(*(Packed(part.encode()) for part in (head, top, bottom)))
