"""R24 and R26: no secret is said, and nothing of a page steers a terminal or forges a log line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.models import RunRow
from kompas_crawler.logformatter import LogGuard
from kompas_crawler.masking import masker
from kompas_crawler.sample_site.faults import Fault
from tests.faults.hostile import KEY, URL, page

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.sample_site.server import Server
    from tests.conftest import ScrapyCli
    from tests.faults.world import World

CANARY = "kenari&8/f1"
WRITTEN = "kenari%268%2Ff1"
_POSITIONS = {
    "user part": f"postgresql+psycopg://ani:{WRITTEN}@127.0.0.1:1/kompas",
    "query part": f"postgresql+psycopg://ani@127.0.0.1:1/kompas?password={WRITTEN}",
    "another secret of the query": f"postgresql+psycopg://127.0.0.1:1/kompas?sslpassword={WRITTEN}",
    "not encoded": "postgresql+psycopg://ani:kenari8@f1@127.0.0.1:1/kompas",
    "an address that cannot be read": f"postgresql+psycopg://ani:{WRITTEN}@host:port/kompas",
}


_IN_EVERY_RUN = ("user part", "query part")


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(name, marks=() if name in _IN_EVERY_RUN else pytest.mark.slow)
        for name in _POSITIONS
    ],
)
@pytest.mark.parametrize("level", [pytest.param("INFO", marks=pytest.mark.slow), "DEBUG"])
def test_a_password_is_said_nowhere(
    position: str, level: str, server: Server, scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    url = _POSITIONS[position]
    health = tmp_path / "health.json"
    env = {"KOMPAS_MIRROR": server.url, "KOMPAS_HEALTH_FILE": str(health)}
    log = tmp_path / "log"
    options = ("-s", f"KOMPAS_DATABASE_URL={url}", "-L", level)
    said = ""
    for more in ((), ("--logfile", str(log))):
        finished = scrapy_cli("crawl", "kompas", *options, *more, env=env)
        assert finished.returncode in (4, 6), finished.stderr
        said += finished.stdout + finished.stderr
    said += "".join(path.read_text() for path in (health, log) if path.exists())
    for secret in (CANARY, WRITTEN, "kenari8"):
        assert secret not in said


def test_control_without_the_mask_it_is_said() -> None:
    line = f"settings: {_POSITIONS['user part']}"
    assert WRITTEN in line
    assert masker(_POSITIONS["user part"])(line).endswith("//ani:***@127.0.0.1:1/kompas")


def test_a_password_is_in_no_row_of_the_archive(world: World) -> None:
    world.crawl(limit="1")
    rows = world.rows(*RunRow.__table__.c)
    assert "sqlite" not in repr(rows)


HOSTILE = "Judul\x1b]52;c;cm0=\x07\x1b[2J\n2026-06-30 INFO: forged\u202e\u2028"


def _record(message: str, *args: object, error: Exception | None = None) -> str:
    exc_info = (type(error), error, None) if error else None
    record = logging.LogRecord("x", logging.INFO, "", 1, message, args, exc_info)
    LogGuard(masker("postgresql://ani:gehe@h/x")).filter(record)
    return logging.Formatter("%(message)s").format(record)


def test_a_log_line_is_one_line_that_steers_nothing() -> None:
    line = _record("Failed %s", HOSTILE)
    assert line.isprintable()
    assert "forged" in line
    shown = _record("Failed", error=ValueError(f"{HOSTILE} ani:gehe@h"))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "gehe" not in shown


def test_control_without_the_guard_the_terminal_is_steered() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "Failed %s", (HOSTILE,), None)
    assert not logging.Formatter("%(message)s").format(record).isprintable()


def test_what_a_page_says_reaches_neither_terminal_nor_log(
    server: Server, world: World, scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    other = "https://www.kompas.com/tentang-\x1b]0;pwned\x07\u202e"
    server.faults[URL] = Fault(status=200, body=page(canonical=other, title=HOSTILE, body=""))
    env = {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": world.url,
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
    }
    finished = scrapy_cli("crawl", "kompas", "-a", f"urls={URL}", "-L", "DEBUG", env=env)
    said = finished.stdout + finished.stderr
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\u202e" not in said
    assert not any(line.startswith("2026-06-30 INFO") for line in said.splitlines())
    assert world.row(KEY).reason.isprintable()
