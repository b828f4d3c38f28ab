"""The common pace of a fleet: send times are reserved in a row of PostgreSQL."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.database import explained
from kompas_crawler.archive.writer import RETRY_SECONDS
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.polite.pace import MAX_DELAY, Pace

logger = logging.getLogger(__name__)

# Times far ahead were written while the server's clock was wrong.
_PREPARE = text(
    "insert into fleet_pace as pace (id, moment_at, held_until, delay, refused_at, gap)"
    " values (1, to_timestamp(0), to_timestamp(0), 0, to_timestamp(0), 0) on conflict (id) do"
    " update set moment_at = to_timestamp(0), held_until = to_timestamp(0),"
    " refused_at = to_timestamp(0) where clock_timestamp() + interval '3 hours'"
    " < greatest(pace.moment_at, pace.held_until, pace.refused_at)"
)
_MOMENT = (
    "greatest(moment_at + make_interval(secs => greatest(:base, delay)),"
    " held_until, clock_timestamp())"
)
_GAP = f"extract(epoch from {_MOMENT} - moment_at)"
# A moving average of the gap, with weight 0.1; reset after a pause.
_RESERVE = text(
    f"update fleet_pace set moment_at = {_MOMENT}, gap = case when {_GAP} > 60 then 0"
    f" when gap = 0 then {_GAP} else 0.9 * gap + 0.1 * {_GAP} end"
    " where id = 1 returning extract(epoch from moment_at)::float8 as moment,"
    " extract(epoch from moment_at - clock_timestamp())::float8 as wait, delay"
)
_HELD = text(
    "select extract(epoch from held_until - clock_timestamp())::float8 from fleet_pace where id = 1"
)
_HOLD = text(
    "update fleet_pace set held_until ="
    " greatest(held_until, clock_timestamp() + make_interval(secs => :seconds)) where id = 1"
)
# Ignores requests that were in flight at the last refusal.
_SLOW_DOWN = text(
    "update fleet_pace set delay = least(:most, 2 * greatest(delay, :base)),"
    " refused_at = clock_timestamp() where id = 1 and refused_at < to_timestamp(:left_at)"
)
_EASE = text(
    "update fleet_pace set delay = case when 0.8 * delay > :base then 0.8 * delay else 0 end"
    " where id = 1 and delay > 0"
)


class FleetPace(Pace):
    """A pace shared by all workers: each reserves its next send time.

    With a delay of 0 nothing is shared. ``on_fatal`` is called with the error when the database
    stays unavailable.
    """

    def __init__(
        self, delay: float, engine: Engine, on_fatal: Callable[[CrawlError], None]
    ) -> None:
        super().__init__(delay)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._on_fatal = on_fatal
        # One thread, so that writes precede later reads.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fleet-pace")
        self._moment: float | None = None  # reserved send time, by the local clock
        self._offset = 0.0  # from the local clock to the database's

    async def turn(self) -> float:
        """Return the seconds until the reserved send time; 0 uses it up."""
        if self.base <= 0:
            return self.wait()
        try:
            if self._moment is None:
                await self._reserve()
            assert self._moment is not None
            if (wait := self._moment - self.now()) > 0:
                return wait
            # Another worker may have been refused meanwhile.
            [[held]] = await self._ask(_HELD)
            # After a standstill the moments of all workers have passed: each takes a new one.
            is_late = self.now() - self._moment > max(self.delay, 1.0)
        except CrawlError as error:
            self._on_fatal(error)
            return 1.0
        self._moment = None
        return max(float(held), 0.01 if is_late else 0.0)

    async def _reserve(self) -> None:
        await self._ask(_PREPARE)
        [row] = await self._ask(_RESERVE, base=self.base)
        self._moment = self.now() + row.wait
        self._offset = row.moment - self._moment
        self.delay = max(self.base, row.delay)

    def hold(self, seconds: float) -> None:
        super().hold(seconds)
        self._write(_HOLD, seconds=seconds)

    def slow_down(self, left_at: float | None = None) -> float:
        """Double the delay of all workers, unless another worker just did."""
        left_at = self.now() if left_at is None else left_at
        super().slow_down()
        self._write(_SLOW_DOWN, most=MAX_DELAY, base=self.base, left_at=left_at + self._offset)
        return self.delay

    def ease(self) -> None:
        if self.delay > self.base:
            super().ease()
            self._write(_EASE, base=self.base)

    def close(self) -> None:
        """Finish pending statements and end the thread."""
        self._thread.shutdown()

    async def _ask(self, statement: TextClause, **values: Any) -> Sequence[Any]:
        return await asyncio.wrap_future(self._thread.submit(self._execute, statement, values))

    def _write(self, statement: TextClause, **values: Any) -> None:
        if self.base <= 0:
            return
        self._thread.submit(self._execute, statement, values).add_done_callback(_log_error)

    def _execute(self, statement: TextClause, values: dict[str, Any]) -> Sequence[Any]:
        """Run *statement* in the thread; retry while the database is unavailable."""
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                with self._engine.connect() as connection:
                    result = connection.execute(statement, values)
                    return result.all() if result.returns_rows else []
            except DBAPIError as error:
                known = explained(error, self._engine.url)
                if known is None:
                    raise
                if time.monotonic() > deadline:
                    raise known from None
                time.sleep(0.2)


def hold_all(connection: Connection, seconds: float) -> None:
    """Hold the requests of the fleet for *seconds*, after a refusal."""
    connection.execute(_PREPARE)
    connection.execute(_HOLD, {"seconds": seconds})


def _log_error(future: Any) -> None:
    if error := future.exception():
        logger.warning("Writing the fleet's pace failed: %s", error)
