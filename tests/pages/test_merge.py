"""Pages of one article become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.pages.merge import merge
from tests.pages.articles import URL, page, read

if TYPE_CHECKING:
    from kompas_crawler.items import Article

LINK = '<p><strong>Baca juga: <a class="inner-link-baca-juga" href="{0}">{1}</a></strong></p>'
PHOTO = '<div class="photo"><img src="https://asset.kompas.com/data/photo/{0}.jpg"></div>'
OTHER = "https://tekno.kompas.com/read/2024/01/15/0900001{0}/x"


def _page(number: int | str, content: str, *, words: int = 12, pages: int = 3) -> Article:
    head = (
        f'<meta name="content_total_words" content="{words}">'
        f'<meta name="content_total_pages" content="{pages}">'
    )
    return read(page(content, head=head), f"{URL}?page={number}")


ONE = "<p>BOGOR, KOMPAS.com - Satu dua tiga.</p><p>Sama.</p>" + PHOTO.format("a")
TWO = (
    "<p>Empat lima enam.</p><p>Sama.</p>" + LINK.format(OTHER.format(7), "Lain") + PHOTO.format("b")
)
THREE = "<p>Tujuh.</p>" + LINK.format(OTHER.format(7), "Lain") + PHOTO.format("a")


def test_texts_links_and_photos_follow_each_other_without_repeats() -> None:
    article = merge([_page(1, ONE), _page(2, TWO), _page(3, THREE)])
    assert article.body == ("Satu dua tiga.", "Sama.", "Empat lima enam.", "Sama.", "Tujuh.")
    assert [link.url for link in article.related] == [OTHER.format(7)]
    assert [image.url[-5:] for image in article.images] == ["a.jpg", "b.jpg"]
    assert (article.dateline, article.pages, article.pages_read) == ("BOGOR", 3, 3)
    assert (article.word_count, article.declared_words, article.is_complete) == (9, 12, True)


def test_one_page_stays_as_it_is() -> None:
    only = _page(1, ONE)
    assert merge([only]) == only


def test_a_page_that_is_missing_leaves_it_incomplete() -> None:
    article = merge([_page(1, ONE), _page(2, TWO)])
    assert (article.pages_read, article.is_complete) == (2, False)


def test_a_page_served_twice_is_read_once() -> None:
    article = merge([_page(1, ONE), _page(2, ONE), _page(3, ONE)])
    assert article.body == ("Satu dua tiga.", "Sama.")
    assert (article.pages_read, article.is_complete) == (1, False)


def test_the_order_stays_when_a_page_comes_twice() -> None:
    article = merge([_page(1, ONE), _page(2, TWO), _page(3, ONE)])
    assert article.body == ("Satu dua tiga.", "Sama.", "Empat lima enam.", "Sama.")
    assert article.pages_read == 2


def test_pages_inside_the_whole_text_add_nothing() -> None:
    whole = _page("all", ONE + TWO + THREE, words=400)
    article = merge([whole, _page(2, TWO, words=400), _page(3, THREE, words=400)])
    assert article.body == whole.body
    assert (article.pages_read, article.is_complete) == (3, False)
    assert merge([whole, _page(2, TWO, words=400)]).pages_read == 3


def test_the_whole_text_that_is_but_page_one_is_filled_up() -> None:
    claimed = _page("all", ONE)
    assert claimed.is_complete is False
    article = merge([claimed, _page(2, TWO), _page(3, THREE)])
    assert (len(article.body), article.pages_read, article.is_complete) == (5, 3, True)


def test_what_a_page_says_of_itself_is_said_of_all() -> None:
    later = _page(2, TWO)
    first = read(page(ONE))
    article = merge([first, later])
    assert (article.declared_words, article.pages) == (12, 3)


def test_a_page_of_another_text_is_not_joined() -> None:
    """After an edit the pages declare another number of words. Control: the pages before it are."""
    article = merge([_page(1, ONE), _page(2, TWO), _page(3, THREE, words=11)])
    assert article == merge([_page(1, ONE), _page(2, TWO)])
    assert (article.pages_read, article.is_complete) == (2, False)


def test_a_page_with_another_time_of_its_update_is_not_joined() -> None:
    """Control: a page that shows none may be of the same text."""
    time = '<div class="read__time">Kompas.com, Diperbarui 18/04/2026, 10:{} WIB</div>'.format
    one, two = (read(page(text, around=time(10))) for text in (ONE, TWO))
    assert merge([one, two]).body == (*one.body, *two.body)
    assert merge([one, _page(2, TWO)]).body == (*one.body, *two.body)
    assert merge([one, read(page(TWO, around=time(11)))]).body == one.body


def test_pages_of_several_articles_are_refused() -> None:
    other = read(page(ONE).replace("081500578", "091500578"))
    with pytest.raises(ValueError, match="several articles"):
        merge([_page(1, ONE), other])
