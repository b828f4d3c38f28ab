"""Parts that fail, for the tests of what a failure does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from kompas_crawler.items import Article


class BrokenPipeline:
    """A pipeline with a fault in it."""

    def process_item(self, item: Article) -> NoReturn:
        raise RuntimeError("a fault in a pipeline")
