"""What every test can ask for: databases, the command line, an environment of its own."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from kompas_crawler.spiders.deadline import deadline
from tests import archives, chromium, compiled, postgres, processes, warm

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent

# No test fails because the machine is slow.
settings.register_profile("any clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any clock")

# What would change how a crawl goes; KOMPAS_REAL_PAGES only says where pages lie.
_UNWANTED = ("KOMPAS_", "SCRAPY_", "PG", "PYTHONWARNINGS")
_UNWANTED_ENDS = ("_proxy", "_PROXY")
_WANTED = {"KOMPAS_REAL_PAGES"}
_NO_CERTIFICATES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
"""No test asks over TLS: a crawl need not read who may vouch for a server, 40 ms of CPU."""

_MARKS = {
    "_postgres_server": ("postgres", "slow"),
    "chromium": ("chromium", "slow"),
    "scrapy_cli": ("slow",),
    "scrapy_process": ("slow",),
}
"""What a test is marked with that asks for a fixture: servers, browsers and programs are slow."""

_server: postgres.Server | None = None


@pytest.fixture(autouse=True)
def _exact_cpu_time() -> Iterator[None]:
    """Stop the timer of a crawl: while it ticks, the system rounds the CPU time of the process."""
    yield
    if deadline.period and hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        deadline.period = 0.0


def pytest_configure() -> None:
    """Refuse settings of a person; end a worker of pytest-xdist with its controller."""
    if (ROOT / "data" / "environment").exists():
        raise pytest.UsageError("move data/environment away: every command here would read it")
    compiled.share()
    if "PYTEST_XDIST_WORKER" in os.environ:
        threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


@pytest.hookimpl(tryfirst=True)  # before -m is looked at
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses PostgreSQL or Chromium; leave it out where there is none."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, marks in _MARKS.items():
            if fixture in fixtures:
                for mark in marks:
                    item.add_marker(mark)
    missing = {"postgres": postgres.programs() is None, "chromium": chromium.program() is None}
    left_out = [
        item
        for item in items
        if any(is_missing and item.get_closest_marker(m) for m, is_missing in missing.items())
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_collection_finish() -> None:
    """What is imported by now stays: no test's collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line when a part of the tests was left out."""
    if postgres.programs() is None:
        terminalreporter.write_line(
            "The tests on PostgreSQL were left out: no server in the venv or on PATH."
        )
    if chromium.program() is None:
        terminalreporter.write_line("The tests in a browser were left out: no chromium on PATH.")


def pytest_unconfigure() -> None:
    """Let go of the server; here and not in a fixture, where waiting counts as a test's time."""
    if _server is not None:
        _server.close()


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """Each test has an environment without our settings, and leaves it and the folder as it was."""
    before, folder = dict(os.environ), Path.cwd()
    for name in before:
        if name not in _WANTED and (name.startswith(_UNWANTED) or name.endswith(_UNWANTED_ENDS)):
            del os.environ[name]
    os.environ |= _NO_CERTIFICATES
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
    os.chdir(folder)


@pytest.fixture(scope="session")
def _postgres_server() -> postgres.Server:
    global _server
    if _server is None:
        run_id = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
        _server = postgres.Server(run_id[:12])
    return _server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new archive in a file, with its tables and nothing in them."""
    return archives.put(tmp_path / "kompas.db")


@pytest.fixture
def postgres_url(_postgres_server: postgres.Server) -> Iterator[str]:
    """A new archive on PostgreSQL: ``postgresql+psycopg://...``, for children too."""
    with _postgres_server.database(_postgres_server.archive()) as url:
        yield url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a file that is still to be made."""
    return archives.sqlite_url(tmp_path / "new.db")


@pytest.fixture
def empty_postgres_url(_postgres_server: postgres.Server) -> Iterator[str]:
    """A new database on PostgreSQL without a table."""
    with _postgres_server.database() as url:
        yield url


_EACH = ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])]


@pytest.fixture(params=_EACH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A new archive with nothing in it; the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=_EACH)
def empty_url(request: pytest.FixtureRequest) -> str:
    """A new database without a table, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


class ScrapyCli(Protocol):
    """``scrapy ARGUMENTS`` run to its end."""

    def __call__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]: ...


class ScrapyProcess(Protocol):
    """``scrapy ARGUMENTS`` started, to be looked at and killed; output goes to ``log``.

    One that is only killed may be forked, see ``warm``.
    """

    def __call__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        log: Path | None = None,
        is_forked: bool = False,
    ) -> subprocess.Popen[str] | warm.Started: ...


@pytest.fixture
def scrapy_cli() -> ScrapyCli:
    """Run ``scrapy ARGUMENTS`` as a person would; past *timeout* seconds all of it is killed."""

    def run(
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        if sys.platform == "win32":
            command = [sys.executable, "-m", "scrapy", *arguments]
            return processes.run(command, cwd=cwd, env=env, timeout=timeout)
        return warm.run(arguments, cwd=cwd, env=env or {}, timeout=timeout)

    return run


@pytest.fixture
def scrapy_process(tmp_path: Path) -> Iterator[ScrapyProcess]:
    """Start ``scrapy ARGUMENTS`` and go on; what still runs at the test's end is killed."""
    started: list[subprocess.Popen[str] | warm.Started] = []

    def start(
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        log: Path | None = None,
        is_forked: bool = False,
    ) -> subprocess.Popen[str] | warm.Started:
        log = log or tmp_path / f"scrapy-{len(started)}.log"
        process: subprocess.Popen[str] | warm.Started
        if is_forked and sys.platform != "win32":
            process = warm.start(arguments, cwd=cwd, env=env or {}, log=log)
        else:
            command = [sys.executable, "-m", "scrapy", *arguments]
            with log.open("a") as output:
                process = processes.start(command, cwd=cwd, env=env, stdout=output, stderr=output)
        started.append(process)
        return process

    yield start
    for process in started:
        processes.kill(process)
