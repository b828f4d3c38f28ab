"""Write an article's page, junk included, in the templates of 2021 and 2026."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from html import escape

from kompas_crawler.sample.site.article import SampleArticle
from kompas_crawler.sample.site.plan import Form, mixed
from kompas_crawler.sample.site.story import Block, BlockKind
from kompas_crawler.sample.site.words import ARTICLE, BODY, as_text, most_read
from kompas_crawler.site.listings import slug_of, tag_url
from kompas_crawler.site.words import WORDS


def _data_layer(article: SampleArticle) -> str:
    declared = {
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
    return ARTICLE["data_layer"].format(json=json.dumps(declared, indent=4).replace("</", "<\\/"))


def _linked_data(article: SampleArticle, at: str) -> str:
    declared = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": at,
        "dateModified": at,
        # The editor, as on the real pages.
        "author": {"@type": "Person", "name": article.editors[0]},
        "description": article.summary,
    }
    return json.dumps(declared).replace("/", "\\/")


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
        (f"{front.rstrip('/')}/{slug_of(article.subsection)}", article.subsection),
    )
    return "".join(
        ARTICLE["breadcrumb"].format(url=url, name=escape(name), nth=nth)
        for nth, (url, name) in enumerate(rows, start=1)
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
        words = as_text(" ".join(article.blocks[page][0].paragraphs[0].split()[:5]))
        teaser = ARTICLE["teaser"].format(url=url, page=page + 1, words=words)
    return ARTICLE["pager"].format(teaser=teaser, items=items, url=url)


def _profile(name: str) -> str:
    return f"https://indeks.kompas.com/profile/{sum(map(ord, name))}/{name.replace(' ', '.')}"


def _credit_2021(article: SampleArticle) -> str:
    authors, editors = (
        ", ".join(ARTICLE["person"].format(url=_profile(name), name=name) for name in names)
        for names in (article.authors, article.editors)
    )
    return ARTICLE["credit_2021"].format(authors=authors, editors=editors)


def _credit(article: SampleArticle) -> str:
    people = [*((n, "Penulis") for n in article.authors), *((n, "Editor") for n in article.editors)]
    *firsts, last = (name for name, _ in people)
    names = map(ARTICLE["name"].format, (*(f"{name}," for name in firsts), last))
    row = ARTICLE["credit_person"]
    rows = (row.format(url=_profile(name), name=name, role=role) for name, role in people)
    return ARTICLE["credit"].format(names="\n".join(names), people="".join(rows))


def _linked(text: str, tags: tuple[str, ...]) -> str:
    """*text* escaped, with a link at the first mention of a tag, as on real pages."""
    safe = as_text(text)
    for tag in tags:
        found = re.search(rf"\b{re.escape(tag)}\b", safe)
        if found:
            link: str = BODY["tag"].format(slug=slug_of(tag), tag=tag)
            return safe[: found.start()] + link + safe[found.end() :]
    return safe


def _decorated(text: str, tags: tuple[str, ...], style: int) -> str:
    if style % 3 == 0:
        return _linked(text, tags)
    safe = as_text(text)
    if style % 11 == 1:
        before, _, after = safe.partition(", ")
        return f"{before},<br>{after}" if after else safe
    if style % 7 == 2:
        first, _, rest = safe.partition(" ")
        return f"<em>{first}</em> {rest}"
    return safe


def _block_html(block: Block, tags: tuple[str, ...], style: int) -> str:
    texts = list(map(as_text, block.paragraphs))
    match block.kind:
        case BlockKind.HEADING | BlockKind.BOLD_HEADING | BlockKind.LED:
            template: str = BODY["blocks"][block.kind]
            return template.format(*texts)
        case BlockKind.LIST:
            tag = "ol" if style % 2 else "ul"
            return f"<{tag}>\n" + "".join(f"<li>{text}</li>\n" for text in texts) + f"</{tag}>"
        case BlockKind.NESTED:
            inner = "".join(f"<li>{text}</li>" for text in texts[2:])
            return f"<ul>\n<li>{texts[0]}</li>\n<li>{texts[1]}\n<ul>{inner}</ul>\n</li>\n</ul>"
        case BlockKind.ROWS:
            return f"<p>{'<br>'.join(texts)}</p>"
        case BlockKind.TABLE:
            rows = "".join(
                f"<tr>{''.join(f'<td>{cell}</td>' for cell in text.split(' | '))}</tr>\n"
                for text in texts
            )
            return f'<table border="1">\n<tbody>\n{rows}</tbody>\n</table>'
        case _:
            return f"<p>{_decorated(block.paragraphs[0], tags, style)}</p>"


def _pieces(article: SampleArticle, page: int | None) -> Iterator[str]:
    total, count = sum(map(len, article.blocks)), len(article.read_also) + 1
    links = [(nth * total // count, link) for nth, link in enumerate(article.read_also, start=1)]
    place_of = f"{article.dateline}, " if article.dateline else ""
    openings: list[str] = BODY["openings"]
    opening = openings[mixed(0, article.index, 21) % len(openings)].format(place=place_of)
    number = 0
    for nth, blocks in enumerate(article.blocks, start=1):
        for place, block in enumerate(blocks):
            if page in (None, nth):
                style = mixed(1, article.index, number) >> 8
                html = _block_html(block, article.tags, 4 if number == 0 else style)
                yield html.replace("<p>", f"<p>{opening}", 1) if number == 0 else html
                if place in (2, 5):
                    yield BODY["ads"][place // 3]
                also = BODY["read_also"][article.form if style % 2 else Form.Y2021]
                for where, link in links:
                    if where == number:
                        yield also.format(href=escape(link.href), title=as_text(link.title))
                if place == 3 and style % 9 < len(BODY["junk"]):
                    yield BODY["junk"][style % 9].format(100_000 + article.index)
            number += 1
    if page in (None, article.pages):
        yield f"<p><em>{BODY['promos'][article.form]}</em></p>"


def article_main(
    article: SampleArticle, page: int | None, beside: Sequence[tuple[str, str]] = ()
) -> str:
    """The page between menu and footer; *beside* are addresses and titles of the side list."""
    is_old = article.form is Form.Y2021
    start = BODY["start_2021" if is_old else "start"].format(article.url)
    at, updated = article.published_at, article.updated_at
    return ARTICLE["main"].format(
        breadcrumb=_breadcrumb(article),
        title=as_text(article.title),
        time=ARTICLE[f"time_{'updated' if updated else article.form}"].format(
            at=at, updated=updated, month=WORDS["months"][at.month - 1][0].title()
        ),
        credit="" if is_old else _credit(article),
        photo=ARTICLE["photo_2021" if is_old else "photo"].format(
            url=article.image_url, caption=escape(article.caption), credit=escape(article.credit)
        ),
        credit_2021=_credit_2021(article) if is_old else "",
        body=BODY["main"].format(start=start, pieces="\n".join(_pieces(article, page))),
        pager=_pager(article, page),
        source=ARTICLE["source"].format(article.source) if article.source else "",
        tags="".join(ARTICLE["tag"].format(url=tag_url(name), tag=name) for name in article.tags),
        beside=most_read(beside),
    )
