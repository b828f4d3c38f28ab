"""A sample site on a clock: rates by section and hour, corrections, removals, late articles."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.article import ReadAlso, SampleArticle, own_url
from kompas_crawler.sample.site.plan import Form, Plan, links_of
from kompas_crawler.sample.site.replies import Replies, Reply
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.story import Block, BlockKind
from kompas_crawler.sample.site.words import CHANNELS, Channel, person, sentence, title_of
from kompas_crawler.site.keys import WIB, ArticleKey
from kompas_crawler.site.sections import SECTIONS, named

if TYPE_CHECKING:
    from kompas_crawler.sample.site.listing_html import Row

FIRST_DAY = date(2026, 6, 1)  # a Monday
WEEKDAY, WEEKEND = 900, 550
HOURS = (4, 3, 2, 2, 3, 10, 28, 45, 58, 65, 70, 66, 60, 62, 66, 68, 66, 60, 54, 50, 44, 34, 20, 10)
"""How much is published in each hour of a day, in Jakarta."""
RATES = {
    "nasional": 130, "megapolitan": 80, "regional": 150, "money": 85, "bola": 70, "global": 55,
    "tren": 50, "hype": 45, "tekno": 35, "otomotif": 35, "health": 30, "lifestyle": 25,
    "travel": 25, "food": 20, "surabaya": 20, "bandung": 20, "edu": 18, "yogyakarta": 15,
    "properti": 15, "sains": 12, "skola": 12, "sports": 12, "medan": 10, "internasional": 10,
    "denpasar": 8, "makassar": 8, "homey": 8, "stori": 8, "badminton": 6, "motogp": 6,
    "kolom": 5, "parapuan": 5, "wiken": 4, "cekfakta": 4, "jawa-barat": 4, "umkm": 3,
    "lestari": 3, "entertainment": 3, "edukasi": 2, "ikn": 2, "konsultasihukum": 1, "pemilu": 1,
}  # fmt: skip
"""Shares of the sections in the articles of a day."""
CORRECTED, MARKED, RETITLED = 0.2, 0.7, 0.25
"""Share of the articles that are corrected; of those with "Diperbarui", and with another title."""
CORRECTIONS = ((0.60, 0, 3), (0.25, 3, 24), (0.15, 24, 7 * 24))
"""Shares of the corrections, from and to hours after publication."""
UPDATED_AT_ONCE, LATE, REMOVED = 0.05, 0.03, 0.01
"""Shares of the articles that begin with "Diperbarui", appear 1 to 36 hours late, are removed."""
ROWS = 15
"""Articles on a page of a list."""


@dataclass(slots=True)
class Life:
    """What happens to one article."""

    section: str
    published_at: datetime
    appears_at: datetime
    corrected_at: datetime | None = None
    removed_at: datetime | None = None
    is_marked: bool = False  # its correction says "Diperbarui"
    is_retitled: bool = False
    is_updated_at_once: bool = False
    fetched: list[datetime] = field(default_factory=list)


class LivesPlan(Plan):
    """The plan of articles whose times and sections were drawn."""

    lives: Sequence[Life]
    numbers: dict[str, int]

    def __hash__(self) -> int:
        return id(self)

    def _role(self, index: int) -> tuple[int, int]:
        return (-1, -1)

    def published_at(self, index: int) -> datetime:
        return self.lives[index].published_at

    def day(self, index: int) -> date:
        return self.lives[index].published_at.date()

    def channel(self, index: int) -> Channel:
        return SECTION_CHANNELS[self.lives[index].section]

    def index_of(self, key: ArticleKey, serial: int | None = None) -> int | None:
        return self.numbers.get(str(key)) if serial is None else None

    def form(self, index: int) -> Form:
        return Form.Y2026

    def page_count(self, index: int) -> int:
        return 1

    def is_redirecting(self, index: int) -> bool:
        return False


SECTION_CHANNELS = {
    section.slug: CHANNELS[nth % len(CHANNELS)]._replace(
        slug=section.slug, site_id=10 + nth, is_old=False
    )
    for nth, section in enumerate(SECTIONS.values())
}


def midnight(day: date) -> datetime:
    """The begin of *day* in Jakarta."""
    return datetime.combine(day, time(), WIB)


def drawn(days: int, share: float = 1.0, seed: int = 0) -> list[Life]:
    """The articles of *days* days in order of publication, and what happens to them.

    Only a *share* of the real number.
    """
    rng, lives = Random(seed), []
    taken: set[datetime] = set()
    for nth in range(days):
        day = FIRST_DAY + timedelta(days=nth)
        count = round(share * (WEEKEND if day.weekday() >= 5 else WEEKDAY))
        for hour in rng.choices(range(24), HOURS, k=count):
            at = midnight(day) + timedelta(hours=hour, seconds=rng.randrange(3600))
            while at in taken:  # a key has a second and a digit
                at += timedelta(seconds=1)
            taken.add(at)
            lives.append(_life(rng, at))
    return sorted(lives, key=lambda life: life.published_at)


def _life(rng: Random, at: datetime) -> Life:
    life = Life(rng.choices(tuple(RATES), tuple(RATES.values()))[0], at, at)
    if rng.random() < LATE:
        life.appears_at += timedelta(hours=rng.uniform(1, 36))
    if rng.random() < CORRECTED:
        shares = [share for share, _, _ in CORRECTIONS]
        _, since, until = rng.choices(CORRECTIONS, shares)[0]
        life.corrected_at = life.appears_at + timedelta(hours=rng.uniform(since, until))
        life.corrected_at = min(life.corrected_at, at + timedelta(days=7))
        life.is_marked, life.is_retitled = rng.random() < MARKED, rng.random() < RETITLED
    if rng.random() < REMOVED:
        life.removed_at = life.appears_at + timedelta(hours=rng.uniform(2, 120))
    life.is_updated_at_once = rng.random() < UPDATED_AT_ONCE
    return life


class WeekSite(Site):
    """The site of *lives* at the time ``now``; lists show what has appeared."""

    def __init__(self, lives: list[Life]) -> None:
        until = lives[-1].published_at.date()
        self.plan = LivesPlan(len(lives), 0, until, WEEKDAY)
        # The plan is frozen for the plans that are computed.
        object.__setattr__(self.plan, "lives", lives)
        self.lives, self.count, self.weight = lives, len(lives), 1
        keys = {str(self.plan.key(i)): i for i in range(self.count)}
        object.__setattr__(self.plan, "numbers", keys)
        self._order = sorted(range(self.count), key=lambda i: lives[i].appears_at)
        self._shown = 0
        self._fronts: dict[str, list[int]] = {section.slug: [] for section in named("all")}
        self._days: dict[date, list[int]] = {}
        self.now = lives[0].published_at
        self._names: dict[int, tuple[str, str]] = {}

    def go_on(self, now: datetime) -> None:
        """Set the clock, and show what has appeared by then."""
        self.now = now
        while self._shown < self.count:
            index = self._order[self._shown]
            life = self.lives[index]
            if life.appears_at > now:
                break
            self._fronts[life.section].append(index)  # by the time of appearance
            insort(self._days.setdefault(life.published_at.date(), []), index)
            self._shown += 1

    def find(self, key: str | ArticleKey) -> int | None:
        index = self.plan.index_of(ArticleKey.parse(key) if isinstance(key, str) else key)
        return index if index is not None and self.lives[index].appears_at <= self.now else None

    def is_removed(self, index: int) -> bool:
        at = self.lives[index].removed_at
        return at is not None and at <= self.now

    def revision(self, index: int) -> int:
        at = self.lives[index].corrected_at
        return int(at is not None and at <= self.now)

    def title(self, index: int) -> str:
        """The title now; a correction may have changed it."""
        is_other = self.lives[index].is_retitled and self.revision(index)
        return f"{self._named(index)[0]}, Ini Penjelasannya" if is_other else self._named(index)[0]

    def url(self, index: int) -> str:
        return self._named(index)[1]

    def _named(self, index: int) -> tuple[str, str]:
        if index not in self._names:
            title = title_of(Random(index), self.plan.channel(index))
            self._names[index] = (title, own_url(self.plan, index, title))
        return self._names[index]

    def article(self, which: int | str) -> SampleArticle:
        index = which if isinstance(which, int) else self.find(which)
        assert index is not None
        life, revision = self.lives[index], self.revision(index)
        rng, channel = Random(index), self.plan.channel(index)
        text = [sentence(rng, channel, life.published_at) for _ in range(6)]
        if revision:
            text.append("Catatan redaksi: naskah ini diperbaiki.")
        is_updated = life.is_updated_at_once or (revision and life.is_marked)
        updated_at = life.corrected_at if revision else life.appears_at + timedelta(minutes=5)
        key, image = str(self.plan.key(index)), "https://asset.kompas.com/crops/contoh.jpg"
        return SampleArticle(
            index=index,
            key=key,
            url=self.url(index),
            title=self.title(index),
            summary=text[0],
            blocks=((Block(BlockKind.TEXT, (" ".join(text[:3]),)),
                     Block(BlockKind.TEXT, (" ".join(text[3:]),))),),
            channel=channel,
            subsection=channel.subsections[0],
            content_type="Standard",
            dateline=None,
            authors=(person(rng),),
            editors=(person(rng),),
            source=None,
            tags=(channel.subjects[0],),
            topic=(),
            published_at=life.published_at,
            updated_at=updated_at.replace(second=0) if is_updated and updated_at else None,
            image_url=image,
            caption="Contoh",
            credit="Contoh",
            read_also=tuple(self._links(index)),
            aliases=(self.url(index),),
            duplicate_of=None,
            form=Form.Y2026,
            revision=revision,
        )  # fmt: skip

    def _links(self, index: int) -> Iterator[ReadAlso]:
        """Links to articles that appeared before this one, and stay."""
        for link in links_of(self.plan, index):
            life = self.lives[link.target]
            if life.appears_at < self.lives[index].appears_at and life.removed_at is None:
                key = str(self.plan.key(link.target))
                yield ReadAlso(href=self.url(link.target), title=self.title(link.target), key=key)

    def front(self, slug: str) -> Sequence[int]:
        return [i for i in self._fronts.get(slug, ()) if not self.is_removed(i)]

    def newest(self, number: int) -> list[int]:
        shown = [i for i in self._order[: self._shown] if not self.is_removed(i)]
        return shown[: -number - 1 : -1]

    def indexed(self, day: date, site: str = "all") -> list[int]:
        """By the time in the address: a late article is not among the first."""
        return [
            i
            for i in reversed(self._days.get(day, ()))
            if not self.is_removed(i) and site in ("all", self.lives[i].section)
        ]

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted(self._days))


class WeekReplies(Replies):
    """The replies of a ``WeekSite``: each section has a front of its own."""

    site: WeekSite

    def _rows(self, indexes: Sequence[int]) -> list[Row]:
        rows = super()._rows(indexes)
        return [row._replace(section=SECTIONS[self.site.lives[i].section].label)
                for i, row in zip(indexes, rows, strict=True)]  # fmt: skip

    def _front(self, host: str, parts: list[str], page: int) -> Reply | None:
        slug = parts[0] if host == "www.kompas.com" else host.removesuffix(".kompas.com")
        section = SECTIONS.get(slug)
        if section is None or section.host != host:
            return super()._front(host, parts, page)
        newest = self.site.front(slug)[::-1]
        return self._listing(section.label, section.front_url, newest, page, ROWS, is_front=True)
