"""Settings: the command line wins over the environment, the environment over the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.database import database_url
from kompas_crawler.exitcodes import ConfigurationProblem
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import ScrapyCli


def _value(scrapy_cli: ScrapyCli, *options: str, env: dict[str, str] | None = None) -> str:
    finished = scrapy_cli("settings", "--get", "KOMPAS_REVISIT", *options, env=env)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_which_setting_wins(scrapy_cli: ScrapyCli) -> None:
    assert _value(scrapy_cli) == "6h,1d,7d"
    env = {"KOMPAS_REVISIT": "1h"}
    assert _value(scrapy_cli, env=env) == "1h"
    assert _value(scrapy_cli, "-s", "KOMPAS_REVISIT=2h", env=env) == "2h"


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
