"""Pages that a hostile or broken server might send, under the address of one article."""

from __future__ import annotations

KEY = "20260630-100000001"
URL = "https://www.kompas.com/read/2026/06/30/100000001/judul"


def page(
    *,
    title: str = "Judul",
    body: str = "<p>Satu dua tiga empat lima.</p>",
    head: str = "",
    canonical: str = URL,
    published: str = "2026-06-30 10:00:00",
) -> bytes:
    """An article's page made of these parts."""
    return (
        f'<html><head><link rel="canonical" href="{canonical}">'
        f'<meta name="content_PublishedDate" content="{published}">{head}</head>'
        f'<body><h1 class="read__title">{title}</h1>'
        f'<div class="read__content">{body}</div></body></html>'
    ).encode("utf-8", "surrogatepass")
