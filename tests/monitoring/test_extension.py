"""Monitors in whole crawls: the exit code, who is told, and what may not be said."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.monitoring import checks
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests import archives
from tests.commands.calling import call
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli

SECRET = "a-secret-of-somebody"
NOBODY = f"json://ani:{SECRET}@127.0.0.1:1/{SECRET}-too"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(40)) as server:
        yield server


class Inbox(ThreadingHTTPServer):
    """A service that keeps the messages it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Reader)
        self.messages: list[dict[str, Any]] = []
        self.url = f"json://127.0.0.1:{self.server_address[1]}/{SECRET}"


class _Reader(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as inbox:
        threading.Thread(target=inbox.serve_forever, args=[0.05], daemon=True).start()
        yield inbox
        inbox.shutdown()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.CHECKS, "items", lambda _: "too few")


def run(server: Server, folder: Path, **settings: Any) -> Crawled:
    url = f"sqlite:///{(folder / 'kompas.db').as_posix()}"
    return crawl(
        "kompas", mirror=server.url, database_url=url, folder=folder, settings=settings, limit="5"
    )


def health(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "health.json").read_text(encoding="utf-8"))
    return told


def test_a_good_run_passes_all_of_them_and_sends_nothing(
    server: Server, inbox: Inbox, tmp_path: Path
) -> None:
    done = run(server, tmp_path, KOMPAS_MONITORS="1", KOMPAS_NOTIFY=inbox.url)
    assert done.code is Exit.DONE
    assert health(tmp_path)["monitors"] == dict.fromkeys(checks.CHECKS, "")
    assert not inbox.messages


@pytest.mark.usefixtures("failing")
def test_one_that_fails_ends_the_run_with_10(server: Server, tmp_path: Path) -> None:
    done = run(server, tmp_path, KOMPAS_MONITORS="1")
    assert done.code is Exit.QUALITY
    assert done.end == "monitors failed: items (too few)"
    assert health(tmp_path)["exit_code"] == 10
    assert health(tmp_path)["monitors"]["items"] == "too few"


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("settings", [{}, {"KOMPAS_MONITORS": "0", "KOMPAS_NOTIFY": NOBODY}])
def test_without_the_setting_there_are_none(
    settings: dict[str, str], server: Server, tmp_path: Path
) -> None:
    assert run(server, tmp_path, **settings).code is Exit.DONE
    assert "monitors" not in health(tmp_path)


@pytest.mark.usefixtures("failing")
def test_every_address_gets_the_message(server: Server, inbox: Inbox, tmp_path: Path) -> None:
    """An address alone asks for the monitors."""
    done = run(server, tmp_path, KOMPAS_NOTIFY=f"{inbox.url}, {inbox.url}/other")
    assert done.code is Exit.QUALITY
    assert [m["message"] for m in inbox.messages] == ["items: too few"] * 2
    assert inbox.messages[0]["title"] == "Kompas archive: run 1 ended with 10"


@pytest.mark.usefixtures("failing")
def test_a_message_that_cannot_be_sent_is_one_warning_and_no_other_end(
    server: Server, inbox: Inbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        done = run(server, tmp_path, KOMPAS_NOTIFY=f"{NOBODY} {inbox.url}")
    assert done.end == "monitors failed: items (too few)"
    said = [r for r in caplog.records if r.levelno >= logging.WARNING and "sent by" in r.message]
    assert [record.getMessage() for record in said] == ["No notification was sent by JSON"]
    assert len(inbox.messages) == 1, "the next one is told all the same"
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"KOMPAS_MONITORS": "often"}, "KOMPAS_MONITORS must be 0 or 1"),
        (
            {"KOMPAS_NOTIFY": f"{NOBODY} foo://{SECRET}"},
            "apprise does not know address 2 of 2",
        ),
        ({"KOMPAS_NOTIFY": "tgram://"}, "address 1 of 1"),
        ({"KOMPAS_NOTIFY": "me"}, "address 1 of 1"),
    ],
)
def test_what_is_wrong_is_said_before_the_crawl(
    settings: dict[str, str], line: str, server: Server, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationProblem, match=line) as refused:
        run(server, tmp_path, **settings)
    assert not server.requests
    assert SECRET not in str(refused.value)


def test_a_bad_address_ends_with_4_and_no_log_names_one(
    server: Server, tmp_path: Path, scrapy_cli: ScrapyCli
) -> None:
    env = {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
        "KOMPAS_NOTIFY": f"foo://{SECRET}",
    }
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env)
    assert said.returncode == 4
    assert "\nscrapy crawl: KOMPAS_NOTIFY: apprise does not know address 1 of 1" in said.stderr
    option = ["-s", f"KOMPAS_NOTIFY={NOBODY}", "-s", "CLOSESPIDER_PAGECOUNT=1", "-L", "DEBUG"]
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", *option, env=env)
    assert "KOMPAS_NOTIFY=***" in said.stderr, "how to go on is said"
    assert SECRET not in said.stderr + said.stdout
    assert SECRET not in (tmp_path / "health.json").read_text()


@pytest.mark.slow
def test_doctor_sends_a_test_and_says_which_address_failed(
    inbox: Inbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = archives.sqlite_url(tmp_path / "k.db")
    code = call("doctor", url, "--notify", KOMPAS_NOTIFY=f"{inbox.url} {NOBODY}")
    assert code == Exit.ERROR
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "JSON: sent",
        "JSON: not sent; check the address and the network",
    ]
    assert SECRET not in said.out + said.err
    assert [message["title"] for message in inbox.messages] == ["Test of the Kompas crawler"]
    assert call("doctor", url, "--notify", KOMPAS_NOTIFY=inbox.url) == Exit.DONE


def test_doctor_says_how_to_name_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = archives.sqlite_url(tmp_path / "k.db")
    assert call("doctor", url, "--notify", KOMPAS_NOTIFY="") == Exit.CONFIGURATION
    assert "KOMPAS_NOTIFY is empty; set it in data/environment" in capsys.readouterr().err
