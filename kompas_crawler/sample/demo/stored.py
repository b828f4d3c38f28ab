"""Act 2: what was stored, by section, and what was not and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kompas_crawler.archive.read import gaps
from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import DEPTH
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.items import StoredArticle
    from kompas_crawler.sample.demo.stage import Stage
    from kompas_crawler.sample.site.article import SampleArticle

COLUMNS = ("section", "articles", "with author", "with tags", "Baca juga", "newest (WIB)")


@dataclass(slots=True)
class Count:
    """What the articles of one section hold."""

    articles: int = 0
    with_author: int = 0
    with_tags: int = 0
    links: int = 0
    newest: str = ""

    def add(self, article: StoredArticle | SampleArticle) -> None:
        """Count one more."""
        self.articles += 1
        self.with_author += bool(article.authors)
        self.with_tags += bool(article.tags)
        self.links += len(article.related)
        assert article.published_at is not None
        self.newest = max(self.newest, f"{article.published_at.astimezone(WIB):%Y-%m-%d %H:%M}")

    @property
    def cells(self) -> tuple[str, ...]:
        """The figures as a table shows them."""
        figures = (self.articles, self.with_author, self.with_tags, self.links)
        return (*map(str, figures), self.newest)


def by_section(articles: Iterable[StoredArticle | SampleArticle]) -> dict[str, Count]:
    """The counts of each section."""
    counts: defaultdict[str, Count] = defaultdict(Count)
    for article in articles:
        counts[article.section or "-"].add(article)
    return dict(counts)


def play(stage: Stage) -> None:
    """Show the sections as the archive has them, and expect the site to have them so."""
    screen, site, stored = stage.screen, stage.site, stage.articles()
    screen.heading(2, "What was stored")
    counts, wanted = by_section(stored), by_section(map(site.article, stage.keys))
    expect("sections", counts.keys(), wanted.keys())
    for section, count in counts.items():
        expect(f"{section}: {', '.join(COLUMNS[1:])}", count.cells, wanted[section].cells)
    rows = [(name, *counts[name].cells) for name in sorted(counts)]
    sums = [sum(int(row[place]) for row in rows) for place in range(1, 5)]
    newest = max(count.newest for count in counts.values())
    screen.table(COLUMNS, rows, ("all", *map(str, sums), newest))
    gone, other = _left_out(stage)
    copies = {article.id for article in stored if article.duplicate_of}
    expect("copies", copies, {key for key in stage.keys if site.article(key).duplicate_of})
    screen.say("Known and not stored, or stored with a mark:")
    screen.pairs(
        (
            (f"{gone:4}", "linked articles answer 404: looked at again before it is believed"),
            (f"{other:4}", "addresses lead to an article stored already (short or former address)"),
            (f"{len(copies):4}", "articles repeat the text of another; exports leave them out"),
        )
    )


def _left_out(stage: Stage) -> tuple[int, int]:
    """How many articles are gone, and how many addresses were another's."""
    with stage.reading() as reader, reader.engine.connect() as connection:
        found = gaps.find(connection, now=stage.now)
    gone, skipped = found.dead_links, sum(day.skipped for day in found.days)
    links = [
        link
        for key in stage.site.keys_within(DEPTH - 1)
        for link in stage.site.article(key).read_also
    ]
    dead = {link.href for link in links if link.key is None}
    others = {link.href for link in links if link.key and _key(link.href) != link.key}
    expect("articles gone", gone, len(dead))
    expect("other addresses of stored articles", skipped, len(others))
    return gone, skipped


def _key(url: str) -> str:
    return str(article_key(url) or "")
