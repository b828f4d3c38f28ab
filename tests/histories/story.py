"""Draw a history from a seed, live through it, and tell it."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier import index_days
from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample.site.article import tags
from kompas_crawler.sample.site.words import PAID
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url
from kompas_crawler.site.sections import SECTIONS
from tests.histories.answers import ALL, ARTICLE, FRONT, INDEX
from tests.histories.kinds import KINDS
from tests.histories.living_site import NEVER, LivingSite
from tests.histories.world import Spell, World, mortal, serving, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from kompas_crawler.archive.read.gaps import Gaps
    from tests.histories.world import Ran

LONGEST = 120
"""Days on which the site publishes, a few articles on most of them."""
HEALING_DAYS = 40
"""Days in which the archive of a site that is well again has to heal."""
ROUND, HEALED_FOR = timedelta(hours=23.5), timedelta(days=4)
"""Time between two rounds of the scheduled commands; the last one comes later."""
BELIEVED_FOR = timedelta(days=8)
"""Time after which days that had no row for some days are read once more."""
PAUSES = (0.25, 0.25, 1, 1, 6, 6, 15, 24, 24, 30, 72, 200)
"""Hours between two commands."""
SKEWS = (-24 * 40, -72, -3, 3, 24 * 30, 24 * 400)
"""Hours by which the clock of a machine may be wrong."""
MAX_FAILED = 0.05
LEFT_OUT: set[str] = set()


@dataclass(slots=True)
class History:
    """One history: its story, a line an event, and what is wrong in it."""

    seed: int
    story: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    runs: int = 0
    seconds: float = 0.0  # of CPU

    def tell(self, at: datetime, line: str) -> None:
        """Add an event to the story."""
        self.story.append(f"{stamp(at)}  {line}")

    def blame(self, line: str) -> None:
        """Note that an invariant does not hold."""
        self.wrong.append(line)
        self.story.append(f"   WRONG: {line}")

    def __str__(self) -> str:
        return "\n".join([f"history {self.seed}", *self.story])


class Life:
    """The drawing of one history and its course."""

    def __init__(self, seed: int, folder: Path, url: str) -> None:
        self.rng, self.url = Random(seed), url
        self.history = History(seed)
        self.folder = folder
        self.site = self._site(seed)
        self.sweeps_all = self.rng.random() < 0.2
        self.revisit = self.rng.choice(("", "", "6h,1d"))

    def live(self) -> History:
        """Go through the history to its end."""
        began = time.process_time()
        with serving(self.site) as host, mortal(host):
            self.world = World(host, self.folder, self.revisit, self.url)
            times = self._times()
            host.spells = self._spells(times)
            self._prologue(host.spells)
            for nth, at in enumerate(times):
                at = max(at, self.site.now)
                self._trouble(at, is_first=nth == 0)
                if self.history.wrong:
                    break
            else:
                host.spells = []
                self._heal(self.site.now)
            self.world.close()
        self.history.seconds = time.process_time() - began
        return self.history

    # What is drawn.

    def _site(self, seed: int) -> LivingSite:
        rng = self.rng
        per_day, days_ = rng.choice((14, 14, 16, 18)), rng.choice((2, 3, 3))
        site = LivingSite(seed % 7, per_day, dense_days=days_, days=LONGEST)
        slugs = {site.plan.channel(i).slug for i in range(site.dense)} - {PAID.slug}
        sections = rng.sample(sorted(slugs), 3)
        self.sections = ",".join(sections)
        site.thin_out(set(sections))
        for index in range(site.count):
            fate = rng.random()
            if site.appears_at[index] is NEVER:
                continue
            if fate < 0.06:  # published late, with the early time in its address
                site.appears_at[index] += timedelta(hours=rng.uniform(1, 60))
            elif fate < 0.10 and index < site.dense:
                stays = timedelta(hours=rng.choice((2, 20, 100)) * rng.uniform(0.5, 1.5))
                site.removed_at[index] = site.appears_at[index] + stays
                if rng.random() < 0.4:
                    away = timedelta(hours=rng.choice((3, 30, 120)) * rng.uniform(0.5, 1.5))
                    site.restored_at[index] = site.removed_at[index] + away
            elif fate < 0.14:
                site.moved.add(index)
            elif fate < 0.24:
                later = timedelta(hours=rng.choice((1, 8, 60, 300)) * rng.uniform(0.3, 1.5))
                site.corrected_at[index] = site.appears_at[index] + later
        return site

    def _times(self) -> list[datetime]:
        """When the commands of the time of trouble run."""
        at = self.site.appears_at[0] + timedelta(hours=self.rng.uniform(2, 20))
        found = [at]
        for _ in range(self.rng.randint(4, 8)):
            at += timedelta(hours=self.rng.choice(PAUSES) * self.rng.uniform(0.7, 1.3))
            found.append(at)
        return found

    def _spells(self, times: list[datetime]) -> list[Spell]:
        """Spells of wrong answers; each begins before a command and lasts for one or several."""
        rng, found = self.rng, []
        kinds = list(KINDS)
        for number in range(rng.randint(3, 6)):
            chosen = tuple(rng.sample(kinds, rng.choice((1, 1, 2, 4))))
            first = rng.randrange(len(times))
            last = min(first + rng.choice((0, 0, 1, 2, 4)), len(times) - 1)
            begin = times[first] - timedelta(minutes=rng.uniform(-1, 20))
            length = times[last] + timedelta(minutes=rng.uniform(1, 300)) - begin
            for kind in chosen:  # what is believed in the end may come once in a history
                if kind.longest is not None:
                    length = min(length, kind.longest)
                    group = [k for k in kinds if k.longest == kind.longest]
                    kinds = [k for k in kinds if k not in group]
            on = rng.choice(
                (ALL, ALL, frozenset({ARTICLE}), frozenset({INDEX}), frozenset({INDEX, FRONT}))
            )
            if all(not kind.on & on for kind in chosen):
                on = ALL
            share, is_flaky = rng.choice((10, 30, 60, 100)), rng.random() < 0.25
            found.append(Spell(number, begin, begin + length, chosen, share, is_flaky, on))
        return found

    def _prologue(self, spells: list[Spell]) -> None:
        site, tell = self.site, self.history.tell
        first = site.plan.first_day
        self.history.story.append(
            f"{site.plan.per_day} articles a day from {first}, few from {site.quiet_from}; "
            f"sections {self.sections}; revisit {self.revisit or 'never'}"
        )
        for index in range(site.dense):
            if site.appears_at[index] > site.plan.published_at(index):
                tell(site.appears_at[index], f"{site.key(index)} is published late")
        for index, at in site.removed_at.items():
            if index < site.dense:
                tell(at, f"{site.key(index)} is removed")
        for index, at in site.restored_at.items():
            tell(at, f"{site.key(index)} is there again")
        for index, at in site.corrected_at.items():
            if index < site.dense:
                tell(at, f"{site.key(index)} is corrected")
        for index in sorted(site.moved):
            if index >= site.dense:
                break
            at = site.appears_at[index]
            tell(at, f"{site.key(index)} is listed as {site.former_key(index)}, which redirects")
        for spell in spells:
            tell(spell.since, f"{spell}")

    # What happens.

    def _trouble(self, at: datetime, *, is_first: bool) -> None:
        """One command of the time of trouble."""
        rng, host = self.rng, self.world.host
        host.seconds = rng.choice((1, 1, 1, 1, 1, 30, 400))
        if rng.random() < 0.2:
            host.kill_after = rng.choice((2, 5, 9, 15, 25, 40))
        today = at.astimezone(WIB).date()
        first = self.site.plan.first_day
        commands: tuple[dict[str, Any], ...] = (
            {"spider": "kompas"},
            {"spider": "kompas", "sections": self.sections},
            {"spider": "kompas", "sections": self.sections},
            {"spider": "kompas", "sections": self.sections},
            {"spider": "indeks", "since": str(first), "until": str(today)},
            {"spider": "indeks", "since": str(first)},
            {"spider": "indeks", "since": str(today - timedelta(days=1)), "until": str(today)},
            {"spider": "indeks", "since": str(first), "sections": self.sections},
            {"spider": "kompas", "gaps": "1"},
            {"spider": "kompas", "gaps": "1"},
            {"spider": "revisits"},
            {"spider": "sitemap"},
            *self._rare(first),
        )
        wanted = [command for command in commands if command["spider"] not in LEFT_OUT]
        if is_first:  # the others have nothing to do yet
            wanted = [c for c in wanted if c["spider"] != "revisits" and "gaps" not in c]
        ahead = timedelta(hours=rng.choice(SKEWS)) if rng.random() < 0.05 else timedelta()
        most = rng.choice((3, 10, 30)) if rng.random() < 0.1 else 0
        self._run(at, ahead=ahead, most=most, **rng.choice(wanted))

    def _rare(self, first: date) -> list[dict[str, Any]]:
        """Commands that are seldom drawn."""
        rng, site, kompas = self.rng, self.site, {"spider": "kompas"}
        shown = [i for i in range(site.dense) if site.is_listed(i) and i not in site.moved]
        some = [site.url(i) for i in shown[:: rng.choice((3, 7))]]
        fronts = [SECTIONS[slug].front_url for slug in self.sections.split(",")]
        names = tags(site.plan, rng.randrange(site.dense))
        rare: list[dict[str, Any]] = [
            kompas | {"tags": ",".join(names[:2])},
            kompas | {"tags": names[0], "since": str(first)},
            kompas | {"urls": ",".join([*some, *fronts[:1], index_url(first)])},
            kompas | {"limit": str(rng.choice((1, 5, 12)))},
            kompas | {"depth": "0", "pages": rng.choice(("1", "2"))},
            kompas | {"list": self._list(shown)} if shown else {"spider": "sitemap"},
        ]
        return rng.sample(rare, 3)

    def _list(self, indexes: list[int]) -> str:
        """A file with the metadata of another archive."""
        path = self.folder / "list.jsonl"
        lines = ({"id": self.site.key(i), "url": self.site.url(i)} for i in indexes)
        path.write_text("\n".join(map(json.dumps, lines)))
        return str(path)

    def _heal(self, at: datetime) -> None:
        """The site is well: the scheduled commands run until they have nothing to do."""
        site, host = self.site, self.world.host
        host.seconds = 1
        dense = max(site.appears_at[i] for i in range(site.dense))
        last = max(dense, self.site.now) + timedelta(days=1)
        at = max(at + timedelta(minutes=15), last.astimezone(WIB).replace(hour=6, minute=30))
        self.history.tell(at, "the site is well again")
        until = at + timedelta(days=HEALING_DAYS)
        commands = self._scheduled()
        is_healed = False
        while not self.history.wrong:
            gaps = None
            for command in commands:
                gaps = self._run(max(at, site.now), **command)
                if gaps is None:
                    return
            assert gaps is not None
            unhealed = self._unhealed(gaps)
            if is_healed and not unhealed:
                break
            if at > until:
                self.history.blame(f"not healed after {HEALING_DAYS} days: {'; '.join(unhealed)}")
            # Sweeps less than a day apart ask for no index day of their own.
            healed_for = BELIEVED_FOR if self.world.misled else HEALED_FOR
            at += healed_for if not unhealed else ROUND
            commands = commands[-2:] if not unhealed else commands
            is_healed = not unhealed
        if not self.history.wrong:
            _, stored = self.world.look()
            found = set(range(site.dense)) - (site.restored_at.keys() - self.world.told)
            lacking = self.world.lacking(found, stored, set())
            if lacking:
                self.history.blame(f"never stored: {', '.join(lacking)}")
            if lacking := self.world.old_texts(stored):
                self.history.blame(f"an older text than was read last: {', '.join(lacking)}")

    def _scheduled(self) -> list[dict[str, Any]]:
        span: dict[str, Any] = {"spider": "indeks", "since": str(self.site.plan.first_day)}
        span["until"] = str(self.site.quiet_from - timedelta(days=1))
        sweep: dict[str, Any] = {"spider": "kompas"}
        if not self.sweeps_all:
            sweep["sections"] = self.sections
        filling: dict[str, Any] = {"spider": "kompas", "gaps": "1"}
        ways: list[list[dict[str, Any]]] = [
            [{"spider": "revisits"}, sweep, span, filling],
            [span, filling],
            [sweep, span, filling],
        ]
        return self.rng.choice(ways)

    def _unhealed(self, gaps: Gaps) -> list[str]:
        """What is not as it should be in the end."""
        whole = {day.day for day in gaps.whole_days if day.site == "all"}
        found = [f"{day} is not vouched for" for day in self.site.dense_days if day not in whole]
        # Days without an article are looked at twice: some are always in between.
        latest = self.site.now - timedelta(days=3)
        settled = replace(
            gaps,
            unread_days=[d for d in gaps.unread_days if index_days.settled_at(d.day) < latest],
            unread_spans=[span for span in gaps.unread_spans if span.since < latest],
        )
        return [*found, *_named(settled)]

    def _run(
        self,
        at: datetime,
        spider: str,
        *,
        ahead: timedelta = timedelta(),
        most: int = 0,
        **arguments: str,
    ) -> Gaps | None:
        """Run a command, and look whether the invariants hold; ``None`` when they do not."""
        asked = " ".join([spider, *(f"{name}={value}" for name, value in arguments.items())])
        asked += f", its clock {ahead} ahead" if ahead else ""
        ran = self.world.crawl(at, spider, ahead=ahead, most=most, **arguments)
        self.history.runs += 1
        gaps, stored = self.world.look()
        said = "; ".join(_named(gaps)) or "no gaps"
        whole = ", ".join(f"{day.day:%d.%m.} {day.site}" for day in gaps.whole_days[:8])
        self.history.tell(
            at,
            f"crawl {asked}: {len(ran.served)} requests{_answers(ran)}, exit {int(ran.code)} "
            f"({ran.end}); {len(stored)} stored; gaps: {said}; whole: {whole or 'no day'}",
        )
        self._check(ran, gaps, stored, is_ahead=bool(ahead))
        return None if self.history.wrong else gaps

    def _check(self, ran: Ran, gaps: Gaps, stored: dict[str, str], *, is_ahead: bool) -> None:
        world, blame = self.world, self.history.blame
        named = {one.key for one in gaps.missing}
        for what, indexes in world.vouched(gaps).items():
            if lacking := world.lacking(indexes, stored, named):
                blame(f"{what} is vouched for without {', '.join(lacking)}")
        if lacking := world.lacking(world.told, stored, named):
            blame(f"listed, not stored and not named: {', '.join(lacking)}")
        if lacking := world.wrong_texts(stored, gaps.incomplete):
            blame(f"a text that the site never had: {', '.join(lacking)}")
        left, everything = world.owed(ran, stored)
        is_part = is_ahead or "limit" in ran.arguments
        if ran.code is Exit.DONE and not is_part and left >= 2 and left >= MAX_FAILED * everything:
            blame(f"exit 0 with {left} of {everything} lists and articles left")


def _answers(ran: Ran) -> str:
    """The wrong answers of a run, counted."""
    names = [one.wrong for one in ran.served if one.wrong]
    counts = ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))
    return f" ({counts})" if counts else ""


def _named(gaps: Gaps) -> list[str]:
    """What ``scrapy gaps`` names, in short."""
    found = [f"{len(gaps.missing)} articles"] if gaps.missing else []
    found += [f"{len(gaps.unread_lists)} lists"] if gaps.unread_lists else []
    found += [f"{day.day:%d.%m.} {day.site}: {day.why}" for day in gaps.unread_days]
    return found + [
        f"front {span.section} {stamp(span.since)} to {stamp(span.until)}"
        for span in gaps.unread_spans
    ]


def live(seed: int, template: Path | None = None, *, url: str = "") -> History:
    """Live through the history of *seed*, in a copy of the empty archive *template* or at *url*."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="history-") as name:
        folder = Path(name)
        if template is not None:
            shutil.copy(template, folder / "kompas.db")
        life = Life(seed, folder, url)
        try:
            return life.live()
        except Exception as error:
            raise RuntimeError(f"{life.history}\nended by {error!r}") from error
        finally:
            logging.disable(logging.NOTSET)


def empty_archive(folder: Path) -> Path:
    """An archive with its tables and nothing in them, to be copied."""
    path = folder / "empty.db"
    engine = open_engine(make_url(f"sqlite:///{path.as_posix()}"))
    schema.upgrade(engine)
    engine.dispose()
    return path


def lives(seeds: Iterator[int] | range, template: Path) -> Iterator[History]:
    """The histories of *seeds*, one by one."""
    for seed in seeds:
        yield live(seed, template)
