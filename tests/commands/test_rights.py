"""Folders without rights: one line that names them, and exit code 4, in every command."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.lock import ArchiveLock
from tests import processes
from tests.archive.build import article, key
from tests.commands.calling import fill
from tests.conftest import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with an archive, which each test closes in its own way."""
    made = tmp_path / "closed"
    made.mkdir()
    fill(f"sqlite:///{made}/kompas.db", article(1))
    yield made
    made.chmod(0o755)


def scrapy(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the archive in *folder*, as a user whom permissions bind."""
    prefix = []
    if os.geteuid() == 0:
        if (setpriv := shutil.which("setpriv")) is None:
            pytest.skip("root has all rights")
        prefix = [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]
    env = {"KOMPAS_DATABASE_URL": f"sqlite:///{folder}/kompas.db", **settings}
    command = ["env", "-u", "COLUMNS", *prefix, sys.executable, "-m", "scrapy", *arguments]
    return processes.run(command, cwd=ROOT, env=env, timeout=60)


@pytest.mark.slow
def test_a_folder_that_takes_no_file_is_named(folder: Path, tmp_path: Path) -> None:
    folder.chmod(0o555)
    before = sorted(ROOT.iterdir())
    doctor = scrapy(folder, "doctor")
    assert doctor.returncode == 4
    assert f"bad   disk         {folder} is not writable; correct its permissions" in doctor.stdout

    forget = scrapy(folder, "forget", key(1))
    lock = f"{folder}/kompas.db.lock"
    line = f"scrapy forget: cannot write {lock}: Permission denied\n"
    assert (forget.returncode, forget.stderr) == (4, line)

    out = scrapy(folder, "copy-archive", f"sqlite:///{tmp_path}/copy.db")
    assert (out.returncode, out.stderr) == (0, "")
    into = scrapy(tmp_path, "copy-archive", f"sqlite:///{folder}/copy.db")
    assert into.returncode == 4  # tmp_path has no archive
    shutil.copy(folder / "kompas.db", tmp_path)
    into = scrapy(tmp_path, "copy-archive", f"sqlite:///{folder}/copy.db")
    line = f"sqlite:///{folder}/copy.db cannot be opened; check its permissions\n"
    assert (into.returncode, into.stderr) == (4, f"scrapy copy-archive: {line}")
    assert sorted(ROOT.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "crawl kompas -q"])
def test_a_folder_that_cannot_be_entered_is_named(folder: Path, command: str) -> None:
    folder.chmod(0)
    ended = scrapy(folder, *command.split(), KOMPAS_MIRROR="http://127.0.0.1:9")
    said = f"the database's folder {folder} cannot be used: Permission denied"
    assert ended.returncode == 4
    assert ended.stderr.strip() == f"scrapy {command.split()[0]}: {said}"


def test_doctor_goes_on_after_a_folder_that_cannot_be_entered(folder: Path) -> None:
    folder.chmod(0)
    ended = scrapy(folder, "doctor")
    assert ended.returncode == 4
    assert "bad   database" in ended.stdout
    assert f"Permission denied: '{folder}/kompas.db'" in ended.stdout
    assert "\nok    extras" in ended.stdout


@pytest.mark.slow
def test_doctor_looks_at_the_folder_of_the_captures(folder: Path, tmp_path: Path) -> None:
    captures = tmp_path / "captures"
    captures.mkdir(0o555)
    closed = scrapy(folder, "doctor", KOMPAS_WARC_DIR=f"{captures}/warc")
    assert closed.returncode == 4
    assert f"bad   WARC files   {captures} is not writable" in closed.stdout
    captures.chmod(0o755)
    opened = scrapy(folder, "doctor", KOMPAS_WARC_DIR=f"{captures}/warc")
    assert opened.returncode == 0
    assert "ok    WARC files   " in opened.stdout
    assert not list(captures.iterdir())


def test_no_lock_is_taken_where_none_can_be(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = sorted(tmp_path.rglob("*"))
    engine = open_engine(database_url(f"sqlite:///{folder}/kompas.db", tmp_path), read_only=True)
    lock = ArchiveLock(engine)
    lock.acquire()
    lock.release()
    engine.dispose()
    assert sorted(tmp_path.rglob("*")) == before
