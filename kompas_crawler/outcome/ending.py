"""The end of a run: verdict, monitors, health file and the row of the run."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from scrapy.crawler import Crawler
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive import runs
from kompas_crawler.archive.database import explaining
from kompas_crawler.archive.frontier import fronts, index_days, settle, take
from kompas_crawler.archive.frontier.take import Owed
from kompas_crawler.archive.read import freshness
from kompas_crawler.archive.read.comparison import Compared, compare
from kompas_crawler.archive.store import exports
from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.exitcodes import CrawlError, Exit
from kompas_crawler.exporters.csv_file import line
from kompas_crawler.exporters.feeds import ArchiveFeedExporter
from kompas_crawler.exporters.files import whole_file, write_text
from kompas_crawler.monitoring import checks
from kompas_crawler.monitoring.extension import Monitors
from kompas_crawler.outcome import drift
from kompas_crawler.outcome.coverage import Coverage
from kompas_crawler.outcome.verdict import holds_no_articles, verdict
from kompas_crawler.project import project_dir

_T = TypeVar("_T")
_FIGURES = (  # the beginnings of their names
    *("articles/", "pages/", "listings/", "robots/", "warc/", "captures/"),
    "downloader/response_status_count/",
)

logger = logging.getLogger(__name__)


class Ending(ArchiveComponent):
    """Sets ``exit_code`` and ``line`` after the last page is written, and records the run.

    ``waiting`` is the number of rows due later, the first of them at ``waiting_until``.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.exit_code: Exit | None = None
        self.line = ""
        self.waiting = 0
        self.waiting_until: datetime | None = None

    def written(self, reason: str) -> None:
        """Judge the run, complete the index days and record the outcome."""
        run = self._run
        self._coverage = self._crawler.get_extension(Coverage)
        stats: dict[str, Any] = self._crawler.stats.get_stats()
        now = run.clock.now()
        if feeds := self._crawler.get_extension(ArchiveFeedExporter):
            feeds.finish()
        vanished, owed = self._vanished(), self._owed(now)
        self.exit_code, self.line = verdict(reason, stats, run.fatal, vanished, owed)
        monitors = self._crawler.get_extension(Monitors)
        found = self._judged(monitors, stats, now) if monitors else {}
        noted = self._noted(stats) | ({"monitors": found} if monitors else {})
        self._write_health(now, noted)
        try:
            with explaining(run.url), run.engine.begin() as connection:
                if holds_no_articles(stats):
                    settle.fail_textless(connection, run.started_at, now)
                index_days.complete_days(connection)
                fronts.close_by_days(connection)
                if feeds:
                    exports.record(connection, feeds.files(), now)
                if run.share is not None:
                    run.share.leases.give_back(connection)
                runs.finish(
                    connection, run.id, now=now, code=self.exit_code, reason=self.line, counts=noted
                )
                self.waiting, self.waiting_until = take.waiting(connection, now)
        except (CrawlError, DBAPIError) as error:
            logger.error("Recording the end of this run failed: %s", error)
        self._compare_list()
        if monitors is not None:  # last: a notification service may be slow
            monitors.notify(f"Kompas archive: run {run.id} ended with {self.exit_code}", found)

    def _query(self, name: str, default: _T, query: Callable[..., _T], *arguments: Any) -> _T:
        """Ask the archive; on a database error log *name* and return *default*."""
        try:
            with self._run.engine.connect() as connection:
                return query(connection, *arguments)
        except DBAPIError as error:
            logger.error("The verdict on this run lacks %s: %s", name, error)
            return default

    def _owed(self, now: datetime) -> Owed:
        spider = self._run.spider
        if spider.is_reading_again or self._run.fatal is not None:
            return Owed()
        return self._query("the rows still to be fetched", Owed(), take.owed, spider.work, now)

    def _vanished(self) -> list[str]:
        run, coverage = self._run, self._coverage
        is_of_any_year = run.spider.is_reading_again or run.spider.reads_captures  # pages differ
        if coverage is None or not coverage.fields or run.fatal is not None or is_of_any_year:
            return []
        since = run.started_at - drift.PERIOD
        earlier: list[Any] = self._query("the runs before", [], runs.coverages, run.id, since)
        return drift.vanished(coverage.fields, earlier)

    def _judged(self, monitors: Monitors, stats: dict[str, Any], now: datetime) -> dict[str, str]:
        """Run the monitors; a failed one turns a good exit code into ``Exit.QUALITY``."""
        run, query = self._run, self._query
        found = monitors.judge(
            checks.Evidence(
                is_good=self.exit_code in runs.GOOD,
                end=self.line,
                stats=stats,
                figures=figures(stats),
                before=query("the runs before", [], runs.last_figures, run.id, checks.RUNS),
                coverage=self._coverage.fields if self._coverage else {},
                sections=[] if run.mirror else query("freshness", [], freshness.of_sections, now),
            )
        )
        failed = [f"{name} ({line})" for name, line in found.items() if line]
        if failed and self.exit_code in (Exit.DONE, Exit.STOPPED):
            self.exit_code, self.line = Exit.QUALITY, f"monitors failed: {'; '.join(failed)}"
        return found

    def _noted(self, stats: dict[str, Any]) -> dict[str, Any]:
        noted: dict[str, Any] = {"figures": figures(stats)}
        if self._coverage and not self._run.spider.is_reading_again:
            noted |= self._coverage.as_dict()
        return noted | ({"unsafe": self._run.unsafe} if self._run.unsafe else {})

    def _compare_list(self) -> None:
        """Write a row per article of ``-a list=FILE``; count them in ``list/...`` stats."""
        run, stats = self._run, self._crawler.stats
        if (listed := run.spider.list_path) is None:
            return
        path = listed.with_name(f"{listed.name}.compared.csv")
        counts: Counter[str] = Counter()
        try:
            with explaining(run.url), run.engine.connect() as connection, whole_file(path) as whole:
                whole.file.write(line(["id", *Compared._fields[1:]]))
                for one in compare(connection, run.spider.listed):
                    counts[one.result] += 1
                    whole.file.write(line(one))
        except (CrawlError, DBAPIError) as error:
            logger.error("The comparison with %s was not written: %s", listed, error)
            return
        for name, count in counts.items():
            stats.set_value(f"list/{name}", count)
        stats.set_value("list/file", str(path))

    def _write_health(self, now: datetime, noted: dict[str, Any]) -> None:
        run = self._run
        assert self.exit_code is not None
        health = {
            "run": run.id,
            "spider": run.spider.name,
            "started_at": run.started_at.isoformat(timespec="seconds"),
            "finished_at": now.isoformat(timespec="seconds"),
            "seconds": round((now - run.started_at).total_seconds(), 1),
            "exit_code": int(self.exit_code),
            "outcome": self.exit_code.name.lower(),
            "end": self.line,
            **noted,
        }
        text = json.dumps(health, ensure_ascii=False, indent=1, default=str) + "\n"
        try:
            write_text(project_dir() / self._crawler.settings["KOMPAS_HEALTH_FILE"], text)
        except CrawlError as error:
            logger.error("Writing the health file failed: %s", error)


def figures(stats: dict[str, Any]) -> dict[str, int]:
    """Select the figures to store from Scrapy's stats."""
    chosen = (key for key in sorted(stats) if key.startswith(_FIGURES))
    return {key: stats[key] for key in chosen if isinstance(stats[key], int)}
