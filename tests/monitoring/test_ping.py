"""The dead man's switch: what it hears, and that a crawl does not depend on it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.monitoring.ping import Ping
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import ScrapyCli

SECRET = "a5f3-secret"


class Switch(ThreadingHTTPServer):
    """A server that notes what it is asked."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        self.asked: list[str] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), _Note)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{SECRET}"


class _Note(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Switch)
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def switch() -> Iterator[Switch]:
    with Switch() as switch:
        threading.Thread(target=switch.serve_forever, args=[0.05], daemon=True).start()
        yield switch
        switch.shutdown()


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve(Site(40)) as server:
        yield {
            "KOMPAS_MIRROR": server.url,
            "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
            "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
        }


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("-a limit=1", 0),
        pytest.param("-s CLOSESPIDER_PAGECOUNT=1", 11, marks=pytest.mark.slow),
        ("-a limit=none", 2),
        pytest.param("-s KOMPAS_REVISIT=often", 4, marks=pytest.mark.slow),
    ],
)
def test_it_hears_of_the_start_and_of_every_end(
    options: str, code: int, switch: Switch, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    env["KOMPAS_PING_URL"] = switch.url
    assert scrapy_cli("crawl", "kompas", *options.split(), env=env).returncode == code
    assert switch.asked == [f"/{SECRET}/start", f"/{SECRET}/{code}"]


@pytest.mark.slow
def test_a_crawl_beside_another_leaves_the_end_to_that_one(
    switch: Switch, env: dict[str, str], scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    env["KOMPAS_PING_URL"] = switch.url
    engine = open_engine(database_url(env["KOMPAS_DATABASE_URL"], tmp_path))
    lock = ArchiveLock(engine)
    lock.acquire()
    try:
        assert scrapy_cli("crawl", "kompas", env=env).returncode == 5
    finally:
        lock.release()
        engine.dispose()
    assert switch.asked == [f"/{SECRET}/start"]


@pytest.mark.slow
def test_a_service_that_is_away_changes_nothing(env: dict[str, str], scrapy_cli: ScrapyCli) -> None:
    env["KOMPAS_PING_URL"] = f"http://127.0.0.1:1/{SECRET}"
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env)
    assert said.returncode == 0
    assert "WARNING: The ping failed: " in said.stderr
    assert SECRET not in said.stderr


@pytest.mark.slow
def test_a_service_that_says_no_changes_nothing(
    switch: Switch, env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    switch.status = 404
    env["KOMPAS_PING_URL"] = switch.url
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env)
    assert said.returncode == 0
    assert "WARNING: The ping failed: HTTP 404" in said.stderr
    assert SECRET not in said.stderr


def test_what_goes_on_with_a_crawl_names_no_secret(
    env: dict[str, str], switch: Switch, scrapy_cli: ScrapyCli
) -> None:
    options = ["-s", f"KOMPAS_PING_URL={switch.url}", "-s", "CLOSESPIDER_PAGECOUNT=1"]
    said = scrapy_cli("crawl", "kompas", *options, env=env)
    assert "resume with  scrapy crawl kompas -s KOMPAS_PING_URL=*** -s" in said.stderr
    assert SECRET not in said.stderr


@pytest.mark.parametrize("url", [SECRET, f"ftp://host/{SECRET}", f"http:///{SECRET}", "http://[::"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationProblem) as met:
        Ping(url)
    assert str(met.value) == "KOMPAS_PING_URL is not an http or https address"


def test_what_is_no_address_is_refused_without_naming_it(
    env: dict[str, str], scrapy_cli: ScrapyCli
) -> None:
    said = scrapy_cli("crawl", "kompas", env=env | {"KOMPAS_PING_URL": SECRET})
    assert said.returncode == 4
    assert said.stderr.splitlines()[-1] == (
        "scrapy crawl: KOMPAS_PING_URL is not an http or https address"
    )
    assert SECRET not in said.stderr
