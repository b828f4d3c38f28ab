"""Write an article's page in the templates of 2021, 2023 and 2026."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.body_html import body_html
from kompas_crawler.sample.site.plan import Form
from kompas_crawler.sample.site.story import tag_slug
from kompas_crawler.sample.site.words import TABLES

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import SampleArticle


def _meta(name: str, content: str, kind: str = "name") -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}" />\n'


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
    text = json.dumps(said, indent=4).replace("</", "<\\/")
    start = "<script>\nwindow.dataLayer = window.dataLayer || [];\nwindow.dataLayer.push("
    return f"{start}{text});</script>\n"


def _linked_data(article: SampleArticle) -> str:
    at = f"{article.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"
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
    text = json.dumps(said).replace("/", "\\/")
    return f'<script type="application/ld+json">\n{text}</script>\n'


def article_head(article: SampleArticle, page: int | None) -> str:
    """The part of the head that differs between pages; ``None`` is ``?page=all``."""
    title = escape(article.title, quote=False)
    shown = f"{title} Halaman all" if page is None and article.pages > 1 else title
    at = article.published_at
    topic_id, topic = article.topic or ("", "")
    lines = [
        '<!DOCTYPE html>\n<html lang="id">\n<head>\n',
        "" if article.form is Form.Y2021 else _data_layer(article),
        f'<title>{shown}</title>\n<meta charset="utf-8">\n',
        _meta("description", article.summary),
        _meta("author", "Kompas Cyber Media"),
        _meta("og:type", "article", "property"),
        _meta("og:image", article.image.url, "property"),
        _meta("og:title", f"{article.title} Halaman all" if page is None else article.title,
              "property"),
        _meta("og:description", article.summary, "property"),
        _meta("og:url", article.url, "property"),
        _meta("content_category", article.section),
        _meta("content_subcategory", article.subsection),
        _meta("content_author", ", ".join(article.authors)),
        _meta("content_editor", ", ".join(article.editors)),
        _meta("content_lipsus", topic),
        _meta("content_lipsus_id", topic_id),
        _meta("content_type", article.content_type),
        _meta("content_PublishedDate", f"{at:%Y-%m-%d %H:%M:%S}"),
        _meta("article:published_time", f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}",
              "property"),
        _meta("content_source", article.source or ""),
        _meta("content_tag", article.tags[0]),
        _meta("content_tags", ", ".join(article.tags)),
        _meta("content_total_words", str(article.declared_words)),
    ]  # fmt: skip
    if article.form is not Form.Y2021:
        lines.append(_meta("content_total_pages", str(article.pages)))
        lines.append(_meta("content_current_page", str(page or 1)))
    lines += [
        f'<link rel="amphtml" href="{article.aliases[0]}">\n',
        f'<link rel="canonical" href="{article.url}" />\n',
        _linked_data(article),
    ]
    return "".join(lines)


def _breadcrumb(article: SampleArticle) -> str:
    front = article.channel.section.front_url
    rows = (
        ("https://www.kompas.com", "Kompas.com"),
        (front, article.section),
        (f"{front.rstrip('/')}/{tag_slug(article.subsection)}", article.subsection),
    )
    items = "".join(
        f'<li class="breadcrumb__item"><a class="breadcrumb__link" href="{url}">'
        f'<span itemprop="name">{escape(name)}</span></a>'
        f'<meta itemprop="position" content="{nth}" /></li>\n'
        for nth, (url, name) in enumerate(rows, start=1)
    )
    return f'<h3 class="breadcrumb clearfix"><ul class="breadcrumb__wrap">\n{items}</ul></h3>\n'


def _photo(article: SampleArticle) -> str:
    image = article.image
    caption, credit = escape(image.caption or ""), escape(image.credit or "")
    if article.form is Form.Y2021:
        return (
            f'<div class="photo">\n<img src="{image.url}" alt="{caption}" />\n'
            f'<span class="pb_10 author">{credit}</span>{caption}</div>\n'
        )
    return (
        f'<div class="cover-photo -gallery"><div class="photo__wrap"><img width="780" height="520" '
        f'src="{image.url}" alt="{caption}"></div>\n<div class="photo__caption">\n    {caption}'
        f'<span class="photo__author author">({credit})</span>\n</div></div>\n'
    )


def _pager(article: SampleArticle, page: int | None) -> str:
    if article.pages == 1:
        return ""
    url = article.url
    items = "".join(
        f'<div class="paging__item"><a class="paging__link{" paging__link--active" * (n == page)}" '
        f'href="{url}?page={n}">{n}</a></div>'
        for n in range(1, article.pages + 1)
    )
    teaser = ""
    if page is not None and page < article.pages:
        following = article.blocks[page][0].paragraphs[0]
        teaser = (
            '<div class="read__paging__footnote paging__footnote clearfix">'
            f'<span>Halaman Selanjutnya</span><h5><a href="{url}?page={page + 1}" class="next">'
            f"{escape(' '.join(following.split()[:5]), quote=False)}&#8230;</a></h5></div>\n"
        )
    return (
        f'{teaser}<div class="read__paging clearfix"><div class="paging paging--article clearfix">'
        '<div class="paging__teaser">Halaman: </div>'
        f'<div class="paging__wrap clearfix">{items}</div>'
        f'<a class="paging__link paging__link--show" href="{url}?page=all#page2">Show All</a>'
        "</div></div>\n"
    )


def _tags(article: SampleArticle) -> str:
    links = []
    for tag in article.tags:
        url = f"https://www.kompas.com/tag/{tag_slug(tag)}"
        if article.form is Form.Y2023:
            href = f'title="{tag}" href="javascript:void(0)" data-url="{url}"'
        else:
            href = f'href="{url}"'
        links.append(
            f'<li class="tag__article__item"><a class="tag__article__link" {href}>{tag}</a></li>'
        )
    return (
        '<div class="read__tagging mt1 clearfix"><h3 class="tag tag--article clearfix">'
        '<div class="tag__article__teaser">Tag</div>'
        f'<ul class="tag__article__wrap">{"".join(links)}</ul></h3></div>\n'
    )


def _visible_time(article: SampleArticle) -> str:
    """The visible time of publication or update."""
    at, name = article.published_at, '<a href="https://www.kompas.com">Kompas.com</a>'
    if article.form is Form.Y2021:
        text = f"Kompas.com - {at:%d/%m/%Y, %H:%M} WIB"
    elif article.form is Form.Y2023:
        text = f"{name} - {at:%d/%m/%Y, %H:%M} WIB"
    elif article.updated_at is not None:
        text = f"{name}, Diperbarui {article.updated_at:%d/%m/%Y, %H:%M} WIB"
    else:
        month = TABLES["months"][at.month - 1]
        text = f"{name}, {at.day} {month} {at:%Y, %H:%M} WIB"
    return f'<div class="read__time">{text}</div>\n'


def _profile(name: str) -> str:
    return f"https://indeks.kompas.com/profile/{sum(map(ord, name))}/{name.replace(' ', '.')}"


def _credit_2021(article: SampleArticle) -> str:
    roles = [("penulis", "Penulis", article.authors), ("editor", "Editor", article.editors)]
    items = " | ".join(
        f'<div class="read__credit__item" id="{role}"><span>{label}</span> '
        + ", ".join(f'<a href="{_profile(name)}">{name}</a>' for name in names)
        + "</div>"
        for role, label, names in roles
    )
    return f'<div class="read__credit clearfix">{items}</div>\n'


def _credit_modal(article: SampleArticle) -> str:
    tag = "h6" if article.form is Form.Y2023 else "div"
    people = [*((n, "Penulis") for n in article.authors), *((n, "Editor") for n in article.editors)]
    kind = "" if article.form is Form.Y2023 else ' class="credit-title-nameEditor"'
    # The template of 2023 does not close a position.
    end = "<h6>" if article.form is Form.Y2023 else "</div>"
    names = f",</{tag}>\n<{tag}{kind}>".join(name for name, _ in people)
    rows = "".join(
        f'<a href="{_profile(name)}"><div class="credit-author"><div class="credit-author-title">'
        f'<{tag} class="credit-author-name">\n    {name}   </{tag}>\n'
        f'<{tag} class="credit-author-position">{role}{end}</div></div></a>\n'
        for name, role in people
    )
    return (
        f'<div class="credit"><div class="credit-title"><div class="credit-title-name">'
        f"<{tag}{kind}>{names}</{tag}></div><p>Tim Redaksi</p></div></div>\n"
        '<div id="creditModal" class="creditModal"><div class="creditModal-body">\n'
        f"{rows}</div></div>\n"
    )


def _source_line(article: SampleArticle) -> str:
    """The agency of the article ("Sumber"), if any."""
    if article.source is None:
        return ""
    return (
        '<div class="read__credit bottom clearfix"><div class="read__credit__item">'
        f'<span>Sumber</span> <a href="https://contoh.example">{article.source}</a></div></div>\n'
    )


def article_main(
    article: SampleArticle, page: int | None, beside: Sequence[tuple[str, str]] = ()
) -> str:
    """The page between menu and footer; *beside* are addresses and titles of the side list."""
    old = article.form is Form.Y2021
    side = "".join(
        f'<div class="most__list"><a class="most__link" href="{escape(url)}">'
        f'<h4 class="most__title">{escape(title, quote=False)}</h4></a></div>\n'
        for url, title in beside
    )
    return "".join(
        (
            _breadcrumb(article),
            f'<h1 class="read__title">{escape(article.title, quote=False)}</h1>\n',
            f'<div class="read__header clearfix">{_visible_time(article)}',
            "" if old else _credit_modal(article),
            f"</div>\n{_photo(article)}",
            _credit_2021(article) if old else "",
            body_html(article, page),
            _pager(article, page),
            _source_line(article),
            _tags(article),
            f'<div class="most"><h2>Terpopuler</h2>\n{side}</div>\n',
            '<div class="comment">Komentar</div>\n',
        )
    )
