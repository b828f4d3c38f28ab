"""Detects a lost network: which hosts answer, and when none does any more."""

from collections.abc import Iterable

from scrapy.statscollectors import StatsCollector

from kompas_crawler.frontier import Row
from kompas_crawler.middlewares.failures import is_silence
from kompas_crawler.middlewares.robots import RobotsForbidden, RobotsUnreachable

NO_NETWORK_AFTER = 3  # unreachable pages in a row, before any host answered: no network
LOST_AFTER = 20  # unreachable pages in a row that mean the network was lost during a run
LOST_HOSTS = 3  # minimum of their hosts, unless these are all that are in flight or answered


class Reach:
    """Counts unreachable pages in a row, and the hosts that answered."""

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats
        self._silent: list[str] = []  # the hosts of pages in a row
        self._answered: set[str] = set()  # hosts

    def answered(self, row: Row) -> None:
        self._silent.clear()
        if (host := _host(row)) not in self._answered:
            self._answered.add(host)
            self._stats.set_value("pages/hosts_answered", len(self._answered))

    def is_lost(self, row: Row, error: BaseException, others: Iterable[Row]) -> bool:
        """Record that *row* failed; return whether the network is lost, with *others* in flight."""
        if not is_silence(error):
            self._silent.clear()
            if not isinstance(error, RobotsForbidden | RobotsUnreachable):
                self.answered(row)
            return False
        self._silent.append(_host(row))
        self._stats.set_value("pages/unreachable_host", self._silent[-1])
        silent = set(self._silent)
        enough = LOST_AFTER if self._answered else NO_NETWORK_AFTER
        # A few silent hosts may be down while others answer, or answered before.
        known = self._answered.union(map(_host, others))
        return len(self._silent) >= enough and (len(silent) >= LOST_HOSTS or silent >= known)


def _host(row: Row) -> str:
    return row.url.split("/")[2]
