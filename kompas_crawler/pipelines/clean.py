"""Normalise the texts of an article: NFC, single spaces, no control characters."""

from dataclasses import replace
from typing import Any

from kompas_crawler.items import Article, Image, Kind, of_kind
from kompas_crawler.site.text import clean, clean_or_none

_TEXTS = of_kind(Kind.TEXT, Kind.LABEL)
_LISTS = of_kind(Kind.NAMES)


class CleanPipeline:
    """Normalises the texts of an ``Article``; returns other items unchanged."""

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Article):
            return item
        cleaned: dict[str, Any] = {name: clean_or_none(getattr(item, name)) for name in _TEXTS}
        for name in _LISTS:
            cleaned[name] = tuple(dict.fromkeys(filter(None, map(clean, getattr(item, name)))))
        return replace(
            item,
            body=tuple(filter(None, map(clean, item.body))),
            images=tuple(
                Image(one.url, clean_or_none(one.caption), clean_or_none(one.credit))
                for one in item.images
            ),
            related=tuple(replace(link, title=clean_or_none(link.title)) for link in item.related),
            **cleaned,
        )
