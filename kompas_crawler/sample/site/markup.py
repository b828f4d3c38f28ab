"""Fill in the HTML of the sample site (``html.toml``)."""

from collections.abc import Iterable
from functools import partial
from html import escape
from typing import Any

from kompas_crawler.sample.site.words import loaded

_MARKUP = loaded("html.toml")
LISTS: dict[str, str] = _MARKUP["lists"]
ARTICLE: dict[str, str] = _MARKUP["article"]
BODY: dict[str, Any] = _MARKUP["body"]
CHROME: dict[str, Any] = _MARKUP["chrome"]

as_text = partial(escape, quote=False)  # escape a text between tags, where quotes may stand


def most_read(rows: Iterable[tuple[str, str]]) -> str:
    """The list of other articles beside a page, by address and title."""
    return "".join(
        LISTS["most_row"].format(url=escape(url), title=as_text(title)) for url, title in rows
    )
