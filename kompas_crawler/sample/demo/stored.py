"""Step 2: the stored articles by section, and the others with the reason."""

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
    """Counts of one section."""

    articles: int = 0
    with_author: int = 0
    with_tags: int = 0
    links: int = 0
    newest: str = ""

    def add(self, article: StoredArticle | SampleArticle) -> None:
        self.articles += 1
        self.with_author += bool(article.authors)
        self.with_tags += bool(article.tags)
        self.links += len(article.related)
        assert article.published_at is not None
        self.newest = max(self.newest, f"{article.published_at.astimezone(WIB):%Y-%m-%d %H:%M}")

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the table."""
        figures = (self.articles, self.with_author, self.with_tags, self.links)
        return (*map(str, figures), self.newest)


def by_section(articles: Iterable[StoredArticle | SampleArticle]) -> dict[str, Count]:
    """The counts of each section."""
    counts: defaultdict[str, Count] = defaultdict(Count)
    for article in articles:
        counts[article.section or "-"].add(article)
    return dict(counts)


def play(stage: Stage) -> None:
    """Show the sections of the archive; expect the counts of the site."""
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
    screen.say("Not stored, or marked:")
    screen.pairs(
        (
            (f"{gone:4}", "linked articles return 404: checked again before they count as gone"),
            (f"{other:4}", "addresses are aliases of stored articles"),
            (f"{len(copies):4}", "articles are duplicates of others; exports omit them"),
        )
    )


def _left_out(stage: Stage) -> tuple[int, int]:
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
