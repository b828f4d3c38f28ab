"""Write an article's body as on Kompas's pages, with junk and malformed elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.plan import Form, mixed
from kompas_crawler.sample.site.story import Block, BlockKind, tag_slug

if TYPE_CHECKING:
    from kompas_crawler.sample.site.article import ReadAlso, SampleArticle

_ADS = (
    '<span class="ads-on-body"><!-- (ads.paragraph.4) --></span>',
    '<span class="ads-on-body"><!-- (ads.paralax) --></span>',
)
# Promotional texts are recognised by their openings; the rest is invented.
_PROMOS = {
    Form.Y2021: (
        "Dapatkan update berita pilihan dan breaking news setiap hari dari Kompas.com. Mari "
        'bergabung di Grup Telegram "Kabar Contoh", caranya klik '
        '<a href="https://t.me/contoh">tautan ini</a>, kemudian join.'
    ),
    Form.Y2023: (
        "Simak breaking news dan berita pilihan kami langsung di ponselmu. Pilih saluran "
        "andalanmu lewat Kompas.com WhatsApp Channel: "
        '<a href="https://www.whatsapp.com/channel/contoh">contoh</a>.'
    ),
    Form.Y2026: (
        "KOMPAS.com berkomitmen memberikan fakta jernih, tepercaya, dan berimbang. Gabung "
        'KOMPAS.com Plus sekarang lewat <a href="https://plus.kompas.com">halaman contoh</a>.'
    ),
}
_WIDGET = (
    '<div class="kompasidRec-{0}"><script>var rec{0}=["acak","lacak"];</script>'
    '<div class="kompasidRec__title">Pilihan lain hari ini</div>'
    '<a href="https://www.kompas.id/baca/contoh-{0}">Contoh bacaan berbayar nomor {0}</a></div>'
)
_INSTAGRAM = (
    '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/{0}/">'
    '<div><a href="https://www.instagram.com/p/{0}/">Lihat unggahan nomor {0}</a></div>'
    "<p>Sebuah kiriman dibagikan oleh akun contoh</p></blockquote>\n"
    '<script async src="//www.instagram.com/embed.js"></script>'
)
_TWITTER = (
    '<blockquote class="twitter-tweet"><p lang="in">Cuitan contoh nomor {0}</p>&mdash; akun contoh '
    '<a href="https://twitter.com/contoh/status/{0}">hari ini</a></blockquote>'
)
_VIDEO = (
    '<div id="v{0}" class="video"><iframe src="https://www.youtube.com/embed/{0}" width="100%">'
    "</iframe></div>"
)
_PHOTO = (
    '<p><div class="photo"><img src="https://asset.kompas.com/data/photo/{0}.jpg" alt="">'
    '<span class="pb_10 author">Dok. contoh</span>Keterangan foto nomor {0}.</div></p>'
)
_EMPTY = "<p>&nbsp;</p>"
# Elements between the paragraphs that are not text, in two articles of three.
_JUNK = (_INSTAGRAM, _TWITTER, _VIDEO, _PHOTO, _WIDGET, _EMPTY)


def _linked(text: str, tags: tuple[str, ...]) -> str:
    """*text* escaped, with a link at the first mention of a tag, as on real pages."""
    safe = escape(text, quote=False)
    for tag in tags:
        found = re.search(rf"\b{re.escape(tag)}\b", safe)
        if found:
            url = f"https://www.kompas.com/tag/{tag_slug(tag)}"
            link = (
                f"<a target='_self' class='inner-link-tag' href='{url}' "
                f"style='color:#428bca;'>{tag}</a>"
            )
            return safe[: found.start()] + link + safe[found.end() :]
    return safe


def _decorated(text: str, tags: tuple[str, ...], style: int) -> str:
    if style % 3 == 0:
        return _linked(text, tags)
    safe = escape(text, quote=False)
    if style % 11 == 1:
        before, _, after = safe.partition(", ")
        return f"{before},<br>{after}" if after else safe
    if style % 7 == 2:
        first, _, rest = safe.partition(" ")
        return f"<em>{first}</em> {rest}"
    return safe


def _opening(article: SampleArticle) -> str:
    place = f"{article.dateline}, " if article.dateline else ""
    name = '<a href="https://www.kompas.com">KOMPAS.com</a>'
    return (
        f"<strong>{place}KOMPAS.com -</strong> ",
        f"<strong>{place}KOMPAS.com</strong> &ndash; ",
        f"{place}KOMPAS.com — ",
        f"<strong>{place}{name}</strong> - ",
    )[mixed(0, article.index, 21) % 4]


def _block_html(block: Block, tags: tuple[str, ...], style: int) -> str:
    texts = [escape(text, quote=False) for text in block.paragraphs]
    match block.kind:
        case BlockKind.HEADING:
            return f"<h2>{texts[0]}</h2>"
        case BlockKind.BOLD_HEADING:
            return f"<p><strong>{texts[0]}</strong></p>"
        case BlockKind.LED:
            return f"<p><strong>{texts[0]}</strong><br />{texts[1]}</p>"
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
    title, href = escape(link.title, quote=False), escape(link.href)
    anchor = f'<a href="{href}" class="inner-link-baca-juga" target="_self">{title}</a>'
    if form is Form.Y2026 and style % 2:
        return f'<div class="inject-baca-juga"><strong>Baca juga: </strong>{anchor}</div>'
    if style % 5 == 3:
        return f"<p><strong><strong>Baca juga: {anchor}</strong></strong></p>"
    if style % 5 == 4:
        spaced = anchor.replace("</a>", " </a>")
        return f"<p><strong>Baca juga:&nbsp;{spaced}</strong></p>"
    return f"<p><strong>Baca juga: {anchor}</strong></p>"


def _read_also_places(article: SampleArticle) -> dict[int, list[ReadAlso]]:
    """Which links follow which block, counted over all pages."""
    total, links = sum(map(len, article.blocks)), article.read_also
    places: dict[int, list[ReadAlso]] = {}
    for nth, link in enumerate(links, start=1):
        places.setdefault(nth * total // (len(links) + 1), []).append(link)
    return places


def _pieces(article: SampleArticle, page: int | None) -> Iterator[str]:
    places = _read_also_places(article)
    number = 0
    for nth, blocks in enumerate(article.blocks, start=1):
        for place, block in enumerate(blocks):
            if page in (None, nth):
                style = mixed(1, article.index, number) >> 8
                html = _block_html(block, article.tags, 4 if number == 0 else style)
                yield html.replace("<p>", f"<p>{_opening(article)}", 1) if number == 0 else html
                if place in (2, 5):
                    yield _ADS[place // 3]
                for link in places.get(number, ()):
                    yield _read_also_html(link, article.form, style)
                if place == 3 and style % 9 < len(_JUNK):
                    yield _JUNK[style % 9].format(100_000 + article.index)
            number += 1
    if page in (None, article.pages):
        yield f"<p><em>{_PROMOS[article.form]}</em></p>"


def body_html(article: SampleArticle, page: int | None) -> str:
    """The ``.read__content`` of one *page* of *article*, or of all with ``None``."""
    inner = (
        f'<div data-io-article-url="{article.url}">'
        if article.form is Form.Y2021
        else '<div class="clearfix">'
    )
    pieces = "\n".join(_pieces(article, page))
    return (
        f'<div class="read__content">\n{inner}\n{pieces}</p><!-- (ads.native_banner) --></p>'
        '<span class="liftdown_v2_tanda"></span></div>\n<div class="fb-quote"></div>\n</div>\n'
    )
