"""Workers in processes of their own on a sample site, and what the site's log says of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow
from tests import processes, warm
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from kompas_crawler.sample.site.server import Server

SECTIONS = "nasional,money,otomotif,global,food,megapolitan,health,sains,tekno,travel,bola,tren"
"""What the tests sweep: two jobs, for each that is begun costs seconds."""
DEADLINE = 100.0


class Fleet:
    """Workers that share one archive, and the site they crawl."""

    def __init__(self, server: Server, url: str, folder: Path, **settings: str) -> None:
        self.server = server
        self.folder = folder
        self.workers: list[subprocess.Popen[str]] = []
        self.engine: Engine = open_engine(database_url(url, ROOT))
        self.env = {
            "KOMPAS_MIRROR": server.url,
            "KOMPAS_DATABASE_URL": url,
            "KOMPAS_HEALTH_FILE": str(folder / "health.json"),
            "KOMPAS_LEASE": "4",
            **settings,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``scrapy ARGUMENTS`` to its end."""
        return warm.run(arguments, cwd=ROOT, env=self.env, timeout=DEADLINE)

    def enqueue(self, *arguments: str) -> None:
        done = self.run("enqueue", *arguments)
        assert done.returncode == 0, done.stderr

    def enqueue_sweep(self) -> None:
        self.enqueue("kompas", "-a", f"sections={SECTIONS}")

    def start(self, *options: str, **settings: str) -> subprocess.Popen[str]:
        """Start a worker; what it says goes to a file."""
        number = len(self.workers)
        with (self.folder / f"worker-{number}.log").open("w") as log:
            worker = processes.start(
                [sys.executable, "-m", "scrapy", "worker", *options],
                cwd=ROOT,
                env=self.env | settings,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def said(self) -> str:
        """All that the workers said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    def wait(self, is_met: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
        deadline = time.monotonic() + seconds
        while not is_met():
            assert time.monotonic() < deadline, f"not so far in time: {what}\n{self.said()[-8000:]}"
            time.sleep(0.01)

    def jobs(self) -> Counter[str]:
        """How many jobs the queue holds, by state."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "select status::text, count(*) from procrastinate.procrastinate_jobs group by 1"
                )
            )
            return Counter({row[0]: row[1] for row in rows})

    def wait_until_done(self) -> None:
        self.wait(lambda: not self.jobs(), "no job left")

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """Kill a worker and the crawls it runs, at one stroke."""
        os.kill(worker.pid, signal.SIGSTOP)  # it begins no other meanwhile
        pids = [worker.pid, *children(worker.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        worker.wait()

    def stop(self) -> list[int]:
        """Ask the workers to end; their exit codes."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
        codes = []
        for worker in self.workers:
            try:
                codes.append(worker.wait(30))
            except subprocess.TimeoutExpired:
                self.kill(worker)
                raise
        return codes

    def close(self) -> None:
        """End whatever still runs."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.engine.dispose()

    def articles_asked(self) -> Counter[str]:
        """How often each article was answered with its text, by path."""
        return Counter(
            r.host + r.path
            for r in list(self.server.requests)
            if "/read/" in r.path and r.status == 200
        )

    def stored(self) -> list[str]:
        """The keys of the stored articles."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(ArticleRow.key)))

    def states(self) -> Counter[str]:
        """How many rows of the frontier are in each state."""
        with self.engine.connect() as connection:
            return Counter(connection.scalars(select(FrontierRow.state)))

    def leased(self) -> int:
        """How many rows of the frontier somebody has."""
        with self.engine.connect() as connection:
            query = "select count(*) from frontier where lease_owner is not null"
            return int(connection.scalar(text(query)) or 0)


def children(pid: int) -> list[int]:
    """The processes that *pid* started; Linux and macOS know the command."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]
