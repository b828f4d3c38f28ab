"""Write an article's page in the templates of 2021, 2023 and 2026."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.body_html import body_html
from kompas_crawler.sample.site.markup import ARTICLE, as_text, most_read
from kompas_crawler.sample.site.plan import Form
from kompas_crawler.sample.site.story import tag_slug
from kompas_crawler.sample.site.words import TABLES

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import SampleArticle


def _data_layer(article: SampleArticle) -> str:
    said = {
        "content_id": str(260_000_000 + article.index),
        "content_site": "Kompas.com",
        "content_category": article.section,
        "content_author": ", ".join(article.authors),
        "content_editor": ", ".join(article.editors),
        "content_PublishedDate": f"{article.published_at:%Y-%m-%d %H:%M:%S}",
        "content_title": f"{article.title} - Kompas.com",
        "content_total_words": article.declared_words,
        "content_total_pages": article.pages,
    }
    return ARTICLE["data_layer"].format(json=json.dumps(said, indent=4).replace("</", "<\\/"))


def _linked_data(article: SampleArticle, at: str) -> str:
    said = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": at,
        "dateModified": at,
        # The editor, as on the real pages.
        "author": {"@type": "Person", "name": article.editors[0]},
        "description": article.summary,
    }
    return json.dumps(said).replace("/", "\\/")


def article_head(article: SampleArticle, page: int | None) -> str:
    """The part of the head that differs between pages; ``None`` is ``?page=all``."""
    is_old = article.form is Form.Y2021
    at = f"{article.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"
    whole = " Halaman all" if page is None else ""
    topic_id, topic = article.topic or ("", "")
    return ARTICLE["head"].format(
        article=article,
        data_layer="" if is_old else _data_layer(article),
        title=as_text(article.title) + (whole if article.pages > 1 else ""),
        og_title=escape(article.title) + whole,
        summary=escape(article.summary),
        authors=escape(", ".join(article.authors)),
        editors=escape(", ".join(article.editors)),
        topic=topic,
        topic_id=topic_id,
        utc=at,
        source=article.source or "",
        tags=", ".join(article.tags),
        pages="" if is_old else ARTICLE["pages"].format(total=article.pages, page=page or 1),
        linked_data=_linked_data(article, at),
    )


def _breadcrumb(article: SampleArticle) -> str:
    front = article.channel.section.front_url
    rows = (
        ("https://www.kompas.com", "Kompas.com"),
        (front, article.section),
        (f"{front.rstrip('/')}/{tag_slug(article.subsection)}", article.subsection),
    )
    return "".join(
        ARTICLE["breadcrumb"].format(url=url, name=escape(name), nth=nth)
        for nth, (url, name) in enumerate(rows, start=1)
    )


def _photo(article: SampleArticle) -> str:
    image = article.image
    return ARTICLE["photo_2021" if article.form is Form.Y2021 else "photo"].format(
        url=image.url, caption=escape(image.caption or ""), credit=escape(image.credit or "")
    )


def _pager(article: SampleArticle, page: int | None) -> str:
    if article.pages == 1:
        return ""
    url, teaser = article.url, ""
    items = "".join(
        ARTICLE["page"].format(url=url, n=n, active=" paging__link--active" * (n == page))
        for n in range(1, article.pages + 1)
    )
    if page is not None and page < article.pages:
        following = article.blocks[page][0].paragraphs[0].split()[:5]
        teaser = ARTICLE["teaser"].format(
            url=url, page=page + 1, words=as_text(" ".join(following))
        )
    return ARTICLE["pager"].format(teaser=teaser, items=items, url=url)


def _tags(article: SampleArticle) -> str:
    template = ARTICLE["tag_2023" if article.form is Form.Y2023 else "tag"]
    return "".join(
        template.format(url=f"https://www.kompas.com/tag/{tag_slug(tag)}", tag=tag)
        for tag in article.tags
    )


def _visible_time(article: SampleArticle) -> str:
    """The visible time of publication or update."""
    at, updated = article.published_at, article.updated_at
    return ARTICLE[f"time_{'updated' if updated else article.form}"].format(
        at=at, updated=updated, month=TABLES["months"][at.month - 1]
    )


def _profile(name: str) -> str:
    return f"https://indeks.kompas.com/profile/{sum(map(ord, name))}/{name.replace(' ', '.')}"


def _credit_2021(article: SampleArticle) -> str:
    authors, editors = (
        ", ".join(ARTICLE["person"].format(url=_profile(name), name=name) for name in names)
        for names in (article.authors, article.editors)
    )
    return ARTICLE["credit_2021"].format(authors=authors, editors=editors)


def _credit(article: SampleArticle) -> str:
    form = article.form
    people = [*((n, "Penulis") for n in article.authors), *((n, "Editor") for n in article.editors)]
    *firsts, last = (name for name, _ in people)
    names = map(ARTICLE[f"name_{form}"].format, (*(f"{name}," for name in firsts), last))
    rows = (
        ARTICLE[f"person_{form}"].format(url=_profile(name), name=name, role=role)
        for name, role in people
    )
    return ARTICLE["credit"].format(names="\n".join(names), people="".join(rows))


def article_main(
    article: SampleArticle, page: int | None, beside: Sequence[tuple[str, str]] = ()
) -> str:
    """The page between menu and footer; *beside* are addresses and titles of the side list."""
    is_old = article.form is Form.Y2021
    return ARTICLE["main"].format(
        breadcrumb=_breadcrumb(article),
        title=as_text(article.title),
        time=_visible_time(article),
        credit="" if is_old else _credit(article),
        photo=_photo(article),
        credit_2021=_credit_2021(article) if is_old else "",
        body=body_html(article, page),
        pager=_pager(article, page),
        source=ARTICLE["source"].format(article.source) if article.source else "",
        tags=_tags(article),
        beside=most_read(beside),
    )
