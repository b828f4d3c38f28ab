"""Preview of ``scrapy crawl warc``: which stored fields it would change."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from os.path import commonprefix
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy import Connection

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE, Outcome, PageChange
from kompas_crawler.archive.store import forget, reparse
from kompas_crawler.crawl.run import Run
from kompas_crawler.frontier import State
from kompas_crawler.items import FetchedArticle
from kompas_crawler.log.terminal import safe
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.pipelines.duplicates import DuplicatesPipeline
from kompas_crawler.pipelines.validate import ValidatePipeline

EXAMPLES = 3
MAX_SHOWN = 60  # characters of a value in an example
_OUTCOMES = {
    None: "forgotten",
    Outcome.NEW: "new",
    Outcome.UPDATED: "newer",
    Outcome.UNCHANGED: "unchanged",
    REPARSE: "changed",
    OLDER_PAGE: "earlier",
}


class Preview:
    """Stores articles, counts the results, and rolls back."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        validate = ValidatePipeline.from_crawler(crawler)
        self._pipelines = (CleanPipeline(), validate, DuplicatesPipeline())
        self._store = reparse.RereadStore(run.clock, run_id=run.id)
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._fields: Counter[str] = Counter()
        self._examples: defaultdict[str, list[str]] = defaultdict(list)

    def compare(self, connection: Connection, articles: Sequence[FetchedArticle]) -> None:
        """Count what storing *articles* would change."""
        forgotten = forget.forgotten_keys(connection)
        for article in articles:
            finished = article
            try:
                for pipeline in self._pipelines:
                    finished = pipeline.process_item(finished)
            except DropItem:
                self._keys["refused"].add(article.id)
                continue
            finished = forget.redacted(finished, forgotten)
            stored = stored_articles.by_key(connection, finished.id)
            with connection.begin_nested() as attempt:
                assert finished.visit is not None
                change = PageChange(row=finished.visit.row, state=State.DONE, article=finished)
                [result] = self._store.apply(connection, [change])
                attempt.rollback()
            outcome = _OUTCOMES[result.reread or result.outcome]
            is_first = finished.id not in self._keys[outcome]
            self._keys[outcome].add(finished.id)
            if is_first and outcome in ("changed", "newer") and stored is not None:
                for name, (before, after) in reparse.differences(stored, finished).items():
                    self._fields[name] += 1
                    if len(self._examples[name]) < EXAMPLES:
                        self._examples[name].append(f"{finished.id}: {_shown(before, after)}")

    def lines(self) -> Iterator[str]:
        """The numbers of articles, then each changed field with its count and examples."""
        keys = self._keys
        earlier = keys["earlier"] - keys["changed"]
        unchanged = keys["unchanged"] - keys["changed"] - keys["newer"] - earlier
        yield (
            f"{len(keys['new'])} articles new, {len(keys['changed'])} read differently, "
            f"{len(keys['newer'])} changed since, {len(earlier)} with an earlier text, "
            f"{len(unchanged)} unchanged, {len(keys['refused'])} refused"
            + (f", {len(keys['forgotten'])} forgotten on request" if keys["forgotten"] else "")
        )
        for name in reparse.FIELDS:
            if self._fields[name]:
                yield f"{name}: {self._fields[name]}"
                yield from (f"  {example}" for example in self._examples[name])


def _shown(before: Any, after: Any) -> str:
    texts = _text(before), _text(after)
    start = max(0, len(commonprefix(texts)) - 20)  # noqa: RUF071 - no paths
    end = start + MAX_SHOWN
    parts = (f"{text[start:end]}{'…' if end < len(text) else ''}" for text in texts)
    return " → ".join(f"{'…' if start else ''}{part}" for part in parts)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ¶ ".join(_text(part) for part in value)
    return "none" if value is None else safe(str(value))
