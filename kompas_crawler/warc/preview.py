"""Preview of ``scrapy crawl warc``: which stored fields it would change."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy import Connection

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE, Note, Outcome, PageChange
from kompas_crawler.archive.store import forget, reparse
from kompas_crawler.crawl.run import Run
from kompas_crawler.frontier import State
from kompas_crawler.items import FetchedArticle
from kompas_crawler.log.terminal import counted
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.pipelines.duplicates import DuplicatesPipeline
from kompas_crawler.pipelines.validate import ValidatePipeline

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
        self._fields: defaultdict[str, set[str]] = defaultdict(set)

    def compare(self, connection: Connection, found: Sequence[FetchedArticle | Note]) -> None:
        """Count what storing the articles and writing the notes would change."""
        forgotten = forget.forgotten_keys(connection)
        for article in found:
            if isinstance(article, Note):
                with connection.begin_nested() as attempt:
                    if article.write(connection):
                        self._keys["gone"].add(article.key or "")
                    attempt.rollback()
                continue
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
            self._keys[outcome].add(finished.id)
            if outcome in ("changed", "newer") and stored is not None:
                for name in reparse.differences(stored, finished):
                    self._fields[name].add(finished.id)

    def lines(self) -> Iterator[str]:
        """The numbers of articles, then each changed field with its number of articles."""
        keys = self._keys
        earlier = keys["earlier"] - keys["changed"]
        unchanged = keys["unchanged"] - keys["changed"] - keys["newer"] - earlier
        yield (
            f"{counted(len(keys['new']), 'article')} new, {len(keys['changed'])} read differently, "
            f"{len(keys['newer'])} changed since, {len(earlier)} with an earlier text, "
            f"{len(unchanged)} unchanged, {len(keys['refused'])} refused"
            + (f", {len(keys['gone'])} gone" if keys["gone"] else "")
            + (f", {len(keys['forgotten'])} forgotten on request" if keys["forgotten"] else "")
        )
        for name in reparse.FIELDS:
            if self._fields[name]:
                yield f"{name}: {len(self._fields[name])}"
