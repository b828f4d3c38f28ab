"""The pages: what the page objects read from them is what the catalogue says."""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.items import Image
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.sample.site.replies import Replies, Reply
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url, page_url, tag_url
from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind
from tests.sample.site.catalogue import live_keys, redirects, tags
from tests.sample.site.weight import HeavyReplies

SITE = Site(120)
REPLIES = Replies(SITE)


def response(url: str) -> HtmlResponse:
    reply = REPLIES.answer(url)
    assert reply.status == 200, url
    return HtmlResponse(url, body=reply.body, encoding="utf-8")


def listed_keys(page: HtmlResponse, css: str) -> list[str]:
    urls = page.css(css).getall()
    return [str(article_key(url)) for url in urls if kind(url) is UrlKind.ARTICLE]


def walked(url: str, css: str) -> list[str]:
    """The keys of all pages of a listing, by its pager."""
    keys: list[str] = []
    following: str | None = url
    while following:
        page = response(following)
        keys += listed_keys(page, css)
        following = page.css(".paging__wrap a.paging__link--next::attr(href)").get()
    return keys


@pytest.mark.parametrize(
    ("slug", "css"),
    [
        ("money", ".articleList .articleItem a.article-link::attr(href)"),
        ("regional", ".article__list h3.article__title a.article__link::attr(href)"),
        ("global", ".article__list h3.article__title a.article__link::attr(href)"),
        ("tren", ".articleList .articleItem a.article-link::attr(href)"),
    ],
)
def test_a_front_and_its_pager_list_the_section(slug: str, css: str) -> None:
    site = Site(900)
    keys = []
    front = site.plan.channel(site.front(slug)[0]).section.front_url
    replies, number = Replies(site), 1
    while True:
        body = replies.answer(page_url(front, number)).body
        page = HtmlResponse(front, body=body, encoding="utf-8")
        keys += listed_keys(page, css)
        if not page.css(".paging__link--next"):
            break
        number += 1
    assert number > 2
    assert keys == [site.key(i) for i in reversed(site.front(slug))]


def test_a_front_links_to_media_too() -> None:
    page = response("https://money.kompas.com/")
    kinds = {kind(url) for url in page.css(".article-link::attr(href)").getall()}
    assert kinds == {UrlKind.ARTICLE, UrlKind.MEDIA}


def test_links_carry_the_sites_own_queries() -> None:
    hrefs = response("https://money.kompas.com/").css("a::attr(href)").getall()
    assert any("?source=navbar" in href for href in hrefs)
    assert any("?source=terpopuler" in href and kind(href) is UrlKind.ARTICLE for href in hrefs)


def test_a_section_without_articles_shows_the_newest() -> None:
    page = response("https://medan.kompas.com/")
    assert listed_keys(page, ".article-link::attr(href)") == [SITE.key(i) for i in SITE.newest(10)]


def test_the_index_lists_a_day_and_then_nothing() -> None:
    for day in SITE.days:
        keys = walked(index_url(day), ".articleItem a.article-link::attr(href)")
        assert keys == list(SITE.on_day(day))
        past = response(index_url(day, page=99))
        assert not past.css(".articleItem")
    money = walked(index_url(SITE.days[0], "money"), ".articleItem a::attr(href)")
    assert money == list(SITE.on_day(SITE.days[0], "money"))


def test_an_index_page_has_fifteen_rows() -> None:
    page = response(index_url(SITE.days[0]))
    assert len(page.css(".articleItem")) == 15
    assert page.css(".paging__link--last::attr(data-ci-pagination-page)").get() == "2"


def test_tags_and_topics_list_their_articles() -> None:
    tag = tags(SITE)[0]
    assert len(SITE.tagged(tag)) > 15
    found = walked(tag_url(tag), ".articleItem a::attr(href)")
    assert found == [SITE.key(i) for i in SITE.tagged(tag)]
    topic = next(article.topic for article in SITE.articles if article.topic)
    url = f"https://www.kompas.com/topik-pilihan/list/{topic[0]}/topik"
    assert walked(url, "a.article__link::attr(href)") == [
        SITE.key(i) for i in SITE.tagged(topic[0])
    ]


def test_the_sitemaps_lead_to_the_articles() -> None:
    def locations(url: str) -> list[str]:
        reply = REPLIES.answer(url)
        assert reply.content_type.startswith("application/xml")
        root = ElementTree.fromstring(reply.body.decode())
        return [node.text or "" for node in root.iter() if node.tag.endswith("}loc")]

    leaves = [
        leaf for nested in locations("https://www.kompas.com/sitemap.xml")
        for leaf in locations(nested)
    ]  # fmt: skip
    assert all(urlsplit(leaf).path.endswith("news/sitemap.xml") for leaf in leaves)
    keys = {str(article_key(url)) for leaf in leaves for url in locations(leaf)}
    paid = {article.key for article in SITE.articles if article.channel.slug == "biz"}
    assert keys == live_keys(SITE) - paid


def test_other_addresses_answer_with_the_page_or_lead_to_it() -> None:
    served, redirecting = SITE.articles[6], SITE.articles[8]
    for url in served.aliases:
        assert response(url).css("link[rel=canonical]::attr(href)").get() == served.url
    for url in redirecting.aliases:
        reply = REPLIES.answer(f"{url}?page=all")
        assert reply == Reply(301, headers={"Location": f"{redirecting.url}?page=all"})
    for old, new in redirects(SITE).items():
        assert REPLIES.answer(old) == Reply(301, headers={"Location": new})


@pytest.mark.parametrize(
    "url",
    [
        "https://money.kompas.com/read/2020/01/01/000000026/tidak-ada",
        "https://money.kompas.com/read/26F99000000026",
        "https://money.kompas.com/tidak/ada",
        "https://contoh.kompas.com/",
        "https://www.kompas.com/tidak-ada",
        "https://indeks.kompas.com/?site=all&date=2026-02-31",
    ],
)
def test_what_is_not_there_is_not_found(url: str) -> None:
    assert REPLIES.answer(url).status == 404


def test_gone_and_removed_articles_are_not_found() -> None:
    site = Site(40)
    replies = Replies(site)
    url = site.articles[0].url
    site.remove([site.articles[0].key])
    gone = [link.href for article in site.articles for link in article.read_also if not link.key]
    assert [replies.answer(link).status for link in (url, *gone)] == [404] * (1 + len(gone))


def test_a_broken_page_all_gives_page_one() -> None:
    article = next(a for a in SITE.articles if SITE.plan.is_page_all_broken(a.index))

    def body(query: str) -> list[str]:
        return response(f"{article.url}{query}").css(".read__content p").getall()

    assert body("?page=all") == body("") == body("?page=1")
    assert body("?page=2") != body("")


def test_pages_weigh_what_was_asked() -> None:
    for weight in (60, 120, 240):
        site = Site(20)
        replies = HeavyReplies(site, weight)
        sizes = [len(replies.answer(a.url).body) for a in site.articles]
        assert 0.85 * weight * 1024 < sum(sizes) / len(sizes) < 1.15 * weight * 1024


def test_article_pages_say_what_the_catalogue_says() -> None:
    for article in SITE.articles:
        query = "?page=all" if article.pages > 1 else ""
        if SITE.plan.is_page_all_broken(article.index):
            continue
        item = ArticlePage(response(f"{article.url}{query}")).to_item()
        picture = Image(url=article.image_url, caption=article.caption, credit=article.credit)
        said = {
            "id": (item.id, article.key),
            "url": (item.url, article.url),
            "title": (item.title, article.title),
            "summary": (item.summary, article.summary),
            "body": (item.body, article.paragraphs),
            "section": (item.section, article.section),
            "subsection": (item.subsection, article.subsection),
            "content_type": (item.content_type, article.content_type),
            "dateline": (item.dateline, article.dateline),
            "authors": (item.authors, article.authors),
            "editors": (item.editors, article.editors),
            "source": (item.source, article.source),
            "tags": (item.tags, article.tags),
            "topic": (item.topic, article.topic[1] if article.topic else None),
            "published_at": (item.published_at, article.published_at),
            "updated_at": (item.updated_at, article.updated_at),
            "images": (item.images[:1], (picture,)),
            "related": (item.related, article.related),
            "pages": (item.pages, article.pages),
            "declared_words": (item.declared_words, article.declared_words),
            "is_complete": (item.is_complete, True),
        }
        wrong = {name: pair for name, pair in said.items() if pair[0] != pair[1]}
        assert not wrong, (article.index, article.form, wrong)


def test_page_one_of_several_is_not_complete() -> None:
    several = [article for article in SITE.articles if article.pages > 1]
    for article in several:
        assert ArticlePage(response(article.url)).to_item().is_complete is False
    broken = next(a for a in several if SITE.plan.is_page_all_broken(a.index))
    item = ArticlePage(response(f"{broken.url}?page=all")).to_item()
    assert item.is_complete is False


def test_pages_read_one_by_one_are_the_whole() -> None:
    for article in SITE.articles:
        items = [
            ArticlePage(response(f"{article.url}?page={number}")).to_item()
            for number in range(1, article.pages + 1)
        ]
        assert tuple(text for item in items for text in item.body) == article.paragraphs
        assert tuple(link for item in items for link in item.related) == article.related


def test_canonical_links_are_canonical() -> None:
    for article in SITE.articles[:20]:
        page = response(f"{article.url}?page=all")
        href = page.css("link[rel=canonical]::attr(href)").get()
        assert href == canonical(article.url) == article.url
