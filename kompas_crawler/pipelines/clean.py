"""Makes every text of an article plain: composed, single-spaced, without control characters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kompas_crawler.text import clean, clean_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.items import Article


def _all(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not empty once clean, without repeats."""
    return tuple(dict.fromkeys(filter(None, (clean(text) for text in texts))))


class CleanPipeline:
    """Normalises the texts of an article, from whatever source it came."""

    def process_item(self, item: Article) -> Article:
        return replace(
            item,
            title=clean_or_none(item.title),
            summary=clean_or_none(item.summary),
            body=tuple(filter(None, (clean(paragraph) for paragraph in item.body))),
            section=clean_or_none(item.section),
            subsection=clean_or_none(item.subsection),
            content_type=clean_or_none(item.content_type),
            dateline=clean_or_none(item.dateline),
            source=clean_or_none(item.source),
            topic=clean_or_none(item.topic),
            authors=_all(item.authors),
            editors=_all(item.editors),
            tags=_all(item.tags),
            images=tuple(
                replace(
                    image, caption=clean_or_none(image.caption), credit=clean_or_none(image.credit)
                )
                for image in item.images
            ),
            related=tuple(replace(link, title=clean_or_none(link.title)) for link in item.related),
        )
