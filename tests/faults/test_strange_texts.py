"""R9: whatever the letters, a page is stored right or refused with a counted reason."""

from __future__ import annotations

import random
import string
import time
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow, PersonRow, TagRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.pipelines import validate
from tests.faults.hostile import KEY, URL, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

WORD = "".join(random.Random(1).choices(string.ascii_letters, k=9000))
"""A name that no index has room for, however it is packed."""


def _crawl(world: World, body: bytes, **headers: str) -> Any:
    world.strike(URL, Fault(status=200, body=body, headers=headers, times=1))
    return world.crawl(urls=URL)


def _stored(world: World) -> Any:
    (row,) = world.rows(ArticleRow.title, ArticleRow.body, where=ArticleRow.key == KEY)
    return row


@pytest.mark.parametrize(
    ("made", "charset", "title"),
    [
        (page(title="Viñales – “baik”"), "ISO-8859-1", "Viñales – “baik”"),
        (page(title="Viñales – “baik”").decode().encode("cp1252"), "utf-8", "Viñales – “baik”"),
        (page(title="ju\0dul"), "utf-8", "judul"),
        (page(title="emoji \U0001f44d\U0001f3fd"), "utf-8", "emoji \U0001f44d\U0001f3fd"),
        (page(title="bidi \u202ekanan\u202c"), "utf-8", "bidi kanan"),
        (page(title="layar \x1b[31mmerah"), "utf-8", "layar [31mmerah"),
        (page(title="&#0;nol &#xd800;"), "utf-8", "\ufffdnol \ufffd"),
    ],
    ids=["wrong header", "cp1252", "NUL", "emoji", "bidi", "escape", "references to nothing"],
)
def test_letters_are_stored_right(any_world: World, made: bytes, charset: str, title: str) -> None:
    crawled = _crawl(any_world, made, **{"Content-Type": f"text/html; charset={charset}"})
    assert crawled.code is Exit.DONE, crawled.end
    assert _stored(any_world).title == title


def test_a_lone_surrogate_is_no_letter(any_world: World) -> None:
    crawled = _crawl(any_world, page(title="Ju\ud800dul"))
    assert crawled.code is Exit.DONE, crawled.end
    assert "\ud800" not in _stored(any_world).title


def test_sixty_thousand_nested_divs_and_nine_megabytes_of_title(any_world: World) -> None:
    begun = time.monotonic()
    deep = "<div>" * 60_000 + "dalam" + "</div>" * 60_000
    crawled = _crawl(any_world, page(body=f"<p>awal</p>{deep}", title="judul " * 1_500_000))
    assert crawled.code is Exit.DONE, crawled.end
    assert _stored(any_world).title.startswith("judul judul")
    assert time.monotonic() - begun < 60


def test_twelve_megabytes_are_refused_with_a_reason(any_world: World) -> None:
    _crawl(any_world, page(title="judul " * 2_000_000))
    row = any_world.row(KEY)
    assert row.state == "failed"
    assert "DOWNLOAD_MAXSIZE" in row.reason
    assert not any_world.stored()


@pytest.mark.parametrize("name", ["content_tags", "content_author", "content_editor"])
def test_a_name_of_enormous_length_is_left_out_and_counted(any_world: World, name: str) -> None:
    crawled = _crawl(any_world, page(head=f'<meta name="{name}" content="{WORD}, banjir">'))
    assert crawled.code is Exit.DONE, crawled.end
    assert crawled.stats["articles/oversized"] == 1
    names = [n for (n,) in any_world.rows(PersonRow.name) + any_world.rows(TagRow.name)]
    assert names == ["banjir"]


@pytest.mark.postgres
def test_control_without_the_measure_the_page_cannot_be_stored(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "MAX_NAME", 10**6)
    crawled = _crawl(postgres_world, page(head=f'<meta name="content_tags" content="{WORD}">'))
    assert crawled.code is Exit.ERROR
    assert not postgres_world.stored()


@pytest.mark.postgres
def test_a_page_that_cannot_be_stored_does_not_pass_for_a_database_that_is_away(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "MAX_NAME", 10**6)
    begun = time.monotonic()
    _crawl(postgres_world, page(head=f'<meta name="content_tags" content="{WORD}">'))
    assert postgres_world.row(KEY).state == "failed"
    assert time.monotonic() - begun < 20, "it was tried again and again"


@pytest.mark.parametrize(
    "href",
    [
        f"https://www.kompas.com/tag/{WORD}?page=2",
        "https://www.kompas.com/tag/a\x1b[2J?page=2",
        "https://www.kompas.com/tag/a\u202eb?page=2",
    ],
    ids=["endless", "escape", "bidi"],
)
def test_a_link_of_enormous_length_is_not_followed(any_world: World, href: str) -> None:
    tag = "https://www.kompas.com/tag/banjir"
    html = (
        f'<a class="article__link" href="{URL}">x</a>'
        f'<a class="paging__link--next" rel="next" href="{href}">2</a>'
    )
    any_world.strike(tag, Fault(status=200, body=html.encode()))
    any_world.strike(URL, Fault(status=200, body=page()))
    crawled = any_world.crawl(urls=tag)
    assert crawled.code is Exit.DONE, crawled.end
    assert {key for (key,) in any_world.rows(FrontierRow.key)} == {tag, KEY}


def test_a_redirect_to_an_endless_page_number_is_no_error(world: World) -> None:
    tag = "https://www.kompas.com/tag/banjir"
    endless = {"Location": f"{tag}?page={'9' * 5000}"}
    world.strike(tag, Fault(status=302, headers=endless, times=1))
    crawled = world.crawl(urls=tag)
    assert "pages/error" not in crawled.stats, crawled.end
    assert crawled.code is Exit.DONE, crawled.end


@pytest.mark.parametrize(
    "published", ["9999-12-31 23:59:59", "0001-01-01 00:00:00", "2031-01-01 00:00:00"]
)
def test_a_date_nobody_can_have_published_on_is_the_addresss(
    any_world: World, published: str
) -> None:
    crawled = _crawl(any_world, page(published=published))
    assert crawled.code is Exit.DONE, crawled.end
    ((at,),) = any_world.rows(ArticleRow.published_at)
    assert at.isoformat() == "2026-06-30T03:00:00+00:00"


def test_a_date_in_the_future_is_counted(world: World) -> None:
    crawled = _crawl(world, page(published="2031-01-01 00:00:00"))
    assert crawled.stats["articles/date_in_future"] == 1
    assert crawled.stats["articles/date_disagrees"] == 1


def test_an_article_of_the_year_one_is_no_address(world: World) -> None:
    tag = "https://www.kompas.com/tag/banjir"
    html = (
        f'<a class="article__link" href="{URL}">x</a><a class="article__link" '
        'href="https://www.kompas.com/read/0001/01/01/100000002/judul">x</a>'
    )
    world.strike(tag, Fault(status=200, body=html.encode()))
    world.strike(URL, Fault(status=200, body=page()))
    assert world.crawl(urls=tag).code is Exit.DONE
    assert world.stored() == {KEY}


def test_an_article_that_declares_millions_of_pages_ends(world: World) -> None:
    head = (
        '<meta name="content_total_pages" content="9999999">'
        '<meta name="content_total_words" content="9999999">'
    )
    world.strike(URL, Fault(status=200, body=page(head=head)))
    crawled = world.crawl(urls=URL)
    assert crawled.code is Exit.DONE, crawled.end
    assert len(world.server.requests) <= 55


def test_a_page_of_another_article_is_no_page_of_this_one(world: World) -> None:
    head = (
        '<meta name="content_total_pages" content="3">'
        '<meta name="content_total_words" content="9999">'
    )
    other = URL.replace("100000001", "110000001")
    world.strike(URL, Fault(status=200, body=page(head=head)))
    world.strike(f"{URL}?page=2", Fault(status=200, body=page(canonical=other)))
    crawled = world.crawl(urls=URL)
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored() == {KEY}
