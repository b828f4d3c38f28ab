"""The time to read a page grows with the page, not with its square, whatever it nests or repeats.

Each input is built at n and doubled twice; a square takes 16 times as long at 4n. A measure that is
too long is taken again, at larger sizes too. The controls read the same inputs with a protection
off.
"""

from __future__ import annotations

import gc
import re
import time
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from scrapy.http import HtmlResponse

from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.snippets import snippet
from kompas_crawler.log import masking
from kompas_crawler.pages import article, document, listing, merge, people
from kompas_crawler.pages import body_paragraphs as gathered
from kompas_crawler.pages import metadata as head
from kompas_crawler.pages.article_2015 import article_page
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.polite.robots_file import readable
from kompas_crawler.site import names, text, urls
from tests.pages.articles import URL, page, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Act = Callable[[], object]

SIZES = (1, 4)
AT_MOST = 5
"""Times as long for four times as much."""
ROUNDS = 5

TAG = "https://www.kompas.com/tag/air"
FRONT = "https://www.kompas.com/"
OLD = "https://regional.kompas.com/read/2016/05/17/08150057/warga"
B = "<b></b>"
ROW = '<div class="articleItem">'
READ_ALSO = '<a class="inner-link-baca-juga" href="/read/2024/01/15/090000126/x">'
PHOTO = '<div class="photo"><img src="https://asset.kompas.com/data/photo/1.jpg">'


def _article(html: str, url: str = URL) -> Act:
    return lambda: article_page(HtmlResponse(url, body=html.encode())).to_item()


def _content(html: str) -> Act:
    return _article(page(html))


def _around(html: str) -> Act:
    return _article(page("<p>Isi.</p>", around=html))


def _meta(name: str, content: str) -> Act:
    declared = f'<meta property="{name}" content="{content}">'
    return _article(page("<p>Isi.</p>", head=declared).replace("read__title", "judul"))


def _old(html: str, head: str = "") -> Act:
    text = f'<link rel="canonical" href="{OLD}">{head}<p class="kcm-read-text">Isi</p>{html}'
    return _article(text, OLD)


def _list(html: str, url: str = TAG) -> Act:
    def act() -> None:
        found = ListingPage(HtmlResponse(url, body=html.encode()))
        found.to_item()
        assert found.row_urls is not None
        assert found.found_by_address is not None
        assert found.last_page
        assert found.active_page is None

    return act


def _front(html: str) -> Act:
    return _list(html, FRONT)


def _merge(*contents: str) -> Act:
    pages = [read(page(content)) for content in contents]
    return lambda: merge.merge(pages)


def _links(n: int, inside: str = "", behind: str = "</a>") -> str:
    address = "https://money.kompas.com/read/2024/01/15/{:09}/x"
    return "".join(f'<a href="{address.format(i)}">{inside}{behind}' for i in range(n))


def _in(begin: str, n: int, inside: str = B) -> str:
    """Much *inside* n blocks; deeper than 2,046 libxml2 reads nothing."""
    return begin * n + inside * 40 * n


def _div(name: str) -> str:
    return f'<div class="{name}">'


def _degrees(n: int) -> str:
    return "".join([f", S.{i:x}" for i in range(n)])


# fmt: off
INPUTS: dict[str, tuple[int, Callable[[int], Act]]] = {
    # What the head says.
    "endings of a title": (500, lambda n: _meta("og:title", "x" + " Halaman 1" * n + "y")),
    "names of the site": (9000, lambda n: _meta("og:title", "x" + " - Kompas.com" * n + "y")),
    "degrees": (8000, lambda n: _meta("content_author", "Sari" + _degrees(n))),
    "same degrees": (2000, lambda n: _meta("content_author", "Sari" + ", S.H." * n)),
    "contributors": (2000, lambda n: _meta("content_author", "Kontributor a, " * n)),
    "provinces": (5000, lambda n: _meta("content_author", "Kontributor a, " + "Jawa b, " * n)),
    "two roles": (1000, lambda n: _meta("content_author", "Penulis &amp; Editor: S, " * n)),
    "names": (2000, lambda n: _meta("content_author", "A dan B, " * n)),
    "open brackets": (9000, lambda n: _meta("content_author", "S " + "(Penulis " * n)),
    "titles": (100, lambda n: _around("<svg>" + _in("<title>", n))),
    # What stands around the text.
    "title": (100, lambda n: _around(_in(_div("read__title"), n))),
    "titles below the text": (1000, lambda n: _around(
        f"<h1 class='read__title'>{'x' * n}</h1>" + "<h1 class='read__title'>Judul</h1>" * n)),
    "titles of one text": (400, lambda n: _article(
        page("").replace("Judul", "x " * 20 * n) + "<h1 class='read__title'></h1>" * 20 * n)),
    "persons": (100, lambda n: _around(_in(_div("credit-author"), n))),
    "credit rows": (100, lambda n: _around(_in(_div("read__credit__item"), n))),
    "links of a credit row": (100, lambda n: _around(
        '<div class="read__credit__item" id="penulis">Penulis' + _in("<div><a>", n))),
    "labels of a credit row": (500, lambda n: _around(
        _div("read__credit__item") + "Penulis: <a>A b</a> Editor: <a>C d</a> " * n)),
    "credit names": (100, lambda n: _around(_in(_div("credit-title-name"), n))),
    "credit names in a row": (500, lambda n: _around(
        "<div class='credit-title-name'>x</div>" * n + B * n)),
    "lines of credit names": (10000, lambda n: _around(_div("credit-title-name") + "x\n" * n)),
    "tags": (100, lambda n: _around(_in(_div("tag__article__link"), n))),
    "many tags": (4000, lambda n: _around('<b class="tag__article__link"></b>' * n)),
    "pagers": (100, lambda n: _around(_in(_div("read__paging"), n, "<a></a>"))),
    "photos": (100, lambda n: _around(_in(_div("photo"), n) + "<img>")),
    "times": (3000, lambda n: _around(_div("read__time") + "Diperbarui ,,, " * n)),
    "classes": (20000, lambda n: _around(_div("x " * n))),
    # The text.
    "texts": (100, lambda n: _content(_in(_div("read__content"), n))),
    "texts in a row": (1000, lambda n: _around("<div class='read__content'><b></b></div>" * n)),
    "wrappers": (100, lambda n: _article(
        page("", around=_in('<div data-io-article-url="">', n)))),
    "photos in the text": (500, lambda n: _content("<div>" * 50 + f"{PHOTO}</div>" * n)),
    "captions": (2000, lambda n: _content(PHOTO + "<p></p>" * n)),
    "marks on a letter": (2000, lambda n: _content("<p>a" + "\u0301\u0323" * n)),
    "invisible marks": (2000, lambda n: _content("<p>a" + "\u034f\ufe00" * n)),
    "paragraphs": (2000, lambda n: _content("<p>Isi x.</p>" * n)),
    "rows of a paragraph": (2000, lambda n: _content("<p>" + "<b>Isi</b><br>x<br>" * n)),
    "bylines": (1000, lambda n: _content("<p>" + "Oleh: Sari<br>Oleh: Ali<br><br>" * n)),
    "items": (100, lambda n: _content(_in("<ul><li>x", n, "<p>x</p>"))),
    "templates": (4000, lambda n: _content("<template><b>x</b></template>x" * n)),
    "ends of paragraphs": (4000, lambda n: _content(f"</p>{' ' * 20}x</p>{' ' * 20}<" * n)),
    "ends of breaks": (4000, lambda n: _content("<p>" + f"</br{' ' * 20}" * n)),
    "tables": (100, lambda n: _content(_in("<table><tr><td>x", n))),
    "read also": (1000, lambda n: _content("<p>Baca juga: " + f"{READ_ALSO}x</a>, " * n)),
    "read also in a block": (100, lambda n: _content(
        _div("inject-baca-juga") + _in(f"<div>{READ_ALSO}", n))),
    "labels": (1000, lambda n: _content("<p>" + f"{READ_ALSO}Baca juga:</a>" * n)),
    "words that are no text": (20000, lambda n: _content(
        "<p>Baca juga <a>x</a>" + " dan" * n + " x")),
    "promo": (5000, lambda n: _content("<p>" + "kompas.com. Dapatkan update " * n)),
    "spaces in an address": (5000, lambda n: _content(
        f'<p>Baca juga: <a href="/a{" " * n}b">x</a>')),
    # The templates before 2017.
    "old heads": (100, lambda n: _old(_in(_div("kcm-read-top"), n))),
    "old headings": (100, lambda n: _old(_div("kcm-read-top") + _in("<div><h2>", n))),
    "old credits": (100, lambda n: _old(_in(_div("kcm-read-copy") + "<table><tr><td>", n))),
    "old classes": (2000, lambda n: _article(
        f'<link rel="canonical" href="{OLD}">{_div("kcmread1114 " * n + "<")}Isi', OLD)),
    "old titles": (9000, lambda n: _old("", '<meta property="og:title" content="x'
                                        + " - Kompas.com a" * n + '-">')),
    # Lists.
    "links of a row": (400, lambda n: _list(ROW + _links(n))),
    "links below a long heading": (400, lambda n: _list(
        f"{ROW}<h2>{'x' * 400 * n}</h2>{_links(n)}")),
    "rows": (100, lambda n: _list(ROW * n + _links(5 * n))),
    "links": (100, lambda n: _front(_links(n, behind="<div>") + B * 40 * n)),
    "links with texts": (100, lambda n: _front(_links(n, behind="<div>") + "<b>x</b>" * 40 * n)),
    "links with pictures": (100, lambda n: _front(_links(n, behind="<div>") + "<img>" * 40 * n)),
    "links in headings": (100, lambda n: _front(_links(n, behind="<div><h3>") + B * 40 * n)),
    "headings": (100, lambda n: _list(ROW + _links(1) + _in(_div("articleTitle"), n))),
    "headings of links": (1000, lambda n: _list(ROW + "<h2></h2>" * n + _links(n, "<h3></h3>"))),
    "addresses": (1000, lambda n: _front("https://a.kompas.com/read/2026/" * n)),
    "one long address": (1000, lambda n: _front("https://a.kompas.com" + "/read/2026" * n)),
    "pager of a list": (100, lambda n: _list(_in('<div><a class="paging__link--active">', n))),
    # The file of the robots.
    "agents of many rules": (500, lambda n: partial(readable, b"".join(
        b"User-agent: a" + b"x" * (i % 30) + b"_" * (i // 30) + b"\n" for i in range(n))
        + b"Disallow: /\n" * n)),
    # What readers are shown.
    "a word of an excerpt": (1000, lambda n: partial(
        snippet, parse("banjir"), "banjir " * n, "Ringkasan")),
    # The lines of the log.
    "addresses of a line": (2000, lambda n: partial(
        masking.masker("postgresql://ani:gehe@db/kompas"), "https://" * n)),
    # Pages of one article.
    "pages": (1500, lambda n: _merge(
        *("".join(f"<p>{k} {i}</p>" for i in range(n)) for k in "abc"))),
    "pages of one word": (3000, lambda n: _merge(
        "<p>a</p>" * n + "<p>b</p>", "<p>a</p>" * (n // 2) + "<p>b</p><p>a</p>")),
    "related of pages": (1000, lambda n: _merge(
        f"<p>x</p><p>Baca juga: {READ_ALSO}x</a></p>" * n)),
}
# fmt: on


@pytest.fixture(autouse=True, scope="module")
def _only_new_objects_are_collected() -> Iterator[None]:
    """Before each measure the garbage is collected: not the objects of all other tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def _seconds(act: Act) -> float:
    """How long *act* takes where no address is remembered."""
    for name in ("_split", "_article", "canonical"):
        getattr(urls, name).cache_clear()
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        act()
        return time.process_time() - begun
    finally:
        gc.enable()


def _ratio(name: str) -> float:
    """How many times as long four times as much takes, at the size that shows the least.

    What grows with its square shows it at each size from some size on; a busy machine does not.
    """
    size, made = INPUTS[name]
    least = float("inf")
    for times in (1, 2, 3):
        acts = [made(size * times * each) for each in SIZES]
        measures = [_seconds(act) for act in acts]
        for _ in range(ROUNDS):
            least = min(least, measures[1] / measures[0])
            if least < AT_MOST:
                return least
            measures = [min(m, _seconds(act)) for m, act in zip(measures, acts, strict=True)]
    return least


def _takes_longer(name: str) -> bool:
    """Whether four times as much takes longer than that, from small inputs on."""
    size, made = INPUTS[name]
    for times in (0.1, 0.25, 0.5, 1, 2):
        small, large = made(int(size * times)), made(int(size * times) * SIZES[1])
        if min(_seconds(large), _seconds(large)) > AT_MOST * min(_seconds(small), _seconds(small)):
            return True
    return False


@pytest.mark.parametrize("name", INPUTS)
def test_four_times_as_much_takes_about_four_times_as_long(name: str) -> None:
    assert _ratio(name) < AT_MOST


def _strip_by_all_endings(title: str | None) -> str:
    endings = r"(?:\s+Halaman (?:all|[0-9]+)|\s+[-|–] Kompas\.com)+$"
    return re.sub(endings, "", title or "", flags=re.I)


def _glued(names: str | None, **_: object) -> tuple[str, ...]:
    name = ""
    for part in (names or "").split(", "):
        name = f"{name}, {part}".replace(";", ",")
    return (name,)


def _glued_lines(texts: Iterable[str], role: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    names = ""
    for line in "\n".join(texts).split("\n"):
        names = f"{names} {line}"
    yield role, (names,)


def _all_of(elements: Any) -> Any:
    return elements


class _Parts(tuple[str, ...]):
    """Paragraphs that are sought in others one place after the other."""

    __slots__ = ()

    def __contains__(self, page: Any) -> bool:
        many = len(page)
        return any(self[at : at + many] == page for at in range(len(self) - many + 1))


def _by_attribute(self: document.Document, name: str) -> list[Any]:
    found: Any = etree.XPath("//@class[contains(., $name)]/..")(self.root, name=name[1:])
    return list(found)


def _with_all_inside(element: Any, but: Iterable[Any] = ()) -> Any:
    return "".join(element.itertext())


def _all_inside(element: Any, but: Iterable[Any] = ()) -> Any:
    return element.iter("*")


def _found_again(self: ListingPage, row: Any) -> str | None:
    return self._heading(row, self._all(listing.ROW))


# (input, where the protection is, its name, what stands there without it)
OFF: list[tuple[str, Any, str, Any]] = [
    ("endings of a title", article, "head_title", _strip_by_all_endings),
    ("degrees", article, "split_names", _glued),
    ("lines of credit names", people, "_by_role", _glued_lines),
    ("addresses of a line", masking, "_USER_PART", re.compile(r"(?<=://)(?P<user>[^/:]*):.*@")),
    ("persons", people, "own", _all_inside),
    ("credit rows", people, "text_of", _with_all_inside),
    ("links of a credit row", people, "outermost", _all_of),
    ("credit names", people, "outermost", _all_of),
    ("tags", head, "text_of", _with_all_inside),
    ("many tags", document.Document, "select", _by_attribute),
    ("pagers", head, "outermost", _all_of),
    ("photos", head, "outermost", _all_of),
    ("texts", article, "outermost", _all_of),
    ("wrappers", article, "outermost", _all_of),
    ("marks on a letter", text, "_FEW_LETTERS", 10**9),
    ("read also in a block", gathered, "text_of", _with_all_inside),
    ("links below a long heading", ListingPage, "_heading_of", _found_again),
    ("rows", listing, "own", _all_inside),
    ("links with texts", listing, "text_of", _with_all_inside),
    ("links with pictures", listing, "own", _all_inside),
    ("pager of a list", listing, "text_of", _with_all_inside),
    ("pages of one word", merge, "_joined", _Parts),
]


@pytest.mark.parametrize(
    ("name", "place", "part", "without"), OFF, ids=[f"{name}" for name, *_ in OFF]
)
def test_control_without_its_protection_it_takes_longer(
    name: str, place: Any, part: str, without: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, part, without)
    assert _takes_longer(name)


def _peak(act: Act) -> int:
    """The most memory that *act* takes, in bytes."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


HEADING = f"{ROW}<h2>{'x' * 1_000_000}</h2>{_links(200)}"


def test_links_share_the_title_of_their_row() -> None:
    found = ListingPage(HtmlResponse(TAG, body=HEADING.encode())).articles
    assert len(found) == 200
    assert len({id(link.title) for link in found}) == 1
    assert _peak(_list(HEADING)) < 20_000_000


@pytest.mark.slow
def test_control_a_title_for_each_link_takes_a_megabyte_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ListingPage, "_heading_of", _found_again)
    monkeypatch.setattr(listing, "cut_title", text.clean_or_none)
    assert _peak(_list(HEADING)) > 200_000_000


@pytest.mark.parametrize(
    "html",
    [
        page("<p>Isi.</p>").replace(">Judul<", f">{'Air ' * 500}<"),
        page("<p>Isi.</p>", head=f'<meta property="og:title" content="{"Air " * 500}">').replace(
            "read__title", "judul"
        ),
    ],
)
def test_a_title_has_at_most_a_thousand_letters(html: str) -> None:
    title = read(html).title
    assert title is not None
    assert 990 < len(title) <= text.LONGEST_TITLE == 1000
    assert title.endswith("Air")


def test_titles_of_lists_and_links_are_cut_too() -> None:
    html = f'<a href="/read/2024/01/15/090000126/x">{"Air " * 500}</a>'
    assert len(ListingPage(HtmlResponse(FRONT, body=html.encode())).articles[0].title or "") == 999
    found = read(page(f"<p>Isi.</p><p>Baca juga: {html}</p>"))
    assert [len(link.title or "") for link in found.related] == [999]


def test_a_name_has_few_degrees() -> None:
    found = names.split_names("Sari, " + "S.H., " * 50 + "Budi")
    assert [len(name.split(", ")) for name in found] == [11, 1]


def test_what_is_remembered_is_short() -> None:
    read(page(_div("x" * 10_000) + "<p>Isi.</p>"))
    asked = document._quick.cache_info().misses
    document._quick("x" * 10_000)
    assert document._quick.cache_info().misses == asked + 1
