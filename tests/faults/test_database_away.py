"""R6: PostgreSQL killed and started again in the middle of a crawl, or away for good."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive import writer
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.exitcodes import AlreadyRunning, DatabaseUnavailable, Exit
from tests import postgres
from tests.faults.world import World
from tests.processes import dies_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kompas_crawler.sample.site.server import Server

pytestmark = pytest.mark.postgres


SLOWLY = {"DOWNLOAD_DELAY": 0.05}
"""The crawl must still be at work when the database goes, however busy the machine is."""


class OwnServer:
    """A PostgreSQL of this test alone, which may be stopped."""

    def __init__(self, folder: Path) -> None:
        found = postgres.programs()
        assert found is not None
        self._account = postgres._account()
        self._programs = postgres._reachable(found, folder, self._account)
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        if self._account is not None:
            for place in (folder, self.data):
                os.chown(place, *_ids(self._account))
        self._starter = ThreadPoolExecutor(1)  # a server dies with the thread that started it
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self._server: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments, "-D", self.data],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            **postgres._demoted(self._account),
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._starter.submit(self._start).result(90)

    def _start(self) -> None:
        options = postgres._OPTIONS | {"unix_socket_directories": str(self.folder)}
        # A crash must lose nothing that was committed: that is what is tested.
        options |= {"synchronous_commit": "on"}
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._server = server = subprocess.Popen(
            [
                *dies_with_parent("QUIT"),
                str(self._programs / "postgres"),
                *("-D", str(self.data)),
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
            **postgres._demoted(self._account),
        )
        deadline = time.monotonic() + 60
        while not postgres._is_ready(self.data):
            assert server.poll() is None, "PostgreSQL ended at once"
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it as ``pg_ctl stop -m immediate`` does: no session is asked."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(30)
            self._server = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"


def _ids(account: str) -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam(account)
    return entry.pw_uid, entry.pw_gid


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="kompas-away-", dir="/tmp"))  # a socket's path is short
    server = OwnServer(folder)
    server.start()
    yield server
    server.stop()
    server._starter.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def once(is_met: Callable[[], bool], act: Callable[[], None]) -> Iterator[list[bool]]:
    """Do *act* beside the block as soon as *is_met*; yields what was done."""
    done: list[bool] = []

    def wait() -> None:
        deadline = time.monotonic() + 60
        while not is_met():
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)
        act()
        done.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield done
    finally:
        thread.join(90)


def _articles_asked(server: Server) -> int:
    return sum("/read/" in request.path for request in list(server.requests))


@pytest.mark.slow
def test_a_restart_in_the_middle_loses_nothing(
    own: OwnServer, server: Server, tmp_path: Path
) -> None:
    world = World(server, own.url, tmp_path)

    def restart() -> None:
        own.stop()
        own.start()

    with once(lambda: _articles_asked(server) >= 8, restart) as done:
        crawled = world.crawl(settings=SLOWLY)
    assert done, "the crawl ended before the restart"
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored() == server.site.keys_within(2)
    assert not crawled.stats.get("pages/error")


@pytest.mark.slow
def test_control_without_a_second_try_the_restart_ends_the_crawl(
    own: OwnServer, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0)
    world = World(server, own.url, tmp_path)

    ended = threading.Event()

    def restart() -> None:
        own.stop()
        ended.wait(5)  # away for as long as the crawl takes to notice
        own.start()

    with once(lambda: _articles_asked(server) >= 8, restart):
        crawled = world.crawl(settings=SLOWLY)
        ended.set()
    assert crawled.code is Exit.DATABASE, crawled.end


@pytest.mark.slow
def test_away_for_good_ends_with_6_and_the_same_command_completes_it(
    own: OwnServer, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 1)
    world = World(server, own.url, tmp_path)
    with once(lambda: _articles_asked(server) >= 8, own.stop) as done:
        crawled = world.crawl(settings=SLOWLY)
    assert done
    assert crawled.code is Exit.DATABASE, crawled.end
    assert "does not answer" in crawled.end
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        world.crawl(settings=SLOWLY)
    own.start()
    assert world.crawl().code is Exit.DONE
    assert world.stored() == server.site.keys_within(2)


def _lock(own: OwnServer) -> tuple[ArchiveLock, Any]:
    engine = open_engine(database_url(own.url, Path.cwd()))
    return ArchiveLock(engine), engine


@pytest.mark.slow
def test_after_a_restart_the_crawl_holds_the_archive_again(own: OwnServer) -> None:
    ours, engine = _lock(own)
    others, other_engine = _lock(own)
    ours.acquire()
    own.stop()
    own.start()
    ours.renew()
    with pytest.raises(AlreadyRunning):
        others.acquire()
    ours.release()
    others.acquire()
    own.stop()
    own.start()
    ours.acquire()
    with pytest.raises(AlreadyRunning):  # it was quicker
        others.renew()
    ours.release()
    for each in (engine, other_engine):
        each.dispose()


@pytest.mark.slow
def test_control_a_restart_frees_the_archive_for_another(own: OwnServer) -> None:
    ours, engine = _lock(own)
    others, other_engine = _lock(own)
    ours.acquire()
    own.stop()
    own.start()
    others.acquire()
    others.release()
    ours.release()
    for each in (engine, other_engine):
        each.dispose()
