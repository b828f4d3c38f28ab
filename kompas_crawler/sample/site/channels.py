"""The channels of the sample site: section, number in URLs, subjects and row markup."""

from __future__ import annotations

from typing import NamedTuple

from kompas_crawler.sample.site.words import TABLES
from kompas_crawler.site.sections import SECTIONS, Section


class Channel(NamedTuple):
    """One channel: ``site_id`` ends its articles' numbers, ``is_old`` fronts use the older rows."""

    slug: str
    site_id: int
    subsections: list[str]
    subjects: list[str]
    is_old: bool = False

    @property
    def section(self) -> Section:
        return SECTIONS[self.slug]

    @property
    def label(self) -> str:
        return self.section.label

    @property
    def rows(self) -> int:
        """How many articles a page of the front lists."""
        return 15 if self.is_old else 20

    def read_url(self, path: str) -> str:
        """The address under which the channel's article with *path* stands."""
        prefix = f"/{self.slug}" if self.section.host == "www.kompas.com" else ""
        return f"https://{self.section.host}{prefix}/read/{path}"


*CHANNELS, PAID = (Channel(**channel) for channel in TABLES["channels"])
"""The channels whose fronts a crawl visits unless told otherwise, and one of advertisers' texts,
to which nothing on the site links but its own front."""

BY_SLUG = {channel.slug: channel for channel in (*CHANNELS, PAID)}
NEWS = frozenset({"nasional", "megapolitan", "regional"})
"""What the index calls ``site=news``."""
