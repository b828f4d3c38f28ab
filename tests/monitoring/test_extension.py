"""Monitors in whole crawls: the exit code, who is told, and what may not be said."""

from __future__ import annotations

import json
import logging
import socketserver
import threading
from email import message_from_string
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.monitoring import checks
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli

FAILS = {"KOMPAS_MONITORS": "1", "SPIDERMON_MIN_ITEMS": "1000"}
TOKEN = "1234:a-secret-of-telegram"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(40, weight=8)) as server:
        yield server


def run(server: Server, folder: Path, **settings: Any) -> Crawled:
    url = f"sqlite:///{(folder / 'kompas.db').as_posix()}"
    return crawl(
        "kompas", mirror=server.url, database_url=url, folder=folder, settings=settings, limit="5"
    )


def health(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "health.json").read_text(encoding="utf-8"))
    return told


def test_a_good_run_passes_all_of_them(server: Server, tmp_path: Path) -> None:
    assert run(server, tmp_path, KOMPAS_MONITORS="1").code is Exit.DONE
    assert health(tmp_path)["monitors"] == dict.fromkeys(checks.CHECKS, "")


def test_one_that_fails_ends_the_run_with_10(server: Server, tmp_path: Path) -> None:
    done = run(server, tmp_path, **FAILS)
    assert done.code is Exit.QUALITY
    assert done.end.startswith("monitors failed: Extracted Items Monitor (")
    assert health(tmp_path)["exit_code"] == 10
    assert health(tmp_path)["monitors"]["Extracted Items Monitor"]


def test_without_the_setting_there_are_none(server: Server, tmp_path: Path) -> None:
    done = run(server, tmp_path, **FAILS | {"KOMPAS_MONITORS": ""})
    assert done.code is Exit.DONE
    assert "monitors" not in health(tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"SPIDERMON_TELEGRAM_SENDER_TOKEN": "t", "SPIDERMON_TELEGRAM_RECIPIENTS": "1"},
            "Extracted",
        ),
        ({"SPIDERMON_SLACK_SENDER_TOKEN": "t", "SPIDERMON_SLACK_RECIPIENTS": "#x"}, "Extracted"),
        ({"SPIDERMON_SENTRY_DSN": "https://k@sentry.invalid/1"}, "failed_monitors_count"),
        ({"SPIDERMON_EMAIL_SENDER": "a@x", "SPIDERMON_EMAIL_TO": "b@x"}, "Extracted"),
    ],
    ids=["telegram", "slack", "sentry", "email"],
)
def test_whoever_is_named_is_told(
    settings: dict[str, str],
    said: str,
    server: Server,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By Spidermon's own switch for a rehearsal: the message goes to the log."""
    kind = next(iter(settings)).split("_")[1]
    with caplog.at_level(logging.INFO):
        run(server, tmp_path, **FAILS | settings | {f"SPIDERMON_{kind}_FAKE": "1"})
    told = [record.getMessage() for record in caplog.records if record.name.startswith("spidermon")]
    assert any(said in line for line in told), told
    assert "Nobody was told" not in caplog.text


def test_nobody_is_told_of_a_good_run(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = {"SPIDERMON_TELEGRAM_SENDER_TOKEN": "t", "SPIDERMON_TELEGRAM_RECIPIENTS": "1"}
    with caplog.at_level(logging.INFO):
        run(server, tmp_path, KOMPAS_MONITORS="1", SPIDERMON_TELEGRAM_FAKE="1", **named)
    assert not [record for record in caplog.records if record.name.startswith("spidermon")]


def test_an_e_mail_arrives(server: Server, tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Postman) as post:
        post.letters = []  # type: ignore[attr-defined]
        threading.Thread(target=post.serve_forever, args=[0.05], daemon=True).start()
        run(
            server,
            tmp_path,
            **FAILS,
            SPIDERMON_SMTP_HOST="127.0.0.1",
            SPIDERMON_SMTP_PORT=str(post.server_address[1]),
            SPIDERMON_EMAIL_SENDER="arsip@example.org",
            SPIDERMON_EMAIL_TO="ani@example.org, budi@example.org",
        )
        post.shutdown()
    (letter,) = post.letters  # type: ignore[attr-defined]
    message = message_from_string(letter)
    assert message["To"] == "ani@example.org, budi@example.org"
    assert message["Subject"].startswith("Kompas archive: done")
    texts = [str(part.get_payload()) for part in message.walk() if not part.is_multipart()]
    assert "Extracted Items Monitor: Expecting 'item_scraped_count'" in texts[0]


class _Postman(socketserver.StreamRequestHandler):
    """As much of SMTP as one letter needs."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self._say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                self.server.letters.append("".join(lines))  # type: ignore[attr-defined]
            self._say("221 bye" if line.upper() == "QUIT" else "250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"KOMPAS_MONITORS": "often"}, "KOMPAS_MONITORS is 1 or 0"),
        ({"SPIDERMON_TELEGRAM_SENDER_TOKEN": "t"}, "SPIDERMON_TELEGRAM_RECIPIENTS"),
        ({"SPIDERMON_EMAIL_TO": "a@x"}, "SPIDERMON_SMTP_HOST"),
    ],
)
def test_what_is_missing_is_said_before_the_crawl(
    settings: dict[str, str], line: str, server: Server, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationProblem, match=line):
        run(server, tmp_path, **{"KOMPAS_MONITORS": "1", **settings})
    assert not server.requests


def test_a_message_that_cannot_be_sent_leaves_no_secret_in_the_log(
    server: Server, tmp_path: Path, scrapy_cli: ScrapyCli
) -> None:
    env = {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
        "SPIDERMON_TELEGRAM_SENDER_TOKEN": TOKEN,
        "SPIDERMON_TELEGRAM_RECIPIENTS": "1",
        "https_proxy": "http://127.0.0.1:1",  # nothing leaves this machine
        "no_proxy": "kompas.com",
    }
    said = scrapy_cli("crawl", "kompas", "-a", "limit=1", env=env | FAILS)
    assert said.returncode == 10, said.stderr
    assert "Nobody was told: SendTelegramMessageSpiderFinished: " in said.stderr
    assert "/bot***/sendMessage" in said.stderr
    assert TOKEN not in said.stderr
    assert "Traceback" not in said.stderr
