"""The schedules: units that systemd accepts, and a cron line that works in a bare environment."""

from __future__ import annotations

import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCHEDULE = ROOT / "tools" / "schedule.sh"


def filled(name: str) -> str:
    """A file of ``deploy/`` as it is installed."""
    return (ROOT / "deploy" / name).read_text().replace("@PROJECT@", str(ROOT))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    units = [tmp_path / f"kompas-crawler.{kind}" for kind in ("service", "timer")]
    for unit in units:
        unit.write_text(filled(unit.name))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Other units of this machine may be at fault; ours may not.
    assert "kompas-crawler" not in done.stderr, done.stderr


def test_a_scheduler_takes_what_goes_on_later_for_success() -> None:
    assert "SuccessExitStatus=5 11 12" in filled("kompas-crawler.service")
    assert "Persistent=true" in filled("kompas-crawler.timer")


@pytest.mark.skipif(not (ROOT / ".venv" / "bin").is_dir(), reason="the line runs the .venv of make")
def test_the_cron_line_works_in_a_bare_environment(tmp_path: Path) -> None:
    line = next(line for line in filled("crontab").splitlines() if not line.startswith("#"))
    command = line.split(maxsplit=5)[5].replace("data/crawl.log", str(tmp_path / "crawl.log"))
    assert "scrapy crawl kompas" in command
    with serve(Site(40, weight=4)) as server:
        settings = (
            f"export KOMPAS_MIRROR={server.url} KOMPAS_DATABASE_URL=sqlite:///{tmp_path}/k.db"
        )
        settings += f" KOMPAS_HEALTH_FILE={tmp_path}/health.json; "
        done = subprocess.run(
            ["env", "-i", "/bin/sh", "-c", settings + command], check=False, timeout=100
        )
    log = (tmp_path / "crawl.log").read_text()
    assert done.returncode == 0, log
    assert "crawl: done: " in log
    assert "\x1b" not in log


def test_schedules_are_printed_before_they_are_installed() -> None:
    done = subprocess.run(["sh", str(SCHEDULE)], capture_output=True, text=True, check=True)
    assert "Nothing is installed yet" in done.stdout
    assert "OnCalendar" in done.stdout
    assert "@PROJECT@" not in done.stdout


def installed(tmp_path: Path) -> Path:
    """A copy of the project whose schedule has been installed."""
    for folder in ("deploy", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder, dirs_exist_ok=True)
    done = subprocess.run(
        ["sh", str(tmp_path / "project" / "tools" / "schedule.sh"), "systemd"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        umask=0o022,
    )
    assert done.returncode == 0, done.stderr
    return tmp_path / "project"


def test_installing_writes_the_units_of_the_user(tmp_path: Path) -> None:
    installed(tmp_path)
    units = tmp_path / ".config" / "systemd" / "user"
    assert {unit.name for unit in units.iterdir()} == {
        "kompas-crawler.service",
        "kompas-crawler.timer",
    }


def test_the_file_of_its_settings_is_the_users_alone(tmp_path: Path) -> None:
    project = installed(tmp_path)
    file = project / "data" / "environment"
    assert f"EnvironmentFile=-{file}\n" in (
        tmp_path / ".config" / "systemd" / "user" / "kompas-crawler.service"
    ).read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("KOMPAS_CONTACT=a@b.example\n")
    installed(tmp_path)
    assert file.read_text() == "KOMPAS_CONTACT=a@b.example\n"


def test_control_a_file_made_by_hand_may_be_read_by_others(tmp_path: Path) -> None:
    made = tmp_path / "environment"
    subprocess.run(["sh", "-c", f": >'{made}'"], check=True, umask=0o022)
    assert stat.S_IMODE(made.stat().st_mode) == 0o644


def test_a_crawl_that_grows_is_ended_before_the_machine_swaps() -> None:
    assert "\nMemoryMax=1G\n" in filled("kompas-crawler.service")


def test_an_unknown_scheduler_is_refused() -> None:
    done = subprocess.run(["sh", str(SCHEDULE), "launchd"], capture_output=True, check=False)
    assert done.returncode == 2
