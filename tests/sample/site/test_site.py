"""The catalogue: what it holds, what a crawl can reach of it, and how it changes."""

from __future__ import annotations

from datetime import date

import pytest

from kompas_crawler.sample.site.plan import Address, Form, links_of
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind, row_key, section_of
from tests.sample.site.catalogue import keys_within, live_keys, redirects, related_keys


@pytest.fixture(scope="module")
def small() -> Site:
    return Site(40)


def test_the_same_numbers_make_the_same_site() -> None:
    assert tuple(Site(25, seed=3).articles) == tuple(Site(25, seed=3).articles)
    assert Site(25, seed=3).articles[0] != Site(25, seed=4).articles[0]


@pytest.mark.parametrize("articles", [1, 7, 40, 333])
def test_every_article_is_found_by_its_key(articles: int) -> None:
    site = Site(articles)
    keys = [article.key for article in site.articles]
    assert keys == sorted(keys, key=lambda key: site.article(key).published_at)
    assert len(set(keys)) == articles
    for index, article in enumerate(site.articles):
        assert site.find(article.key) == index
        assert str(article_key(article.url)) == article.key
        assert canonical(article.url) == article.url
        assert section_of(article.url) == article.channel.slug
        assert article.published_at == site.plan.key(index).published_at


def test_the_newest_article_is_of_the_last_day() -> None:
    site = Site(100, until=date(2024, 2, 29), per_day=30)
    assert site.articles[-1].published_at.date() == date(2024, 2, 29)
    assert len(site.days) == 4


def test_a_small_site_has_every_trait(small: Site) -> None:
    articles = tuple(small.articles)
    hops = set(map(small.plan.hops, range(40)))
    addresses = {link.address for a in articles for link in links_of(small.plan, a.index)}
    assert hops == {0, 1, 2, 3, None}
    assert addresses >= set(Address)
    assert {article.form for article in articles} == set(Form)
    assert len({article.section for article in articles}) == 15  # one of them an advertiser's
    assert {article.pages for article in articles} > {1, 2}
    assert any(article.duplicate_of for article in articles)
    assert any(small.plan.is_page_all_broken(a.index) and a.pages > 1 for a in articles)
    assert any(article.updated_at for article in articles)
    assert any(article.source for article in articles)
    assert any(article.dateline is None for article in articles)
    assert any(len(article.authors) > 1 for article in articles)
    assert {block.kind for a in articles for page in a.blocks for block in page} >= {"text"}
    assert small.missing
    assert redirects(small)


def test_a_duplicate_has_the_text_of_an_earlier_article(small: Site) -> None:
    later = next(article for article in small.articles if article.duplicate_of)
    assert later.duplicate_of is not None
    earlier = small.article(later.duplicate_of)
    assert earlier.index < later.index
    assert (later.title, later.paragraphs) == (earlier.title, earlier.paragraphs)
    assert later.url != earlier.url


def test_texts_differ_but_for_the_duplicates() -> None:
    articles = [article for article in Site(400).articles if article.duplicate_of is None]
    texts = {article.paragraphs for article in articles}
    assert len(texts) == len(articles)
    words = {word.strip('.,":').lower() for text in texts for line in text for word in line.split()}
    assert len(words) > 900


def test_baca_juga_leads_round_in_a_circle(small: Site) -> None:
    first, second = small.articles[0], small.articles[1]
    assert second.key in related_keys(first)
    assert first.key in related_keys(second)


def test_every_hop_reaches_more(small: Site) -> None:
    listed, one, two, three, four = (small.keys_within(depth) for depth in range(5))
    assert listed < one < two < three == four
    hops = {key: small.plan.hops(small.article(key).index) for key in live_keys(small)}
    assert {hops[key] for key in three - two} == {3}
    unreached = live_keys(small) - three
    slugs = {key: small.article(key).channel.slug for key in unreached}
    assert {hops[key] for key in unreached if slugs[key] != "biz"} == {None}


def test_the_pager_limit_counts() -> None:
    site = Site(700, per_day=100)
    assert keys_within(site, 0, pages=1) < keys_within(site, 0, pages=2) < site.keys_within(0)
    assert keys_within(site, 0, pages=0) == site.keys_within(0)
    assert len(keys_within(site, 0, pages=1, sections=["money", "bola"])) == 20 + 15


def test_the_index_has_what_no_front_shows(small: Site) -> None:
    indexed = {key for day in small.days for key in small.on_day(day)}
    paid = {article.key for article in small.articles if article.channel.slug == "biz"}
    assert indexed == live_keys(small) - paid
    assert indexed > small.keys_within(99)


def test_links_and_addresses_are_of_their_kind(small: Site) -> None:
    for article in small.articles:
        for url in (article.url, *article.aliases, *(link.href for link in article.read_also)):
            assert kind(url) is UrlKind.ARTICLE, url
    for old in redirects(small):
        assert kind(old) is UrlKind.ARTICLE
    gone = {
        row_key(link.href)
        for article in small.articles
        for link in article.read_also
        if link.key is None
    }
    assert gone == small.missing


def test_published_articles_are_newer_and_on_the_fronts(small: Site) -> None:
    site = Site(40)
    before = site.keys_within(0)
    added = site.publish(5)
    assert len(added) == 5
    assert site.keys_within(0) == before | set(added)
    assert [article.key for article in site.articles][-5:] == list(added)
    assert site.articles[-1].published_at > small.articles[-1].published_at
    assert set(added) <= {key for day in site.days for key in site.on_day(day)}
    assert site.key(site.newest(1)[0]) == added[-1]
    tag = next(iter(site.articles[-1].tags)).replace(" ", "-")
    assert 44 in site.tagged(tag)


def test_a_correction_changes_text_and_nothing_else() -> None:
    site = Site(40)
    key = site.articles[3].key
    before = site.article(key)
    site.correct([key])
    after = site.article(key)
    assert after.revision == 1
    assert after.paragraphs != before.paragraphs
    assert (after.title, after.url, after.related) == (before.title, before.url, before.related)
    assert after.last_modified_at > before.last_modified_at
    assert site.articles[12].duplicate_of is None  # its original reads otherwise now


def test_a_removed_article_is_in_no_list() -> None:
    site = Site(40)
    article = site.articles[0]
    site.remove([article.key])
    assert article.key in site.missing
    assert article.key not in site.keys_within(9)
    assert article.key not in site.on_day(article.published_at.date())
    assert article.index not in site.tagged(article.tags[0].replace(" ", "-"))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyError):
        Site(5).correct(["20200101-000000070"])
    with pytest.raises(ValueError, match="at least one article"):
        Site(0)
