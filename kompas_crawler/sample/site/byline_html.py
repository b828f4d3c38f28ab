"""Write who wrote an article and when, in the templates of 2021, 2023 and 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.site import words
from kompas_crawler.sample.site.plan import Form

if TYPE_CHECKING:
    from datetime import datetime

    from kompas_crawler.sample.site.article import SampleArticle


def _long_date(at: datetime) -> str:
    return f"{at.day} {words.TABLES['months'][at.month - 1]} {at:%Y, %H:%M} WIB"


def visible_time(article: SampleArticle) -> str:
    """When the article came out, or was updated, as readers see it."""
    at, name = article.published_at, '<a href="https://www.kompas.com">Kompas.com</a>'
    if article.form is Form.Y2021:
        text = f"Kompas.com - {at:%d/%m/%Y, %H:%M} WIB"
    elif article.form is Form.Y2023:
        text = f"{name} - {at:%d/%m/%Y, %H:%M} WIB"
    elif article.updated_at is not None:
        text = f"{name}, Diperbarui {article.updated_at:%d/%m/%Y, %H:%M} WIB"
    else:
        text = f"{name}, {_long_date(at)}"
    return f'<div class="read__time">{text}</div>\n'


def _profile(name: str) -> str:
    return f"https://indeks.kompas.com/profile/{sum(map(ord, name))}/{name.replace(' ', '.')}"


def credit_2021(article: SampleArticle) -> str:
    roles = [("penulis", "Penulis", article.authors), ("editor", "Editor", article.editors)]
    items = " | ".join(
        f'<div class="read__credit__item" id="{role}"><span>{label}</span> '
        + ", ".join(f'<a href="{_profile(name)}">{name}</a>' for name in names)
        + "</div>"
        for role, label, names in roles
    )
    return f'<div class="read__credit clearfix">{items}</div>\n'


def credit_modal(article: SampleArticle) -> str:
    tag = "h6" if article.form is Form.Y2023 else "div"
    people = [*((n, "Penulis") for n in article.authors), *((n, "Editor") for n in article.editors)]
    kind = "" if article.form is Form.Y2023 else ' class="credit-title-nameEditor"'
    # The template of 2023 forgets the slash that closes a position.
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


def source_line(article: SampleArticle) -> str:
    """The agency the article comes from ("Sumber"), where it has one."""
    if article.source is None:
        return ""
    return (
        '<div class="read__credit bottom clearfix"><div class="read__credit__item">'
        f'<span>Sumber</span> <a href="https://contoh.example">{article.source}</a></div></div>\n'
    )
