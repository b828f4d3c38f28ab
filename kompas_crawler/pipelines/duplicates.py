"""Gives an article the digests by which the archive knows equal texts.

Which of several equal texts is the original is decided in the archive, in the
transaction that stores them, so that it holds across runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kompas_crawler.archive.store.hashes import content_hash, text_hash
from kompas_crawler.items import Article, marked

COMPARED = marked("is_compared")
"""A revision is about these: an article in which one of them differs has another text."""


class DuplicatesPipeline:
    """Sets ``content_hash`` (what a revision is about) and ``text_hash`` (the body alone).

    Passes items that are no ``Article`` on.
    """

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Article):
            return item
        return replace(
            item,
            content_hash=content_hash(*[getattr(item, name) for name in COMPARED]),
            text_hash=text_hash(item.body),
        )
