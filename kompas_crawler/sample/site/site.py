"""The sample site: its articles, what a crawl can reach, and how it changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain, islice

from kompas_crawler.sample.site.article import SampleArticle, article_of, headline, labels, own_url
from kompas_crawler.sample.site.plan import BLOCK, SERIALS, Address, Plan, links_of
from kompas_crawler.sample.site.words import BY_SLUG, CHANNELS, NEWS, PAID
from kompas_crawler.site.keys import ArticleKey

LAST_DAY = date(2026, 6, 30)  # the default day of the newest articles


class Site:
    """A small invented Kompas of *articles* articles, always the same for the same *seed*.

    *until* is the day of the newest, *per_day* the number of articles a day (by default 20 to
    900, for about a week). A site of at least 40 articles has every trait once.
    """

    def __init__(
        self, articles: int, seed: int = 0, until: date = LAST_DAY, per_day: int | None = None
    ) -> None:
        if articles < 1:
            raise ValueError(f"a site has at least one article, not {articles}")
        rate = min(max(articles // 8, 20), 900) if per_day is None else per_day
        if not 1 <= rate <= 2000:
            raise ValueError(f"per_day must be between 1 and 2000, not {rate}")
        self.plan = Plan(articles, seed, until, rate)
        self.count = 0
        self._revisions: dict[int, int] = {}
        self._removed: set[int] = set()
        self._credited: dict[int, str] = {}
        self._fronts: dict[str, list[int]] = {slug: [] for slug in BY_SLUG}
        self._cached = lru_cache(maxsize=256)(article_of)
        self.publish(articles)

    @property
    def articles(self) -> tuple[SampleArticle, ...]:
        """All articles in order of publication, also those that were removed."""
        return tuple(map(self.article, range(self.count)))

    def article(self, which: int | str) -> SampleArticle:
        """The current article with this number or key; raises ``KeyError``."""
        index = which if isinstance(which, int) else self.find(which)
        if index is None or not 0 <= index < self.count:
            raise KeyError(which)
        copied = self._revisions.get(self.plan.original(index), 0)
        made = self._cached(self.plan, index, self._revisions.get(index, 0), copied)
        more = self._credited.get(index)
        return replace(made, editors=(*made.editors, more)) if more else made

    def find(self, key: str | ArticleKey) -> int | None:
        """The number of the article with *key*, also if it was removed, or ``None``."""
        index = self.plan.index_of(ArticleKey.parse(key) if isinstance(key, str) else key)
        return index if index is not None and index < self.count else None

    def is_removed(self, index: int) -> bool:
        """Whether the site returns 404 for this article."""
        return index in self._removed

    def key(self, index: int) -> str:
        return str(self.plan.key(index))

    def url(self, index: int) -> str:
        return own_url(self.plan, index)

    def title(self, index: int) -> str:
        return headline(self.plan, index)

    @property
    def missing(self) -> frozenset[str]:
        """The linked keys for which the site returns 404."""
        serial = SERIALS[Address.GONE]
        gone = (str(self.plan.key(i, serial)) for i in range(2, self.plan.planned, BLOCK))
        return frozenset((*gone, *(self.key(i) for i in self._removed)))

    def front(self, slug: str) -> Sequence[int]:
        """The articles of a section's front and pager, oldest first."""
        return self._fronts.get(slug, ())

    def newest(self, number: int) -> list[int]:
        """The newest articles of all fronts but the advertisers', newest first."""
        last = (self.front(channel.slug)[-number:] for channel in CHANNELS)
        return sorted(chain.from_iterable(last), reverse=True)[:number]

    def indexed(self, day: date, site: str = "all") -> list[int]:
        """The articles in the index of *day*, newest first: all but advertisers'."""
        start = (day - self.plan.first_day).days * self.plan.per_day
        groups = {"all": frozenset(channel.slug for channel in CHANNELS), "news": NEWS}
        wanted = groups.get(site, frozenset({site})) - {PAID.slug}
        day_range = range(max(start, 0), min(start + self.plan.per_day, self.count))
        found = (i for i in reversed(day_range) if i not in self._removed)
        return [i for i in found if self.plan.channel(i).slug in wanted]

    def on_day(self, day: date, site: str = "all") -> tuple[str, ...]:
        """The keys in the index of *day*, newest first."""
        return tuple(self.key(i) for i in self.indexed(day, site))

    @property
    def days(self) -> tuple[date, ...]:
        """The days with articles, oldest first."""
        return tuple(self.plan.day(i) for i in range(0, self.count, self.plan.per_day))

    @cached_property
    def _tagged(self) -> dict[str, list[int]]:
        """The articles by the slug of a tag and the number of a topic, without advertisers'."""
        found: dict[str, list[int]] = {}
        for index in range(self.count):
            if self.plan.channel(index) is not PAID:
                for name in labels(self.plan, index):
                    found.setdefault(name, []).append(index)
        return found

    def tagged(self, name: str) -> list[int]:
        """The articles with a tag, by its slug, or of a topic, by its number, newest first."""
        return [i for i in reversed(self._tagged.get(name, [])) if i not in self._removed]

    def in_sitemap(self, slug: str, number: int = 100) -> list[int]:
        """The newest articles of a section, newest first, also those that no front shows."""
        newest = (i for i in reversed(range(self.count)) if self.plan.channel(i).slug == slug)
        return list(islice((i for i in newest if i not in self._removed), number))

    def keys_within(self, depth: int) -> frozenset[str]:
        """The keys that all fronts and their pagers reach with at most *depth* "Baca juga" hops."""
        return self.reached({i for c in CHANNELS for i in self.front(c.slug)}, depth)

    def reached(self, start: set[int], depth: int) -> frozenset[str]:
        """The keys of the articles *start*, and of those at most *depth* hops from them."""
        reached = edge = start
        for _ in range(depth):
            edge = {
                link.target
                for index in edge
                for link in links_of(self.plan, index)
                if link.address is not Address.GONE and link.target not in self._removed
            } - reached
            reached = reached | edge
        return frozenset(self.key(index) for index in reached)

    def publish(self, number: int) -> tuple[str, ...]:
        """Publish *number* more articles, newer than all others; return their keys."""
        added = range(self.count, self.count + number)
        for index in added:
            if self.plan.hops(index) == 0:
                self._fronts[self.plan.channel(index).slug].append(index)
        self.count += number
        self.__dict__.pop("_tagged", None)
        return tuple(self.key(i) for i in added) if added.start else ()

    def correct(self, keys: Iterable[str]) -> None:
        """Change the text of these articles; raise ``KeyError`` for an unknown one."""
        for index in [self.article(key).index for key in keys]:
            self._revisions[index] = self._revisions.get(index, 0) + 1

    def credit(self, keys: Iterable[str], editor: str) -> None:
        """Name one more editor of these articles; their texts stay."""
        self._credited |= dict.fromkeys((self.article(key).index for key in keys), editor)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove these articles from the site and its lists; it returns 404 for them."""
        self._removed.update(self.article(key).index for key in keys)
        for numbers in self._fronts.values():
            numbers[:] = [i for i in numbers if i not in self._removed]
