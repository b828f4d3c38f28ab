"""Set the hashes by which the archive finds duplicates, in the transaction that stores them."""

from dataclasses import replace
from typing import Any

from kompas_crawler.archive.store.hashes import content_hash, text_hash
from kompas_crawler.items import Article, marked

COMPARED = marked("is_compared")  # a change of one of these creates a new revision


class DuplicatesPipeline:
    """Sets ``content_hash`` (of the compared fields) and ``text_hash`` (of the body)."""

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Article):
            return item
        return replace(
            item,
            content_hash=content_hash(*[getattr(item, name) for name in COMPARED]),
            text_hash=text_hash(item.body),
        )
