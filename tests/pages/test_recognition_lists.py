"""R27: is an answer the page of links that was asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages import recognition
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind
from kompas_crawler.site.listings import index_url
from tests.faults.hostile import URL, page
from tests.pages.answering import (
    BESIDE,
    DAY,
    FRONT,
    HOME,
    INDEX,
    NEW,
    OLD,
    TAG,
    TOPIC,
    YESTERDAY,
    Body,
    address,
    answer,
    canonical,
    listing,
    made,
    new_row,
    old_row,
    pager,
    unknown_row,
)

BOLA = [new_row(address(n, DAY, "bola")) for n in range(5)]


def following(number: int) -> str:
    """A pager that names nothing but the next page of the index."""
    link = f'<a class="paging__link paging__link--next" href="{INDEX}&amp;page={number}">Next</a>'
    return f'<div class="paging__wrap">{link}</div>'


PROPER_LISTS: dict[str, tuple[str, Body]] = {
    "index, new rows": (INDEX, made(NEW)),
    "index, old rows": (INDEX, made(OLD, kind="latest")),
    "index, page 2": (f"{INDEX}&page=2", made(NEW, pager(2, 3, INDEX))),
    "index, with some rows of another day": (
        INDEX,
        made([*NEW[:3], *[new_row(address(n, YESTERDAY)) for n in range(3)]]),
    ),
    "index, each row twice": (INDEX, made(row for row in NEW for _ in range(2))),
    "index without a row": (INDEX, made([], BESIDE)),
    "index without a row past the end of its pager": (
        f"{INDEX}&page=4",
        made([], pager(4, 3, INDEX)),
    ),
    "index without a row of a section with its front's canonical link": (
        index_url(DAY, "money"),
        made([], BESIDE, head=canonical(FRONT)),
    ),
    "index with a foreign canonical link": (INDEX, made(NEW, head=canonical(HOME))),
    "index of a section with its front's canonical link": (
        index_url(DAY, "money"),
        made(NEW, head=canonical(FRONT)),
    ),
    "index of all with a front's canonical link and a pager of its own": (
        INDEX,
        made(NEW, pager(1, 3, INDEX), head=canonical(FRONT)),
    ),
    "index without its query in the canonical link": (
        INDEX,
        made(NEW, head=canonical("https://indeks.kompas.com/")),
    ),
    "index without a row, with its own canonical link": (
        f"{INDEX}&page=2",
        made([], BESIDE, head=canonical(INDEX)),
    ),
    "index without a row of a section, with the canonical link of all": (
        index_url(DAY, "money"),
        made([], BESIDE, head=canonical(INDEX)),
    ),
    "index with a tag's canonical link and a pager of its own": (
        INDEX,
        made(NEW, pager(1, 3, INDEX), head=canonical(TAG)),
    ),
    "index with another day's canonical link and its own rows": (
        INDEX,
        made(NEW, head=canonical(index_url(YESTERDAY))),
    ),
    "front, new rows": (FRONT, made(NEW, pager(1, 9, FRONT))),
    "front, old rows": (FRONT, made(OLD, kind="latest")),
    "front, page 3": (f"{FRONT}?page=3", made(NEW, pager(3, 9, FRONT))),
    "front whose pager leads to another host": (
        FRONT,
        made(NEW, pager(1, 9, "https://indeks.kompas.com/?site=money")),
    ),
    "front with another front's canonical link and its own rows": (
        FRONT,
        made(NEW, head=canonical("https://bola.kompas.com/")),
    ),
    "front with a pager of another section among its own rows": (
        FRONT,
        made(NEW, pager(1, 9, "https://bola.kompas.com/")),
    ),
    "front of another section's rows with a pager of its own": (
        FRONT,
        made(BOLA, pager(1, 9, FRONT)),
    ),
    "home page whose pager leads to a front": (HOME, made(NEW, pager(1, 9, FRONT))),
    "index page 2, of which only the next page is named": (
        f"{INDEX}&page=2",
        made(NEW, following(3)),
    ),
    "quiet front": (FRONT, made([])),
    "quiet front, old markup": (FRONT, made([], kind="latest")),
    "quiet front with a foreign canonical link": (FRONT, made([], head=canonical(HOME))),
    "home page": (HOME, made([*NEW, old_row(address(7, YESTERDAY, "bola"))])),
    "home page of 2017": (HOME, made(OLD, head=canonical("https://m.kompas.com/"))),
    "home page with other links": (
        HOME,
        made([f'<a href="{address(n)}">J</a>' for n in range(9)], kind="latest"),
    ),
    "tag, new rows": (TAG, made(NEW, pager(1, 4, TAG))),
    "tag, old rows": (TAG, made(OLD)),
    "tag with another tag's canonical link": (
        TAG,
        made(NEW, head=canonical("https://www.kompas.com/tag/padi")),
    ),
    "topic": (TOPIC, made(OLD)),
}


@pytest.mark.parametrize("name", PROPER_LISTS)
def test_proper_lists(name: str) -> None:
    asked, body = PROPER_LISTS[name]
    verdict = listing(body, asked)
    assert (verdict.kind, verdict.reason) == (Kind.LISTING, "")
    assert verdict.listing is not None
    assert bool(verdict.listing.articles) == ("quiet" not in name and "without a row" not in name)


def test_an_address_in_another_form_is_no_redirect() -> None:
    for url in (FRONT.replace("https:", "http:"), f"{FRONT}?source=x", FRONT.rstrip("/")):
        assert listing(made(NEW), FRONT, url=url).kind is Kind.LISTING


WRONG_LISTS: dict[str, tuple[str, Body]] = {
    # Another day's rows.
    "the day before": (INDEX, made(new_row(address(n, YESTERDAY)) for n in range(5))),
    "another year": (INDEX, made(old_row(address(n, date(2025, 6, 30))) for n in range(5))),
    "most rows of other days": (
        INDEX,
        made([*NEW[:2], *[new_row(address(n, YESTERDAY)) for n in range(3)]]),
    ),
    "the newest in place of a day": (
        index_url(date(2020, 1, 2)),
        made(NEW, head=canonical(index_url(date(2020, 1, 2)))),
    ),
    "the day before, without a row": (
        INDEX, made([], BESIDE, head=canonical(index_url(YESTERDAY))),
    ),
    "a section's index without a row for that of all": (
        INDEX, made([], BESIDE, head=canonical(index_url(DAY, "money"))),
    ),
    "a section's index for that of all": (
        INDEX, made(NEW, head=canonical(index_url(DAY, "money"))),
    ),
    "an empty index for a front": (FRONT, made([], BESIDE, head=canonical(INDEX))),
    "rows in an unknown form for a front": (
        FRONT,
        made(new_row(f"https://money.kompas.com/baca/2026/06/30/{n}/x") for n in range(5)),
    ),
    "articles in a form without a date": (
        INDEX, made(new_row(f"https://money.kompas.com/artikel/beras-{n}") for n in range(5)),
    ),
    "short codes of the day before": (
        INDEX, made(new_row(f"https://money.kompas.com/read/26F29{n}40000068") for n in range(5)),
    ),
    # Another page of the list.
    "page 2 in place of 1": (INDEX, made(NEW, pager(2, 3, INDEX))),
    "page 1 in place of 3": (f"{INDEX}&page=3", made(NEW, pager(1, 3, INDEX))),
    "page 7 in place of 2": (f"{FRONT}?page=2", made(NEW, pager(7, 9, FRONT))),
    "page 1 in place of 2, a tag": (f"{TAG}?page=2", made(NEW, pager(1, 9, TAG))),
    "page 2 in place of 1, by the next page alone": (INDEX, made(NEW, following(3))),
    "page 1 in place of 3, by the next page alone": (f"{INDEX}&page=3", made(NEW, following(2))),
    "page 1 in place of 3, by the head alone": (
        f"{INDEX}&page=3",
        made(NEW, head=f'<link rel="next" href="{INDEX}&amp;page=2">'),
    ),
    # Another list in its place.
    "a section's index for that of all, by its pager alone": (
        INDEX, made(NEW, pager(1, 3, index_url(DAY, "money"))),
    ),
    "another front, by its pager and its rows alone": (
        FRONT,
        made(BOLA, pager(1, 9, "https://bola.kompas.com/")),
    ),
    "an index for a front, by its pager alone": (FRONT, made(BOLA, pager(1, 9, INDEX))),
    "another front": (
        FRONT,
        made(BOLA, head=canonical("https://bola.kompas.com/")),
    ),
    "another front, without a row": (FRONT, made([], head=canonical("https://bola.kompas.com/"))),
    "a front without a row for an index": (INDEX, made([], BESIDE, head=canonical(FRONT))),
    "a front without a row for another section's index": (
        index_url(DAY, "bola"), made([], BESIDE, head=canonical(FRONT)),
    ),
    "the home page for a front": (
        FRONT,
        made(BOLA + NEW[:2], head=canonical(HOME)),
    ),
    "a front with that day's articles for an index": (INDEX, made(NEW, head=canonical(FRONT))),
    "a front with that day's articles for another section's index": (
        index_url(DAY, "bola"), made(NEW, head=canonical(FRONT)),
    ),
    "a tag of that day for an index": (INDEX, made(NEW, head=canonical(TAG))),
    "a tag of that day for an index, by its pager alone": (INDEX, made(NEW, pager(1, 9, TAG))),
    "a topic of that day for an index": (INDEX, made(NEW, head=canonical(TOPIC))),
    "the home page for a tag": (TAG, made(NEW, head=canonical(HOME))),
    "a front for a tag": (TAG, made(NEW, head=canonical(FRONT))),
    "a front for a topic": (TOPIC, made(OLD, head=canonical(FRONT))),
    # An article in its place.
    "an article for a front": (FRONT, page(body="<p>Satu</p>" + "".join(NEW))),
    "an article for the home page": (HOME, page(body="<p>Satu</p>" + "".join(NEW))),
    "an article for a tag": (TAG, page(body="<p>Satu</p>" + "".join(OLD))),
    "an article for an index": (INDEX, page()),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_another_page_than_the_list_asked_for(name: str) -> None:
    asked, body = WRONG_LISTS[name]
    verdict = listing(body, asked)
    assert verdict.kind is Kind.ERROR
    assert verdict.reason


@pytest.mark.parametrize("row", [new_row, old_row])
def test_an_article_with_rows_of_the_same_day_beside_it_is_no_index(row: Any) -> None:
    """Its "Terkini" lists the day's newest in the rows of any list."""
    beside = "".join(row(address(n)) for n in range(5))
    assert listing(page(body=f"<p>Satu</p>{beside}")).kind is Kind.ERROR


@pytest.mark.parametrize(
    ("named", "seconds"),
    [
        ([], 0),
        (["7200"], 7200),
        (["28800, 0"], 28800),
        (["0", "60"], 60),
        (["2147483648"], 0),
        (["-1"], 0),
        (["lama, 30"], 30),
    ],
)
def test_of_several_ages_the_highest_counts(named: list[str], seconds: int) -> None:
    response = HtmlResponse(INDEX, headers={"Age": named})
    assert recognition.age(response).total_seconds() == seconds


def test_control_without_the_evidence_all_of_them_are_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recognition, "_refuted", lambda *_: None)
    monkeypatch.setattr(recognition, "_unmarked", lambda *_: None)
    kinds = {listing(body, asked).kind for asked, body in WRONG_LISTS.values()}
    assert kinds == {Kind.LISTING}


@pytest.mark.parametrize(
    ("asked", "to", "kind"),
    [
        (FRONT, "https://bola.kompas.com/", Kind.OTHER_LIST),
        (FRONT, "https://www.kompas.com/tren", Kind.OTHER_LIST),
        (TAG, "https://www.kompas.com/tag/padi", Kind.OTHER_LIST),
        (INDEX, index_url(YESTERDAY), Kind.OTHER_LIST),
        (INDEX, "https://indeks.kompas.com/", Kind.OTHER_LIST),
        (INDEX, index_url(DAY, "money"), Kind.OTHER_LIST),
        (f"{INDEX}&page=3", INDEX, Kind.OTHER_LIST),
        (FRONT, HOME, Kind.ERROR),
        (INDEX, HOME, Kind.ERROR),
        (TAG, "https://kompas.com", Kind.ERROR),
        (FRONT, URL, Kind.ERROR),
        (INDEX, "https://www.kompas.com/about-us", Kind.ERROR),
        (FRONT, "https://foto.kompas.com/", Kind.ERROR),
        (FRONT, "https://account.kompas.com/login", Kind.REFUSED),
    ],
)
def test_a_redirected_list(asked: str, to: str, kind: Kind) -> None:
    verdict = listing(made(NEW), asked, url=to)
    assert verdict.kind is kind
    assert "redirected" in verdict.reason
    if kind is Kind.OTHER_LIST:
        assert verdict.url is not None
        assert verdict.listing is not None
        assert len(verdict.listing.articles) == 5, "its links are worth having"


@pytest.mark.parametrize("asked", [INDEX, FRONT, TAG, TOPIC, f"{FRONT}?page=2"])
def test_an_unknown_markup_gives_its_links_and_proves_nothing(asked: str) -> None:
    body = made([unknown_row(address(n)) for n in range(5)], BESIDE, kind="kisi")
    verdict = listing(body, asked)
    assert verdict.kind is Kind.ERROR
    assert "links" in verdict.reason
    assert verdict.listing is not None
    found = verdict.listing.found_by_address
    assert [link.url for link in found] == [address(n) for n in range(5)]
    assert {link.title for link in found} == {"Judul"}


def test_a_day_s_unknown_markup_gives_the_links_of_that_day_alone() -> None:
    other = unknown_row(address(1, YESTERDAY))
    verdict = listing(made([unknown_row(address(1)), other], kind="kisi"))
    assert verdict.listing is not None
    assert [link.url for link in verdict.listing.found_by_address] == [address(1)]


@pytest.mark.parametrize(
    "form",
    [
        '<script type="application/json">{"url": "%s"}</script>',
        "<!-- <a href='%s'>Judul</a> -->",
        "<template><a href='%s'>Judul</a></template>",
        "<textarea><a href='%s'>Judul</a></textarea>",
        """<div class="articleItem" onclick="location.href='%s'"><h2>Judul</h2></div>""",
        "&lt;a href=&quot;%s&quot;&gt;",
    ],
)
@pytest.mark.parametrize("escaped", ["/", "\\/", "\\u002F"])
@pytest.mark.parametrize("asked", [INDEX, FRONT, TAG])
def test_addresses_beside_the_rows_are_found_where_no_link_has_them(
    asked: str, form: str, escaped: str
) -> None:
    """Lists fill themselves by scripts; of an index those of the day count, of a tag none."""
    hidden, other = address(7), address(8, YESTERDAY)
    parts = [form % url.replace("/", escaped) for url in (hidden, other, address(1))]
    verdict = listing(made(NEW, "".join(parts)), asked)
    assert verdict.listing is not None
    found = [link.url for link in verdict.listing.found_by_address]
    more = {INDEX: [hidden], FRONT: [hidden, other], TAG: []}[asked]
    assert found == [*(address(n) for n in range(5)), *more]
    assert verdict.listing.article_urls == tuple(found[:5])


@pytest.mark.parametrize(("asked", "is_beside"), [(INDEX, [False]), (FRONT, [False, True])])
def test_what_a_script_of_a_front_names_is_no_row_of_it_if_it_is_older_than_all(
    asked: str, is_beside: list[bool]
) -> None:
    script = f"<script>['{address(7)}', '{address(8, YESTERDAY)}']</script>"
    verdict = listing(made(NEW, script), asked)
    assert verdict.listing is not None
    assert [one.is_beside for one in verdict.listing.found_by_address[5:]] == is_beside


def test_a_page_that_was_refuted_gives_its_links_too() -> None:
    verdict = listing(WRONG_LISTS["page 2 in place of 1"][1])
    assert verdict.kind is Kind.ERROR
    assert verdict.listing is not None
    assert len(verdict.listing.found_by_address) == 5


@pytest.mark.parametrize(
    ("rows", "unread"),
    [
        ([], None),
        (NEW, 0),
        ([*NEW, new_row("https://video.kompas.com/watch/1/x")], 0),
        ([*NEW, new_row("https://www.kompas.id/baca/2026/06/30/x")], 0),
        ([*NEW, new_row("").replace('href=""', "")], 1),
        ([*NEW, new_row("javascript:void(0)")], 1),
        ([*NEW, '<div class="articleItem"><script>iklan()</script></div>'], 0),
        (['<div class="articleItem"><script>iklan()</script></div>'], 1),
        ([new_row(address(3))] * 2, 0),
        ([new_row(address(3))] * 3, 3),
        ([*NEW, new_row("https://money.kompas.com/")], 1),
        ([*NEW, new_row("https://money.kompas.com/baca/2026/06/30/100000026/x")], 1),
        ([*NEW, new_row("https://money.kompas.com/read/2026/6/30/100000026/x")], 1),
        ([*NEW, new_row("https://money.kompas.com/2026-06-30/x")], 1),
        ([*NEW, new_row("https://money.kompas.com/read/x-100000026")], 1),
        ([*NEW, new_row("https://jeo.kompas.com/read/x")], 0),
        ([*NEW, new_row("https://www.kompas.com/laman/x")], 0),
        ([*NEW, *[new_row(f"https://www.kompas.com/laman/{n}") for n in range(2)]], 0),
        ([*NEW, *[new_row(f"https://www.kompas.com/laman/{n}") for n in range(3)]], 3),
        ([*NEW, *[new_row(f"https://jeo.kompas.com/{n}") for n in range(3)]], 0),
        ([new_row("https://www.kompas.com/laman/x"), new_row("https://www.kompas.com/laman/y")], 2),
        ([new_row("https://jeo.kompas.com/x"), new_row("https://foto.kompas.com/photo/1/x")], 0),
    ],
)
def test_rows_that_are_not_understood_are_counted(rows: list[str], unread: int | None) -> None:
    assert ListingPage(answer(made(rows, BESIDE), INDEX)).unread_rows == unread


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([new_row("https://money.kompas.com/artikel/x"), *NEW[:1]], Kind.LISTING),
        ([new_row("https://money.kompas.com/artikel/x")] * 2, Kind.ERROR),
        ([new_row("https://video.kompas.com/watch/1/x")], Kind.LISTING),
    ],
)
def test_a_front_of_whose_rows_none_is_understood_is_not_read_by_its_side_list(
    rows: list[str], kind: Kind
) -> None:
    beside = f'<div class="most"><a class="most__link" href="{address(9)}">Terpopuler</a></div>'
    verdict = listing(made(rows, beside), asked=FRONT)
    assert verdict.kind is kind
    assert verdict.listing is not None
    assert verdict.listing.article_urls, "its links are taken all the same"
