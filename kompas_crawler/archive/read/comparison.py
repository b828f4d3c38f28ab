"""Compare the archive with the list of another one, by digests of the contents."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.frontier import State

RESULTS = ("same", "changed", "gone", "stored", "missing")  # stored: without a digest


class Compared(NamedTuple):
    """The result for one article; ``revision`` is the number of the text that is the same."""

    key: str
    result: str
    revision: int | None
    reason: str


def compare(connection: Connection, hashes: Mapping[str, str | None]) -> Iterator[Compared]:
    """Compare the archive with *hashes*, digests of contents by key; yields in their order."""
    article, key_of_row = ArticleRow, FrontierRow.key
    of_articles = select(article.key, article.content_hash, article.revision, article.status)
    of_revisions = select(article.key, RevisionRow.content_hash, RevisionRow.number)
    of_revisions = of_revisions.join(article, article.id == RevisionRow.article_id)
    of_rows = select(key_of_row, FrontierRow.state, FrontierRow.reason)
    for keys in chunks(hashes):
        given = article.key.in_(keys)
        stored = {row[0]: row[1:] for row in connection.execute(of_articles.where(given))}
        former = {row[:2]: row[2] for row in connection.execute(of_revisions.where(given))}
        known = {row[0]: row[1:] for row in connection.execute(of_rows.where(key_of_row.in_(keys)))}
        for key in keys:
            wanted = hashes[key]
            if key not in stored:
                state, reason = known.get(key, ("not asked for", None))
                result = "gone" if state == State.GONE else "missing"
                yield Compared(key, result, None, reason or state or "")
                continue
            digest, number, status = stored[key]
            note = "gone from the site" if status == "gone" else ""
            if wanted is None:
                yield Compared(key, "stored", number, note)
            elif digest == wanted:
                yield Compared(key, "same", number, note)
            elif (key, wanted) in former:
                yield Compared(key, "same", former[key, wanted], f"now revision {number}")
            else:
                yield Compared(key, "changed", None, note)
