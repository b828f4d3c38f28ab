"""Settings: the command line wins over the environment, the environment over the file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler import settings
from kompas_crawler.archive.database import database_url
from kompas_crawler.cli import checks
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.project import load_environment
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import ScrapyCli


def _value(scrapy_cli: ScrapyCli, *options: str, env: dict[str, str] | None = None) -> str:
    finished = scrapy_cli("settings", "--get", "KOMPAS_REVISIT", *options, env=env)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_which_setting_wins(scrapy_cli: ScrapyCli) -> None:
    assert _value(scrapy_cli) == "6h?,1d?,7d"
    env = {"KOMPAS_REVISIT": "1h"}
    assert _value(scrapy_cli, env=env) == "1h"
    assert _value(scrapy_cli, "-s", "KOMPAS_REVISIT=2h", env=env) == "2h"


def test_a_generated_spider_is_among_those_that_scrapy_finds() -> None:
    assert settings.NEWSPIDER_MODULE in settings.SPIDER_MODULES


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of a project folder."""
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = kompas_crawler.settings\n")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "environment"


@pytest.mark.slow
def test_the_settings_file_is_below_the_environment(file: Path, scrapy_cli: ScrapyCli) -> None:
    file.write_text("KOMPAS_REVISIT=3h\n")
    where = file.parent.parent

    def value(env: dict[str, str] | None = None) -> str:
        done = scrapy_cli("settings", "--get", "KOMPAS_REVISIT", env=env, cwd=where)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert value() == "3h"
    assert value({"KOMPAS_REVISIT": "1h"}) == "1h"
    file.write_bytes(b"KOMPAS_REVISIT=\xff\n")
    done = scrapy_cli("settings", "--get", "KOMPAS_REVISIT", cwd=where)
    assert done.returncode == Exit.CONFIGURATION
    assert re.fullmatch(r"scrapy: .*data/environment cannot be read: .*\n", done.stderr)


def test_which_lines_of_the_settings_file_count(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text(
        "# for the schedule\n"
        "KOMPAS_CONTACT='redaksi@contoh.example'\n"
        "KOMPAS_NOTIFY=tgram://a$HOME/1\n"
        "KOMPAS_PING_URL=from-file\n"
        "HTTPS_PROXY=http://proxy.example:3128\n"
        "PATH=/nowhere\n"
        "KOMPAS_MONITORS\n"
        "no sense\n"
    )
    monkeypatch.setenv("KOMPAS_PING_URL", "from-environment")
    before = dict(os.environ)
    load_environment()
    added = {name: os.environ[name] for name in os.environ.keys() - before.keys()}
    assert added == {
        "KOMPAS_CONTACT": "redaksi@contoh.example",
        "KOMPAS_NOTIFY": "tgram://a$HOME/1",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "KOMPAS_MONITORS": "",
    }
    assert os.environ["KOMPAS_PING_URL"] == "from-environment"
    assert not caplog.records
    said = [(found.level.value, found.line) for found in checks._in_file(file)]
    assert ("warn", f"{file}: PATH is ignored") in said
    (used,) = [line for level, line in said if level == "ok"]
    assert used.endswith("; the environment overrides KOMPAS_PING_URL")
    assert "redaksi" not in used


def test_every_setting_of_ours_is_read_from_the_environment() -> None:
    settings = (ROOT / "kompas_crawler" / "settings.py").read_text()
    names = [line.split(" =")[0] for line in settings.splitlines() if line.startswith("KOMPAS_")]
    assert len(names) >= 7
    for name in names:
        assert f'from_environment("{name}"' in settings.replace("\n", "").replace("    ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:///data/kompas.db", "sqlite:////project/data/kompas.db"),
        ("sqlite:////elsewhere/kompas.db", "sqlite:////elsewhere/kompas.db"),
        ("postgresql://me:geheim@host/kompas", "postgresql+psycopg://me:***@host/kompas"),
    ],
)
def test_database_urls(text: str, shown: str) -> None:
    assert database_url(text, Path("/project")).render_as_string(hide_password=True) == shown


@pytest.mark.parametrize(
    "text", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "oracle://h/x"]
)
def test_database_urls_that_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationProblem):
        database_url(text, Path("/project"))
