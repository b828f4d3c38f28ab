"""R24 and R26: no secret is said, and nothing of a page steers a terminal or forges a log line."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from scrapy.settings import Settings
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from kompas_crawler.archive.database import database_url, explained
from kompas_crawler.archive.models import RunRow
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.log.formatter import LogGuard
from kompas_crawler.log.masking import masker, of_settings
from tests.faults.hostile import KEY, URL, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli
    from tests.faults.world import World

CANARY = "kenari&8/f1"
WRITTEN = "kenari%268%2Ff1"
_POSITIONS = {
    "user part": f"postgresql+psycopg://ani:{WRITTEN}@127.0.0.1:1/kompas",
    "query part": f"postgresql+psycopg://ani@127.0.0.1:1/kompas?password={WRITTEN}",
    "another secret of the query": f"postgresql+psycopg://127.0.0.1:1/kompas?sslpassword={WRITTEN}",
    "not encoded": "postgresql+psycopg://ani:kenari8@f1@127.0.0.1:1/kompas",
    "not encoded, all at once": "postgresql+psycopg://ani:kenari8@f1/x?y#z@127.0.0.1:1/kompas",
    "query, not encoded": "postgresql+psycopg://127.0.0.1:1/kompas?password=kenari8@f1@x",
    "an address that cannot be read": f"postgresql+psycopg://ani:{WRITTEN}@host:port/kompas",
}


@pytest.mark.parametrize(
    ("position", "level", "file"),
    [
        *((position, "DEBUG", "") for position in _POSITIONS),
        ("user part", "DEBUG", "log"),
        ("query part", "INFO", "log"),
    ],
)
def test_a_password_is_said_nowhere(
    position: str, level: str, file: str, server: Server, scrapy_cli: ScrapyCli, tmp_path: Path
) -> None:
    url = _POSITIONS[position]
    health = tmp_path / "health.json"
    env = {"KOMPAS_MIRROR": server.url, "KOMPAS_HEALTH_FILE": str(health)}
    options = ("-s", f"KOMPAS_DATABASE_URL={url}", "-L", level)
    more = ("--logfile", str(tmp_path / file)) if file else ()
    finished = scrapy_cli("crawl", "kompas", *options, *more, env=env)
    assert finished.returncode in (4, 6), finished.stderr
    said = finished.stdout + finished.stderr
    said += "".join(path.read_text() for path in (health, tmp_path / "log") if path.exists())
    assert not file or (tmp_path / file).read_text()
    for secret in (CANARY, WRITTEN, "kenari8", "f1@", "f1/x"):
        assert secret not in said


def test_control_without_the_mask_it_is_said() -> None:
    line = f"settings: {_POSITIONS['user part']}"
    assert WRITTEN in line
    assert masker(_POSITIONS["user part"])(line).endswith("//ani:***@127.0.0.1:1/kompas")


@pytest.mark.parametrize(
    "password", ["kena@ri8", "ke/na", "ke?na", "ke#na@/?ri8", "a:na", "a@@na@"]
)
def test_a_password_is_masked_up_to_the_last_at_sign(password: str) -> None:
    text = f"postgresql://ani:{password}@host:5432/kompas"
    rest = password.rpartition("@")[2]
    said = masker(text)(f"{text}: cannot resolve '{rest}@host', user ani:{password}")
    assert said.startswith("postgresql://ani:***@host:5432/kompas: cannot resolve '")
    assert said.endswith("host', user ani:***")
    assert not rest or rest not in said


@pytest.mark.parametrize("password", ["kena@ri8", "kena@ri8/x", "kena@ri8?x=1", "kena?x=ri8"])
def test_an_address_of_which_it_is_not_certain_is_refused(password: str) -> None:
    text = f"postgresql://ani:{password}@host/kompas"
    with pytest.raises(ConfigurationProblem, match="write @ as %40") as caught:
        database_url(text, Path.cwd())
    assert not set(re.split(r"\W", password)) & set(re.split(r"\W", str(caught.value))) - {"x"}
    encoded = f"postgresql://ani:{quote(password, safe='')}@host/kompas"
    url = database_url(encoded, Path.cwd())
    assert (url.password, url.host) == (password, "host")
    error = OperationalError("select 1", {}, Exception(f"no host for {password} at {encoded}"))
    assert str(explained(error, url)).count("***") == 3
    assert "kena" not in str(explained(error, url))


def test_control_by_sqlalchemy_alone_a_part_is_shown() -> None:
    url = make_url("postgresql://ani:kena@ri8@host/kompas")
    assert "ri8@host" in url.render_as_string(hide_password=True)
    error = OperationalError("select 1", {}, Exception("cannot resolve ri8@host"))
    assert "ri8" not in str(explained(error, url))


def test_a_user_with_an_at_sign_has_a_password_too() -> None:
    url = "postgresql://ani@corp:secret1@db/kompas"
    assert (
        masker(url)(f"{url}: secret1 is wrong")
        == "postgresql://ani@corp:***@db/kompas: *** is wrong"
    )
    assert masker("")("no way to user@host:5432/db?a=b@c") == "no way to user@host:5432/db?a=b@c"


def test_a_path_with_an_at_sign_is_no_secret() -> None:
    for text in ("sqlite:////home/ani@kerja/k.db", "sqlite:///C:/Users/ani@kerja/k.db"):
        assert masker(text)(text) == text
    line = "http://127.0.0.1:8000/read/@nama and https://www.kompas.com/@nama"
    assert masker("")(line) == line


def test_secrets_of_proxies_and_of_the_ping_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ani:ken/a@ri@proxy:3128")
    mask = of_settings(Settings({"KOMPAS_PING_URL": "https://budi:gempa1@hc/ping?token=banjir1"}))
    said = mask("ken/a@ri at 'ri@proxy:3128', gempa1, banjir1, http://ani:ken/a@ri@proxy:3128")
    assert said == "*** at '***proxy:3128', ***, ***, http://ani:***@proxy:3128"
    monkeypatch.delenv("HTTPS_PROXY")
    assert of_settings(Settings({"KOMPAS_PING_URL": ""}))("ken/a@ri") == "ken/a@ri"  # the control


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
