"""Step 3: one article in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from kompas_crawler.items import Article
    from kompas_crawler.sample.demo.stage import Stage

COMPARED = (
    "title",
    "summary",
    "section",
    "dateline",
    "authors",
    "editors",
    "source",
    "tags",
    "published_at",
    "related",
)
"""Fields with the same name in an item and an article of the sample site."""


def play(stage: Stage) -> None:
    """Show a stored article; expect each field to equal the site's."""
    screen, article = stage.screen, _choice(stage)
    screen.heading(3, "One article in the archive")
    sample = stage.site.article(article.id)
    for name in COMPARED:
        expect(f"{name} of {article.id}", getattr(article, name), getattr(sample, name))
    expect(f"paragraphs of {article.id}", article.body, sample.paragraphs)
    screen.say(article.title or "", "bold")
    screen.pairs(_facts(article))
    for paragraph in article.body:
        screen.gap()
        screen.say(paragraph)
    screen.gap()
    screen.prove("All words, names, tags, times and links equal those of the site")


def _choice(stage: Stage) -> Article:
    """The shortest article that has all fields."""
    stored = stage.articles()
    rich = [a for a in stored if len(a.related) > 1 and a.dateline and a.authors and a.tags]
    return min(rich or stored, key=lambda article: article.word_count)


def _facts(article: Article) -> list[tuple[str, str]]:
    assert article.published_at is not None
    published = article.published_at.astimezone(WIB)
    facts = [
        ("id", article.id),
        ("url", article.url),
        ("published_at", published.isoformat(timespec="seconds")),
        ("section", " / ".join(filter(None, (article.section, article.subsection)))),
        ("authors", "; ".join(article.authors)),
        ("editors", "; ".join(article.editors)),
        ("source", article.source or ""),
        ("dateline", article.dateline or ""),
        ("tags", "; ".join(article.tags)),
        ("words", str(article.word_count)),
    ]
    facts += [
        ("Baca juga", f"{link.title} ({article_key(link.url) or link.url})")
        for link in article.related
    ]
    return [(name, value) for name, value in facts if value]
