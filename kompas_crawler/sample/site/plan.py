"""The plan of the sample site: time, channel, form and "Baca juga" links of each article.

All properties of an article are computed from its number and the seed, so a large site needs no
memory. In each block of twenty articles the positions have fixed roles:

====  =====================================================================
0, 1  link to each other
2     links to an article that is gone (404)
3, 12 have the same text, 12 is the later one (even blocks)
4     links to 5, which only "Baca juga" leads to; 5 to 10; 10 to 15
6     has several addresses; 7 and 9 link to two of them
8     its other addresses redirect to it; 11 links to one
7     has a ``?page=all`` that gives page 1 alone (first of ten blocks)
13    links to the former number of 14, which redirects
17    is in the index only (second of five blocks)
19    is an advertiser's (even blocks)
====  =====================================================================
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kompas_crawler.sample.site.words import CHANNELS, PAID, Channel
from kompas_crawler.site.keys import WIB, ArticleKey

BLOCK = 20
_MASK = (1 << 64) - 1
_OPENS, _OPEN_SECONDS = 5 * 3600, 18 * 3600  # articles are published from 5:00 to 23:00


class Form(StrEnum):
    """The template a page is written in, by the year it was seen."""

    Y2021 = "2021"
    Y2026 = "2026"


class Address(StrEnum):
    """The form of the URL of a link."""

    OWN = "own"
    AMP = "amp"
    SHORT = "short"
    OTHER = "other"  # another section and slug
    MOVED = "moved"  # a former number, which redirects
    GONE = "gone"  # a removed article


SERIALS = {Address.MOVED: 8, Address.GONE: 9}  # digits in a number that no article has


@dataclass(frozen=True, slots=True)
class Link:
    """A "Baca juga" link to the article *target* by one of its addresses."""

    target: int
    address: Address = Address.OWN


def mixed(seed: int, index: int, salt: int) -> int:
    """A pseudo-random number, always the same for the same arguments.

    >>> mixed(0, 7, 1) == mixed(0, 7, 1) != mixed(0, 8, 1)
    True
    """
    x = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + salt * 0x94D049BB133111EB) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


@dataclass(frozen=True, slots=True)
class Plan:
    """The properties of *planned* articles, *per_day* a day, up to the day *until*.

    Articles with higher numbers are published later; they are plain and on a front.
    """

    planned: int
    seed: int
    until: date
    per_day: int

    def _role(self, index: int) -> tuple[int, int]:
        """Block and place within it; (-1, -1) for an article published later."""
        return divmod(index, BLOCK) if index < self.planned else (-1, -1)

    @property
    def first_day(self) -> date:
        return self.until - timedelta((self.planned - 1) // self.per_day)

    def day(self, index: int) -> date:
        return self.first_day + timedelta(index // self.per_day)

    def published_at(self, index: int) -> datetime:
        """The publication time of *index*, with which its number in the URL starts."""
        gap = _OPEN_SECONDS // self.per_day
        seconds = _OPENS + index % self.per_day * gap + mixed(self.seed, index, 1) % gap
        day = self.day(index)
        return datetime(day.year, day.month, day.day, tzinfo=WIB) + timedelta(seconds=seconds)

    def channel(self, index: int) -> Channel:
        block, place = self._role(index)
        if place == 19 and block % 2 == 0:
            return PAID
        return CHANNELS[(index * 3 + index // len(CHANNELS)) % len(CHANNELS)]

    def key(self, index: int, serial: int | None = None) -> ArticleKey:
        """The key of *index*; with another *serial* (6 to 9) it is of no article."""
        at = self.published_at(index)
        digit = mixed(self.seed, index, 2) % 6 if serial is None else serial
        return ArticleKey(at.date(), f"{at:%H%M%S}{digit}{self.channel(index).site_id}")

    def index_of(self, key: ArticleKey, serial: int | None = None) -> int | None:
        """The article with *key*, published or not, or ``None``."""
        if len(key.number) < 6 or key.published_at is None:
            return None
        at = key.published_at
        seconds = at.hour * 3600 + at.minute * 60 + at.second
        slot = (seconds - _OPENS) // (_OPEN_SECONDS // self.per_day)
        index = (key.day - self.first_day).days * self.per_day + slot
        if not 0 <= slot < self.per_day or index < 0:
            return None
        return index if self.key(index, serial) == key else None

    def form(self, index: int) -> Form:
        return tuple(Form)[(mixed(self.seed, index // 2, 3) + index) % 2]

    def page_count(self, index: int) -> int:
        """The number of pages of *index*: several for 30 %."""
        if index % BLOCK not in (1, 4, 7, 10, 11, 14):
            return 1
        return 2 + mixed(self.seed, index, 4) % 3

    def is_page_all_broken(self, index: int) -> bool:
        """Whether ``?page=all`` of *index* returns only its first page."""
        block, place = self._role(index)
        return place == 7 and block % 10 == 0

    def hops(self, index: int) -> int | None:
        """The links from a front to *index*, an ad on its own one; ``None``: it is not linked."""
        block, place = self._role(index)
        if place == 17 and block % 5 == 1:
            return None
        return {5: 1, 10: 2, 15: 3}.get(place, 0)

    def original(self, index: int) -> int:
        """The original of a duplicate, else *index*."""
        block, place = self._role(index)
        return index - 9 if place == 12 and block % 2 == 0 else index

    def is_redirecting(self, index: int) -> bool:
        """Whether other addresses of *index* redirect to its own."""
        return index < self.planned and index % BLOCK == 8


_FIXED = {place: (to, Address.OWN) for place, to in ((0, 1), (1, 0), (4, 5), (5, 10), (10, 15))} | {
    2: (2, Address.GONE),
    7: (6, Address.AMP),
    9: (6, Address.SHORT),
    11: (8, Address.OTHER),
    13: (14, Address.MOVED),
}
"""Place and address of the link from each place in a block."""


def _is_open(plan: Plan, index: int) -> bool:
    """Whether other articles may link to *index*: on a front, no ad and no duplicate."""
    return plan.hops(index) == 0 and index % BLOCK not in (12, 19)


def links_of(plan: Plan, index: int) -> tuple[Link, ...]:
    """The "Baca juga" links of *index*, in order: some to articles near it, then its fixed ones."""
    index = plan.original(index)
    found: dict[int, Link] = {}
    near = min(index, plan.planned - 1)
    for nth in range(mixed(plan.seed, index, 5) % 3 + 1):
        target = near - 60 + mixed(plan.seed, index, 6 + nth) % 121
        target = min(max(target, 0), plan.planned - 1)
        while target > 0 and not _is_open(plan, target):
            target -= 1
        if target != index and _is_open(plan, target):
            found[target] = Link(target)
    place = index % BLOCK
    if index < plan.planned and place in _FIXED:
        to, address = _FIXED[place]
        target = index - place + to
        if target < plan.planned:
            found.pop(target, None)
            found[target] = Link(target, address)
    return tuple(found.values())
