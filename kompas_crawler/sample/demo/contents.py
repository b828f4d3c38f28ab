"""The steps that read the archive: the sections, an article, the exports."""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from kompas_crawler.cli.article import article_page
from kompas_crawler.exitcodes import Exit
from kompas_crawler.items import StoredArticle
from kompas_crawler.sample.demo.screen import shown
from kompas_crawler.sample.demo.stage import Stage, expect
from kompas_crawler.sample.site.article import SampleArticle
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key
from kompas_crawler.spiders.kompas import DEFAULT_DEPTH

COLUMNS = ("section", "articles", "with author", "with tags", "Baca juga", "newest (WIB)")
COMPARED = (  # fields with the same name in an item and an article of the sample site
    *("title", "summary", "section", "dateline", "authors", "editors", "source", "tags"),
    *("published_at", "related"),
)
FORMATS = ("csv", "json", "jsonl")


def by_section(articles: Iterable[StoredArticle | SampleArticle]) -> dict[str, list[str]]:
    """The cells of the table after the section, by section."""
    found: defaultdict[str, list[StoredArticle | SampleArticle]] = defaultdict(list)
    for article in articles:
        found[article.section or "-"].append(article)
    cells = {}
    for name, same in sorted(found.items()):
        counts = [(1, bool(a.authors), bool(a.tags), len(a.related)) for a in same]
        newest = max(a.published_at.astimezone(WIB) for a in same if a.published_at)
        sums = (str(sum(column)) for column in zip(*counts, strict=True))
        cells[name] = [*sums, f"{newest:%Y-%m-%d %H:%M}"]
    return cells


def stored(stage: Stage) -> None:
    """Show the sections of the archive; expect the counts of the site."""
    screen, site, articles = stage.screen, stage.site, stage.articles()
    screen.heading(2, "What was stored")
    cells, wanted = by_section(articles), by_section(map(site.article, stage.keys))
    expect("sections", cells.keys(), wanted.keys())
    for section in cells:
        expect(f"{section}: {', '.join(COLUMNS[1:])}", cells[section], wanted[section])
    *counts, newest = zip(*cells.values(), strict=True)
    total = ("all", *(str(sum(map(int, count))) for count in counts), max(newest))
    screen.table(COLUMNS, *((name, *row) for name, row in cells.items()), total)
    found = stage.gaps_found()
    gone, other = found.dead_links, sum(day.skipped for day in found.days)
    near = map(site.article, site.keys_within(DEFAULT_DEPTH - 1))
    links = [link for article in near for link in article.read_also]
    aliases = {n.href for n in links if n.key and str(article_key(n.href) or "") != n.key}
    expect("articles gone", gone, len({link.href for link in links if link.key is None}))
    expect("other addresses of stored articles", other, len(aliases))
    copies = {article.id for article in articles if article.duplicate_of}
    expect("copies", copies, {key for key in stage.keys if site.article(key).duplicate_of})
    screen.say("Not stored, or marked:")
    screen.pairs(
        (f"{gone:4}", "linked articles return 404: checked again before they count as gone"),
        (f"{other:4}", "addresses are aliases of stored articles"),
        (f"{len(copies):4}", "articles are duplicates of others; exports omit them"),
    )


def one_article(stage: Stage) -> None:
    """Show the shortest article that has all fields; expect each field to equal the site's."""
    screen, articles = stage.screen, stage.articles()
    rich = [a for a in articles if a.related[1:] and a.dateline and a.authors[1:] and a.tags]
    article = min(rich or articles, key=lambda article: article.word_count)
    screen.heading(3, "One article in the archive")
    sample = stage.site.article(article.id)
    for name in COMPARED:
        expect(f"{name} of {article.id}", getattr(article, name), getattr(sample, name))
    expect(f"paragraphs of {article.id}", article.body, sample.paragraphs)
    with stage.connected() as connection:
        screen.show(article_page(connection, article))
    screen.gap()
    screen.prove("All words, names, tags, times and links equal those of the site")


def exports(stage: Stage) -> None:
    """Export to each format; expect every article except the duplicates."""
    screen, site = stage.screen, stage.site
    screen.heading(4, "The archive as files")
    wanted = [key for key in sorted(stage.keys) if not site.article(key).duplicate_of]
    copies = len(stage.keys) - len(wanted)
    screen.say(f"{len(stage.keys)} articles, without the {copies} duplicates of others:")
    paths = [stage.folder / f"demo.{suffix}" for suffix in FORMATS]
    ends = stage.run("exporting", *(("export", shown(path)) for path in paths))
    for path, done in zip(paths, ends, strict=True):
        expect(f"exit code of the export to {shown(path)}", done.code, int(Exit.DONE))
        found = _ids(path)
        expect(f"articles in {shown(path)}", set(found), set(wanted))
        expect(f"order of the rows in {shown(path)}", found, wanted)
        screen.prove(f"{shown(path)}: {len(found)} rows")
        screen.say(f"  SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}", "dim")


def _ids(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return [row["id"] for row in csv.DictReader(file)]
        rows = json.load(file) if path.suffix == ".json" else map(json.loads, file)
        return [row["id"] for row in rows]
