"""A sample site on a clock: articles appear, late or in time, move and are removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kompas_crawler.sample.site.article import article_of
from kompas_crawler.sample.site.plan import SERIALS, Address
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.site import LAST_DAY, Site
from kompas_crawler.sample.site.words import CHANNELS
from kompas_crawler.site.keys import ArticleKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kompas_crawler.sample.site.article import SampleArticle
    from kompas_crawler.sample.site.listing_html import Row
    from kompas_crawler.sample.site.replies import Reply

INDEX_ROWS, FRONT_ROWS = 5, 3
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class LivingSite(Site):
    """A site whose articles appear in the course of time; some late, some removed again.

    ``now`` is the site's clock. ``appears_at`` is the time from which lists show an article and
    its page answers; ``removed_at`` the time from which neither does, until it is
    ``restored_at``, if ever. Lists name the articles
    in ``moved`` by a former address, which redirects to their own. Texts are corrected at the
    times in ``corrected_at``. The first *dense_days* days have the *per_day* articles; see
    ``thin_out`` for those after them.
    """

    def __init__(self, seed: int, per_day: int, *, dense_days: int, days: int) -> None:
        until = LAST_DAY + timedelta(days=days - dense_days)
        super().__init__(per_day * days, seed=seed, until=until, per_day=per_day)
        self._cached = lru_cache(maxsize=None)(article_of)
        self.dense = per_day * dense_days
        self.appears_at = [self.plan.published_at(i).astimezone(UTC) for i in range(self.count)]
        self.slugs = [self.plan.channel(i).slug for i in range(self.count)]
        self.removed_at: dict[int, datetime] = {}
        self.restored_at: dict[int, datetime] = {}
        self.corrected_at: dict[int, datetime] = {}
        self.moved: set[int] = set()
        self.now = self.appears_at[0]
        self._texts: dict[tuple[int, int], str] = {}
        self._written: dict[tuple[int, int], SampleArticle] = {}

    def thin_out(self, sections: set[str]) -> None:
        """On all but the first days let one article of each of *sections* appear."""
        seen: set[tuple[date, str]] = set()
        for index in range(self.dense, self.count):
            of_day = (self.plan.day(index), self.plan.channel(index).slug)
            if of_day in seen or of_day[1] not in sections:
                self.appears_at[index] = NEVER
            seen.add(of_day)

    def of_day(self, day: date) -> range:
        """The articles of *day*, whether they appear or not."""
        start = (day - self.plan.first_day).days * self.plan.per_day
        return range(max(start, 0), max(min(start + self.plan.per_day, self.count), 0))

    @property
    def quiet_from(self) -> date:
        """The first day with few articles."""
        return self.plan.day(self.dense)

    @property
    def dense_days(self) -> list[date]:
        """The days with many articles."""
        return [self.plan.day(i) for i in range(0, self.dense, self.plan.per_day)]

    def is_listed(self, index: int) -> bool:
        """Whether lists show the article now."""
        return self.appears_at[index] <= self.now and not self.is_removed(index)

    def is_removed(self, index: int) -> bool:
        at = self.removed_at.get(index)
        return at is not None and at <= self.now < self.restored_at.get(index, NEVER)

    def is_to_return(self, index: int) -> bool:
        """Whether the article is to be removed and restored: what lists say of it is not final."""
        return self.now < self.restored_at.get(index, self.now)

    def find(self, key: str | ArticleKey) -> int | None:
        index = super().find(key)
        return index if index is not None and self.appears_at[index] <= self.now else None

    def article(self, which: int | str) -> SampleArticle:
        """The article; it links only to articles that appeared before it."""
        found = super().article(which)
        if found.revision != self.revision(found.index):
            self._revisions[found.index] = self.revision(found.index)
            found = super().article(found.index)
        version = (found.index, found.revision)
        if version not in self._written:
            links = tuple(
                link
                for link in found.read_also
                if link.key is None or self._is_earlier(link.key, found.index)
            )
            self._written[version] = replace(found, read_also=links)
        return self._written[version]

    def revision(self, index: int) -> int:
        """How many times the text was corrected so far."""
        return int(self.corrected_at.get(index, NEVER) <= self.now)

    def text(self, index: int, revision: int) -> str:
        """The text of an article, as it is stored."""
        if (index, revision) not in self._texts:
            found = article_of(self.plan, index, revision)
            self._texts[index, revision] = "\n\n".join(found.paragraphs)
        return self._texts[index, revision]

    def tagged(self, name: str) -> list[int]:
        return self._in_order(super().tagged(name))[::-1]

    def _is_earlier(self, key: str, index: int) -> bool:
        other = self.plan.index_of(ArticleKey.parse(key))
        assert other is not None
        return self.appears_at[other] <= self.appears_at[index]

    def front(self, slug: str) -> Sequence[int]:
        return self._in_order(super().front(slug))

    def newest(self, number: int) -> list[int]:
        shown = [i for channel in CHANNELS for i in self._fronts[channel.slug]]
        return self._in_order(shown)[: -number - 1 : -1]

    def _in_order(self, indexes: Sequence[int]) -> list[int]:
        return sorted(filter(self.is_listed, indexes), key=lambda i: self.appears_at[i])

    def indexed(self, day: date, site: str = "all") -> list[int]:
        return [i for i in super().indexed(day, site) if self.is_listed(i)]

    def in_sitemap(self, slug: str, number: int = 100) -> list[int]:
        return [i for i in super().in_sitemap(slug, 10_000) if self.is_listed(i)][:number]

    def former_key(self, index: int) -> str:
        """The key of the former address of an article in ``moved``."""
        return str(self.plan.key(index, SERIALS[Address.MOVED]))


class Answers(Replies):
    """The right answers, with short pages of lists; ``listed`` are the rows of the last list."""

    def __init__(self, site: LivingSite) -> None:
        super().__init__(site)
        self.listed: tuple[int, ...] = ()

    def _rows(self, indexes: Sequence[int]) -> list[Row]:
        site = self.site
        assert isinstance(site, LivingSite)
        self.listed = tuple(indexes)
        rows = super()._rows(indexes)
        return [
            row._replace(url=row.url.replace(number_of(site.key(i)), number_of(site.former_key(i))))
            if i in site.moved
            else row
            for i, row in zip(indexes, rows, strict=True)
        ]

    def _listing(
        self, heading: str, url: str, newest_first: Sequence[int], page: int, size: int, **how: Any
    ) -> Reply:
        is_home = url == "https://www.kompas.com/"
        rows = INDEX_ROWS if "//indeks." in url else 20 if is_home else FRONT_ROWS
        return super()._listing(heading, url, newest_first, page, rows, **how)

    def _news(self, slug: str) -> str:
        text = super()._news(slug)
        self.listed = tuple(self.site.in_sitemap(slug))
        return text


def number_of(key: str) -> str:
    return key.partition("-")[2]
