"""``scrapy gaps``: list what is missing, by day and section, and each article."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from rich.console import Console

from kompas_crawler.archive.read import gaps, web_archives
from kompas_crawler.cli.article import columns, console
from kompas_crawler.cli.reader_command import DAYS, ReaderCommand, days
from kompas_crawler.clock import wib
from kompas_crawler.log.terminal import as_json, counted, safe
from kompas_crawler.spiders.arguments import EARLIEST, LATEST

SHOWN = 50  # maximum rows of a table; ``--json`` has all
NOTHING = "vouches for nothing yet: no index day was read completely and no front twice"
MINUTE = timedelta(minutes=1)  # shorter spans would be printed with equal ends


class Command(ReaderCommand):
    """List what is missing: by day, by section, each article (exit 1 if any).

    Compare the articles in listings with those stored.
    Example: scrapy gaps --since 2024-01-01; to fetch them: scrapy crawl kompas -a gaps=1
    """

    options = DAYS | {
        "--archive": "compare with the indexes of web archives",
        "--json": "everything, as JSON",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        now = self.now() if self.settings["KOMPAS_NOW"] else None
        since, until = days(opts)
        with self.reading() as connection:
            if opts.archive:
                return _compare(web_archives.compare(connection, since, until), opts.json)
            limit = None if opts.json else SHOWN
            found = gaps.find(connection, since=since, until=until, now=now, limit=limit)
        if opts.json:
            print(as_json(asdict(found) | {"is_empty": found.is_empty}))
        else:
            _show(found, since, until)
        return 0 if found.is_empty else 1


def _compare(found: web_archives.Comparison, is_json: bool) -> int:
    if is_json:
        print(as_json(found._asdict() | {"months": [one._asdict() for one in found.months]}))
    elif not found.months:
        to_read = "to read one: scrapy crawl commoncrawl -a since=YYYY-MM-DD -a dry_run=1"
        print(f"no index of a public archive lists an article of these days so far; {to_read}")
    else:
        numbers = ("listed by archives", "stored", "not held", "held here alone")
        table = columns("month", numbers=numbers)
        for m in found.months:
            table.add_row(m.month, *map(str, (m.listed, m.stored, m.not_held, m.alone)))
        console().print(table)
        to_fetch = "to fetch them: scrapy crawl commoncrawl (or wayback) -a since=YYYY-MM-DD"
        lacking = f"not held: {counted(len(found.not_held), 'listed article')}; {to_fetch}"
        print(lacking if found.not_held else "every listed article is held")
    if found.unread and not is_json:
        pages = counted(found.unread, "page")
        print(f"not read of indexes: {pages}; the crawl that asked for them continues")
    return 1 if found.not_held or found.unread else 0


def _show(found: gaps.Gaps, since: date | None, until: date | None) -> None:
    screen = console()
    screen.print(verified(found))
    if uneven := [day for day in found.days if day.failed or day.waiting]:
        numbers = ("listed", "stored", "failed", "waiting", "gone", "skipped")
        table = columns("day", "section", numbers=numbers)
        for day in uneven[:SHOWN]:
            counts = (day.known, day.stored, day.failed, day.waiting, day.gone, day.skipped)
            table.add_row(str(day.day or "-"), safe(day.section or "-"), *map(str, counts))
        screen.print(table)
        _more(screen, len(uneven))
    articles = [(m.key, m.state, m.reason, m.url) for m in found.missing]
    _table(screen, "missing", articles, found.missing_count)
    rows = [("list", one.state, one.reason, one.url) for one in found.unread_lists]
    _table(screen, "not read", rows, len(rows))
    for unread in found.unread_days[:SHOWN]:
        screen.print(f"index of {unread.day} ({unread.site}) is not verified: {safe(unread.why)}")
    _more(screen, len(found.unread_days))
    for span in found.unread_spans[:SHOWN]:
        screen.print(f"front of {span.section} was not read: {_span(span.since, span.until)}")
    _more(screen, len(found.unread_spans))
    to_read = "scrapy crawl kompas"
    if since and since > EARLIEST:
        until = until if until and until < LATEST else None
        to_read = f"scrapy crawl indeks -a since={since}{f' -a until={until}' if until else ''}"
    screen.print(_summary(found, to_read))
    for line in _notes(found):
        screen.print(line)


def verified(found: gaps.Gaps) -> str:
    """One line: the index days and the span of the fronts that were read without a break."""
    parts = []
    if days := found.whole_days:
        first, last = min(day.day for day in days), max(day.day for day in days)
        span = f"{first}" if first == last else f"{first} to {last}"
        parts.append(f"{counted(len(days), 'index day')} ({span})")
        if confirmed := sum(day.is_confirmed for day in days):
            parts[-1] += f", {confirmed} of them confirmed by news sitemaps"
    if fronts := [front for front in found.followed if front.until - front.since >= MINUTE]:
        since, until = max(f.since for f in fronts), min(f.until for f in fronts)
        span = f", {_span(since, until)}" if until - since >= MINUTE else ""
        parts.append(f"{counted(len(fronts), 'section front')}{span}")
    return f"vouches for {' and '.join(parts)}" if parts else NOTHING


def _summary(found: gaps.Gaps, to_read: str) -> str:
    stored, listed = sum(day.stored for day in found.days), sum(day.known for day in found.days)
    if found.is_empty and not found.days:
        return f"no listing of these days was read yet; to read them: {to_read}"
    if found.is_empty:
        others = found.never_stored
        rest = f", {others} are aliases, gone or without a text" if others else ""
        where = " in what was listed" if verified(found) == NOTHING else ""
        more = f"; to list all: {to_read}" if where else ""
        return f"no gaps{where}: {stored} of {listed} articles stored{rest}{more}"
    verb = "is" if found.missing_count == 1 else "are"
    parts = [f"{found.missing_count} of {counted(listed, 'listed article')} {verb} missing"]
    if lists := len(found.unread_lists) + len(found.unread_days) + len(found.unread_spans):
        what = "list, day or span is" if lists == 1 else "lists, days or spans are"
        parts.append(f"{lists} {what} not read")
    return f"{', '.join(parts)}; to fetch them: scrapy crawl kompas -a gaps=1"


def _notes(found: gaps.Gaps) -> Iterator[str]:
    for key, url in list(found.incomplete.items())[:SHOWN]:
        yield f"incomplete: {key} {safe(url)}"
    for one in found.absent[:SHOWN]:
        yield f"list not on the site: {safe(one.url)} ({safe(one.reason or one.state)})"
    for quiet in found.quiet[:SHOWN]:
        where, span = quiet.section or "all sections", _span(quiet.begins_at, quiet.ends_at)
        counts = f"{counted(quiet.found, 'article')}, {quiet.expected:.0f} expected"
        yield f"quiet hours of {safe(where)}, {span}: {counts}"
    if found.dead_links:
        yield f"404 so far: {counted(found.dead_links, 'linked article')}, to be checked again"


def _table(
    screen: Console, name: str, rows: Sequence[tuple[str, str, str | None, str]], count: int
) -> None:
    if not rows:
        return
    table = columns(name, texts=("state", "why", "address"))
    for what, state, why, url in rows[:SHOWN]:
        table.add_row(what, state, safe(why or "-"), safe(url))
    screen.print(table)
    _more(screen, count)


def _span(since: datetime, until: datetime) -> str:
    return f"{wib(since)} to {wib(until)} WIB"


def _more(screen: Console, count: int) -> None:
    if count > SHOWN:
        screen.print(f"... and {count - SHOWN} more; --json has them all")
