"""Write an article's body as on Kompas's pages, with junk and malformed elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.markup import BODY, as_text
from kompas_crawler.sample.site.plan import Form, mixed
from kompas_crawler.sample.site.story import Block, BlockKind, tag_slug

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import ReadAlso, SampleArticle


def _linked(text: str, tags: tuple[str, ...]) -> str:
    """*text* escaped, with a link at the first mention of a tag, as on real pages."""
    safe = as_text(text)
    for tag in tags:
        found = re.search(rf"\b{re.escape(tag)}\b", safe)
        if found:
            link: str = BODY["tag"].format(slug=tag_slug(tag), tag=tag)
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


def _opening(article: SampleArticle) -> str:
    place = f"{article.dateline}, " if article.dateline else ""
    openings: list[str] = BODY["openings"]
    return openings[mixed(0, article.index, 21) % len(openings)].format(place=place)


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


def _read_also_html(link: ReadAlso, form: Form, style: int) -> str:
    kind = {3: "bold", 4: "spaced"}.get(style % 5, "plain")
    template: str = BODY["read_also"]["2026" if form is Form.Y2026 and style % 2 else kind]
    return template.format(href=escape(link.href), title=as_text(link.title))


def _pieces(article: SampleArticle, page: int | None) -> Iterator[str]:
    total, count = sum(map(len, article.blocks)), len(article.read_also) + 1
    links = [(nth * total // count, link) for nth, link in enumerate(article.read_also, start=1)]
    number = 0
    for nth, blocks in enumerate(article.blocks, start=1):
        for place, block in enumerate(blocks):
            if page in (None, nth):
                style = mixed(1, article.index, number) >> 8
                html = _block_html(block, article.tags, 4 if number == 0 else style)
                yield html.replace("<p>", f"<p>{_opening(article)}", 1) if number == 0 else html
                if place in (2, 5):
                    yield BODY["ads"][place // 3]
                for where, link in links:
                    if where == number:
                        yield _read_also_html(link, article.form, style)
                if place == 3 and style % 9 < len(BODY["junk"]):
                    yield BODY["junk"][style % 9].format(100_000 + article.index)
            number += 1
    if page in (None, article.pages):
        yield f"<p><em>{BODY['promos'][article.form]}</em></p>"


def body_html(article: SampleArticle, page: int | None) -> str:
    """The ``.read__content`` of one *page* of *article*, or of all with ``None``."""
    start = BODY["start_2021" if article.form is Form.Y2021 else "start"].format(article.url)
    return str(BODY["main"].format(start=start, pieces="\n".join(_pieces(article, page))))
