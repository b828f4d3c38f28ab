"""``scrapy status``: summary of the archive; exit 1 if there is a problem."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from kompas_crawler.archive.fleet.status import FleetStatus
from kompas_crawler.archive.read.freshness import Freshness
from kompas_crawler.archive.read.status import LastRun, Status, examine
from kompas_crawler.archive.read.unmatched import EMPTY
from kompas_crawler.archive.store.records import Changed
from kompas_crawler.cli.article import columns, console, facts
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.clock import duration, wib
from kompas_crawler.crawl.fleet_share import lease_seconds
from kompas_crawler.log.terminal import as_json, counted, safe
from kompas_crawler.site.keys import WIB

FAILED = 5  # maximum number of failed jobs of a fleet shown; ``--json`` has all
_SPANS = ("age", "usual_gap", "limit")
SECTIONS = 24  # maximum number of sections shown, stale ones first; ``--json`` has all


class Command(ReaderCommand):
    """Summarise the archive: articles, last run, pending work, freshness (exit 1 if bad).

    Summarise the archive; exit 1 if a section is stale or the last run failed.
    Example, for a monitor: scrapy status --json
    """

    options = {"--json": "everything, as JSON"}

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        now = self.now()
        with self.reading() as connection:
            found = examine(connection, now, lease=lease_seconds(self.settings["KOMPAS_LEASE"]))
        if opts.json:
            print(as_json(_as_json(found)))
        else:
            _show(found, now)
        return 0 if found.is_well else 1


def _show(found: Status, now: datetime) -> None:
    screen = console()
    screen.print(facts(_facts(found, now)))
    if not found.articles:
        screen.print(EMPTY)
    if found.sections:
        screen.print()
        screen.print(_sections(found.sections, screen.width))
    if len(found.sections) > SECTIONS:
        screen.print(f"... and {len(found.sections) - SECTIONS} more, all fresher")
    if stale := [one.section for one in found.sections if one.is_stale]:
        screen.print()
        shown = safe(", ".join(stale[:8])) + (" ..." if len(stale) > 8 else "")
        mirror = found.run and found.run.mirror
        command = f"scrapy crawl kompas{f' -s KOMPAS_MIRROR={mirror}' if mirror else ''}"
        screen.print(Text(f"stale: {shown}; to update: {command}", "yellow"))


def _facts(found: Status, now: datetime) -> Iterator[tuple[str, str | Text]]:
    states = found.states
    yield "articles", f"{found.articles:,}"
    if found.newest_at:
        yield "newest", f"{wib(found.newest_at)} WIB, {_span(now - found.newest_at)} ago"
    if found.stored_at:
        yield "last change", f"{wib(found.stored_at)} WIB, {_span(now - found.stored_at)} ago"
    if found.changes:
        counts = " and ".join(f"{found.changes.get(kind, 0):,} of {kind}" for kind in Changed)
        yield "changes", f"{counts} in the week up to the last one"
    yield "last run", _run(found.run, now)
    yield "to do", f"{states['pending']:,} pending, {found.due:,} due again"
    rest = ("failed", "gone", "skipped", "forgotten")
    yield "not stored", ", ".join(f"{states[name]:,} {name}" for name in rest)
    day = found.daily
    if day.listings:
        parts = f"{day.articles:,} new articles, {day.revisits:,} revisits, {day.listings:,} lists"
        yield "a day costs", f"about {sum(day):,} requests: {parts}"
    if found.fleet is not None:
        yield from _fleet(found.fleet)


def _run(run: LastRun | None, now: datetime) -> str | Text:
    if run is None:
        return "none yet"
    when = f"{run.spider}, {_span(now - run.started_at)} ago"
    if run.mirror:
        when += f", of the mirror {run.mirror}"
    if run.is_running:
        return f"{when}: running"
    if run.finished_at is None:
        line = f"{when}: did not end; run the same command again to continue"
        return Text(safe(line), "red")
    line = f"{when}: {run.outcome} (exit {run.exit_code})"
    if run.reason and run.reason != run.outcome:
        line += f", {run.reason}"
    return Text(safe(line), "red" if run.is_failed else "green")


def _sections(sections: list[Freshness], width: int) -> Table:
    more = ("usual gap", "stale after", "newest") if width >= 60 else ()
    table = columns("section", "", "age", *more)
    for one in sections[:SECTIONS]:
        state = Text("stale", "yellow") if one.is_stale else Text("ok", "green")
        spans = [_span(span) for span in (one.age, one.usual_gap, one.limit)]
        row: list[str | Text] = [Text(safe(one.section)), state, *spans, wib(one.newest_at)]
        table.add_row(*row[: len(table.columns)])
    return table


def _span(span: timedelta | None) -> str:
    return "-" if span is None else duration(span.total_seconds())


def _as_json(found: Status) -> dict[str, Any]:
    run, fleet = found.run, found.fleet
    names = ("is_well", "articles", "newest_at", "stored_at", "states", "due")
    return {name: getattr(found, name) for name in names} | {
        "changes_of_a_week": {kind: found.changes.get(kind, 0) for kind in Changed},
        "daily": found.daily._asdict(),
        "last_run": run and asdict(run) | {"is_failed": run.is_failed},
        "fleet": fleet and _fleet_as_json(fleet),
        "sections": [
            {"section": one.section, "articles": one.articles, "newest_at": one.newest_at}
            | {f"{name}_seconds": getattr(one, name) for name in _SPANS}
            | {"is_stale": one.is_stale}
            for one in found.sections
        ],
    }


def _fleet(fleet: FleetStatus) -> Iterator[tuple[str, str | Text]]:
    jobs = fleet.jobs
    line = f"{counted(fleet.workers, 'worker')}, {counted(jobs.running, 'job')} running"
    line += f", {jobs.waiting:,} queued{f', {jobs.later:,} scheduled' if jobs.later else ''}"
    if jobs.waiting and not fleet.workers:
        yield "fleet", Text(f"{line}; to start one: scrapy worker", "red")
    else:
        yield "fleet", line
    if fleet.leased or fleet.rate is not None:
        yield "", _fleet_pace(fleet)
    for job in jobs.failed[:FAILED]:
        yield "failed", Text(safe(f"job {job.number}, {job.name}: {job.reason or 'failed'}"), "red")
    if len(jobs.failed) > FAILED:
        yield "", f"... and {len(jobs.failed) - FAILED} more failed jobs"


def _fleet_pace(fleet: FleetStatus) -> str:
    parts = [f"{counted(fleet.leased, 'page')} leased"]
    if fleet.rate is not None:
        parts.append(f"{fleet.rate:.2f} requests a second")
    if fleet.held_until is not None:
        parts.append(f"requests paused until {fleet.held_until.astimezone(WIB):%H:%M:%S} WIB")
    elif fleet.delay:
        parts.append(f"delay increased to {fleet.delay:.1f} s after refusals")
    return ", ".join(parts)


def _fleet_as_json(fleet: FleetStatus) -> dict[str, Any]:
    return {
        "is_well": fleet.is_well,
        "workers": fleet.workers,
        **{f"jobs_{name}": value for name, value in asdict(fleet.jobs).items()},
        "pages_taken": fleet.leased,
        "requests_a_second": fleet.rate and round(fleet.rate, 3),
        "delay_seconds": fleet.delay,
        "held_until": fleet.held_until,
    }
