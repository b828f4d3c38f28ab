"""Scripts, styles, menus and footers around every page of the sample site.

They give a page the size and the number of elements of a real one. As on the pages of 2021, half
of the bytes precede the article, a third of them white space; the rest has more elements.
"""

from collections.abc import Callable
from itertools import cycle
from random import Random

from kompas_crawler.sample.site import words
from kompas_crawler.sample.site.packing import Packed
from kompas_crawler.site.sections import SECTIONS

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
        a, b = rng.choice(_NAMES), rng.choice(_NAMES)
        number = rng.getrandbits(96)
        return rng.choice(
            (
                f"var {a}={number};function {b}(e){{return e.{a}>{a}?e.{b}:null}}",
                f'window.{a}=window.{a}||[];window.{a}.push({{{b}:"{number:x}",batas:{a}.{b}}});',
                f"if({a}&&!{b}){{{a}.{b}({number % 99},function(t){{t.{b}=!0}})}}",
                f"googletag.cmd.push(function() {{ googletag.display('div-{a}-{b}-{number}'); }});",
            )
        )

    return f"<script>\n{_filled(size, line)}\n</script>\n"


def _style(rng: Random, size: int) -> str:
    def line() -> str:
        name = f"{rng.choice(_NAMES)}__{rng.choice(_NAMES)}"
        return f".{name}{{margin:{rng.randrange(40)}px;color:#{rng.randrange(1 << 24):06x}}}"

    return f"<style>\n{_filled(size, line)}\n</style>\n"


def _menu(rng: Random, size: int, indent: int) -> str:
    sections, space = cycle(SECTIONS.values()), "\n" + indent * " "

    def row() -> str:
        section = next(sections)
        return (
            f'<li class="nav__item">{space}<a class="nav__link nav__link--{section.slug}" '
            f'href="{section.front_url}?source=navbar" '
            f"onclick=\"ga('send','event','navbar','klik','{rng.getrandbits(72):x}', "
            f"{{'dimensi': '{rng.choice(_OBJECTS)}'}})\">"
            f"{space}<span>{section.label}</span>{space}"
            f'<img class="lozad" data-src="https://asset.kompas.com/menu/{rng.randrange(9999)}.png"'
            f' alt="{rng.choice(_OBJECTS)}">{space}</a></li>{space}'
        )

    return f'<ul class="nav__row clearfix">{space}{_filled(size, row)}</ul>\n'


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


def chrome(kilobytes: int, *, has_list_pager: bool) -> tuple[Packed, Packed, Packed]:
    """The pieces that make a page weigh about *kilobytes*.

    They stand in the head, before the body and after it.
    """
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
    return Packed(head.encode()), Packed(top.encode()), Packed(bottom.encode())
