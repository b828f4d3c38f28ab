"""A pipeline that raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from kompas_crawler.items import Article


class FailingPipeline:
    """Raises for every article."""

    def process_item(self, item: Article) -> NoReturn:
        raise RuntimeError("a fault in a pipeline")
