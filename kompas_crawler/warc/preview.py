"""Preview of ``scrapy crawl warc``: which stored fields it would change."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.store import reparse
from kompas_crawler.log.terminal import safe
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.pipelines.duplicates import DuplicatesPipeline
from kompas_crawler.pipelines.validate import ValidatePipeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scrapy.crawler import Crawler
    from sqlalchemy import Connection

    from kompas_crawler.items import FetchedArticle

EXAMPLES = 3
MAX_SHOWN = 60  # characters of a value in an example


class Preview:
    """Passes articles through the pipelines and counts the differences from the stored ones."""

    def __init__(self, crawler: Crawler) -> None:
        self._pipelines = (
            CleanPipeline(),
            ValidatePipeline.from_crawler(crawler),
            DuplicatesPipeline(),
        )
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._fields: Counter[str] = Counter()
        self._examples: defaultdict[str, list[str]] = defaultdict(list)

    def compare(self, connection: Connection, articles: Sequence[FetchedArticle]) -> None:
        """Count what storing *articles* would change."""
        for article in articles:
            finished = self._finished(article)
            if finished is None:
                self._keys["refused"].add(article.id)
                continue
            stored = stored_articles.by_key(connection, finished.id)
            if stored is None:
                self._keys["new"].add(finished.id)
                continue
            assert finished.fetched_at is not None
            assert stored.fetched_at is not None
            found = reparse.differences(stored, finished)
            is_older = finished.fetched_at < stored.fetched_at and not self._is_its_page(
                connection, finished
            )
            if is_older and finished.content_hash != stored.content_hash:
                self._keys["earlier"].add(finished.id)
            elif is_older or not found:
                self._keys["unchanged"].add(finished.id)
            else:
                is_newer = finished.fetched_at > stored.fetched_at
                self._note(finished.id, found, "newer" if is_newer else "changed")

    def _finished(self, article: FetchedArticle) -> FetchedArticle | None:
        try:
            for pipeline in self._pipelines:
                article = pipeline.process_item(article)
        except DropItem:
            return None
        return article

    @staticmethod
    def _is_its_page(connection: Connection, article: FetchedArticle) -> bool:
        from kompas_crawler.archive.store import captures

        known = captures.of_articles(connection, [article.id]).get(article.id)
        return known is not None and known.written_at == article.fetched_at

    def _note(self, key: str, found: dict[str, tuple[Any, Any]], outcome: str) -> None:
        if key in self._keys[outcome]:
            return
        self._keys[outcome].add(key)
        for name, (before, after) in found.items():
            self._fields[name] += 1
            if len(self._examples[name]) < EXAMPLES:
                self._examples[name].append(f"{key}: {_shown(before, after)}")

    def lines(self) -> Iterator[str]:
        """The numbers of articles, then each changed field with its count and examples."""
        keys = self._keys
        earlier = keys["earlier"] - keys["changed"]
        unchanged = keys["unchanged"] - keys["changed"] - keys["newer"] - earlier
        yield (
            f"{len(keys['new'])} articles new, {len(keys['changed'])} read differently, "
            f"{len(keys['newer'])} changed since, {len(earlier)} with an earlier text, "
            f"{len(unchanged)} unchanged, {len(keys['refused'])} refused"
        )
        for name in reparse.FIELDS:
            if self._fields[name]:
                yield f"{name}: {self._fields[name]}"
                yield from (f"  {example}" for example in self._examples[name])


def _shown(before: Any, after: Any) -> str:
    was, is_ = _text(before), _text(after)
    same = 0
    while same < min(len(was), len(is_)) and was[same] == is_[same]:
        same += 1
    start = max(0, same - 20)
    return f"{_cut(was, start)} → {_cut(is_, start)}"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ¶ ".join(_text(part) for part in value)
    return "none" if value is None else safe(str(value))


def _cut(text: str, start: int) -> str:
    part = text[start : start + MAX_SHOWN]
    return f"{'…' if start else ''}{part}{'…' if start + MAX_SHOWN < len(text) else ''}"
