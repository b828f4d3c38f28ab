"""Where there is no PostgreSQL, a fleet says in one line what it needs; and the core needs none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.fleet import queue
from kompas_crawler.project import how_to_install
from tests.commands.calling import call
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("arguments", [["worker"], ["enqueue", "kompas"]])
def test_on_sqlite_it_says_what_it_needs(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = arguments
    assert call(name, f"sqlite:///{tmp_path / 'k.db'}", *rest) == Exit.CONFIGURATION
    assert capsys.readouterr().err == (
        f"scrapy {name}: a fleet needs PostgreSQL and the extra 'fleet'; "
        "missing: KOMPAS_DATABASE_URL=postgresql+psycopg://user@host/name\n"
    )
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(queue, "find_spec", lambda _name: None)
    assert call("worker", "postgresql+psycopg://nobody@127.0.0.1:1/x") == Exit.CONFIGURATION
    assert f"missing: {how_to_install('fleet')}" in capsys.readouterr().err


@pytest.mark.parametrize("lease", ["0", "soon", "1e9", "nan"])
def test_a_lease_that_is_no_time_is_refused(lease: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("worker", "postgresql://h/d", KOMPAS_LEASE=lease) == Exit.CONFIGURATION
    assert "is not a number of seconds from 1 to 86400" in capsys.readouterr().err


def test_a_database_that_does_not_answer_ends_with_6(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("worker", "postgresql+psycopg://u:geheim@127.0.0.1:1/x") == Exit.DATABASE
    said = capsys.readouterr().err
    assert "does not answer" in said
    assert "geheim" not in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_crawl_does_not_import_the_queue() -> None:
    code = (
        "import sys, kompas_crawler.commands.crawl, kompas_crawler.commands.status, "
        "kompas_crawler.spiders.kompas, kompas_crawler.middlewares.frontier\n"
        "assert 'procrastinate' not in sys.modules and 'psycopg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
