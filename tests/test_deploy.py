"""Schedules: what systemd and cron run, in folders and for commands of any name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from croniter import croniter  # type: ignore[import-untyped]

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither of them")

FOLDERS = ["project", 'it\'s 100% "of" a & b; $HOME `c` #1']
TOPIC = [
    *("--at", "06:00", "--", "crawl", "kompas", "-a", "tags=banjir & 100% 'gempa'"),
    *("--then", "export", "data/banjir.xlsx", "--tag", 'a "b" $HOME', "--allow-empty"),
]
RUN = [
    ["-m", "scrapy", "crawl", "kompas", "-a", "tags=banjir & 100% 'gempa'"],
    ["-m", "scrapy", "export", "data/banjir.xlsx", "--tag", 'a "b" $HOME', "--allow-empty"],
]
RECORDER = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done >>calls
echo >>calls
exit ${CODE:-0}
"""


def project(folder: Path) -> Path:
    """A copy of what schedules are made from, whose Python only records what it is called with."""
    for name in ("deploy", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(RECORDER)
    python.chmod(0o755)
    (folder / "data").mkdir()
    return folder


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project in a folder of a plain name, and of one that each quoting has to bear."""
    return project(tmp_path / request.param)


def schedule(folder: Path, *words: str, home: Path | None = None) -> str:
    """The output of ``make schedule``; with *home*, that of an installation there."""
    done = said(folder, *words, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def said(folder: Path, *words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    bin_ = f"{home}/bin:" if home else ""
    return subprocess.run(
        [sys.executable, str(folder / "tools" / "schedule.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{bin_}/usr/bin:/bin",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "TZ": os.environ.get("TZ", ""),
        },
        umask=0o022,
    )


def units(text: str) -> dict[str, str]:
    """The units that ``make schedule`` printed, by name."""
    parts = re.split(r"^# --- (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def value(unit: str, name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)
    return str(found)


def words_of(text: str) -> list[str]:
    """Words as systemd reads them."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(text)]


def cron_command(line: str) -> str:
    """The command of a crontab's line: an unquoted % would end it."""
    command = line.split(maxsplit=5)[5]
    assert not re.search(r"(?<!\\)%", command)
    return command.replace("\\%", "%")


def runs(folder: Path, command: list[str], **environment: str) -> tuple[int, list[list[str]]]:
    """The exit code of *command*, and what it called the project's Python with."""
    (folder / "calls").unlink(missing_ok=True)
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **environment}
    done = subprocess.run(command, env=bare, cwd=folder.parent, check=False, timeout=60)
    calls = (folder / "calls").read_text().split("\n\n")[:-1]
    return done.returncode, [call.splitlines() for call in calls]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("words", [[], TOPIC, ["--every", "6h"], ["--at", "Mon-Fri 6:30"]])
def test_systemd_accepts_the_units(folder: Path, tmp_path: Path, words: list[str]) -> None:
    printed = units(schedule(folder, *words))
    names = [name for name in printed if name != "crontab"]
    for name in names:
        (tmp_path / name).write_text(printed[name])
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Other units of this machine may be at fault; ours may not.
    assert names[0].removesuffix(".service") not in done.stderr, done.stderr


def test_systemd_runs_the_commands_in_the_folder(folder: Path) -> None:
    printed = units(schedule(folder, *TOPIC))
    service = next(text for name, text in printed.items() if name.endswith(".service"))
    assert value(service, "WorkingDirectory").replace("%%", "%") == str(folder)
    command = words_of(value(service, "ExecStart"))
    inside = ["/bin/sh", "-c", f"cd {shlex.quote(str(folder))}; exec {shlex.join(command)}"]
    assert runs(folder, inside) == (0, RUN)
    assert words_of(value(service, "ReadWritePaths")) == [str(folder / "data")]


def test_cron_runs_the_commands_in_the_folder(folder: Path) -> None:
    crontab = units(schedule(folder, *TOPIC))["crontab"]
    assert runs(folder, ["/bin/sh", "-c", cron_command(crontab)]) == (0, RUN)


def test_all_commands_run_and_a_failure_is_reported(folder: Path) -> None:
    crontab = units(schedule(folder, *TOPIC))["crontab"]
    assert runs(folder, ["/bin/sh", "-c", cron_command(crontab)], CODE="10") == (10, RUN)


@pytest.mark.parametrize(
    ("words", "calendars", "starts"),
    [
        ([], ["*:0/15"], ["2026-01-02 00:15", "2026-01-02 00:30"]),
        (["--every", "6h"], ["0/6:00"], ["2026-01-02 06:00", "2026-01-02 12:00"]),
        (["--at", "06:00"], ["*-*-* 06:00:00"], ["2026-01-02 06:00", "2026-01-03 06:00"]),
        (
            ["--at", "fri-sun,tue 6:05"],
            ["Fri,Sat,Sun,Tue *-*-* 06:05:00"],
            ["2026-01-02 06:05", "2026-01-03 06:05", "2026-01-04 06:05", "2026-01-06 06:05"],
        ),
    ],
)
def test_the_times_are_those_asked_for(
    words: list[str], calendars: list[str], starts: list[str], tmp_path: Path
) -> None:
    printed = units(schedule(project(tmp_path / "project"), *words))
    timer = next(text for name, text in printed.items() if name.endswith(".timer"))
    assert re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE) == calendars
    fields = " ".join(printed["crontab"].split()[:5])
    times = croniter(fields, datetime(2026, 1, 2))  # noqa: DTZ001 - cron's time has no zone
    assert [f"{times.get_next(datetime):%Y-%m-%d %H:%M}" for _ in starts] == starts


def test_several_times_are_several_lines(tmp_path: Path) -> None:
    printed = units(schedule(project(tmp_path / "p"), "--at", "06:00", "--at", "Sun 18:30"))
    lines = printed["crontab"].splitlines()
    assert [line.split(" cd ")[0] for line in lines] == ["0 6 * * *", "30 18 * * 0"]


def test_a_log_of_cron_rotates(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    command = cron_command(units(schedule(folder))["crontab"])
    log = folder / "data" / "crawl.log"
    log.write_bytes(b"short\n")
    runs(folder, ["/bin/sh", "-c", command])
    assert not (folder / "data" / "crawl.log.1").exists()
    log.write_bytes(b"x" * 11_000_000)
    runs(folder, ["/bin/sh", "-c", command])
    assert (folder / "data" / "crawl.log.1").stat().st_size == 11_000_000
    assert log.stat().st_size == 0


@pytest.mark.parametrize(
    ("line", "words", "more"),
    [
        ("KOMPAS_DATABASE_URL=sqlite:////srv/my archive/kompas.db", [], ["/srv/my archive"]),
        ("KOMPAS_DATABASE_URL=sqlite:////srv/my%20arsip%C3%A9/kompas.db", [], ["/srv/my arsipé"]),
        ("KOMPAS_DATABASE_URL=postgresql://u@h/n", [], []),
        (
            "KOMPAS_WARC_DIR='/srv/warc' # pages\nKOMPAS_HEALTH_FILE=run/h.json",
            [],
            ["run", "/srv/warc"],
        ),
        ("KOMPAS_WARC_DIR=data/warc", [], []),
        ("", ["--", "backup", "/mnt/b/kompas.db"], ["/mnt/b"]),
        ("", ["--", "backup", "/mnt/b/kompas"], ["/mnt/b"]),
        ("", ["--", "crawl", "kompas", "-s", "KOMPAS_WARC_DIR=/w", "-a", "urls=a/b.txt"], ["/w"]),
    ],
)
def test_the_writable_folders_follow_the_settings(
    line: str, words: list[str], more: list[str], tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    (folder / "data" / "environment").write_text(line)
    service = next(iter(units(schedule(folder, *words)).values()))
    wanted = {str(folder / "data"), *(str(folder / path) for path in more)}
    assert set(words_of(value(service, "ReadWritePaths"))) == wanted


def test_charts_have_a_writable_folder_for_their_fonts() -> None:
    unit = (ROOT / "deploy" / "kompas-crawler.service").read_text("utf-8")
    assert value(unit, "Environment") == f"MPLCONFIGDIR=%C/{value(unit, 'CacheDirectory')}"


def test_settings_of_the_shell_are_named(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (folder / "data" / "environment").write_text("KOMPAS_CONTACT=a@b.example\n")
    done = subprocess.run(
        [sys.executable, str(folder / "tools" / "schedule.py")],
        capture_output=True,
        text=True,
        check=True,
        env={"KOMPAS_CONTACT": "x", "KOMPAS_WARC_DIR": "x"},
    )
    assert "does not see KOMPAS_WARC_DIR of this shell" in done.stderr


def test_a_scheduler_takes_what_goes_on_later_for_success(tmp_path: Path) -> None:
    service, timer, _ = units(schedule(project(tmp_path / "p"))).values()
    assert "SuccessExitStatus=5 11 12" in service
    assert "Persistent=true" in timer
    assert "\nMemoryMax=1G\n" in service  # a crawl that grows ends before the machine swaps


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv" / "bin").is_dir(), reason="the line runs the .venv of make")
def test_the_cron_line_works_in_a_bare_environment(tmp_path: Path) -> None:
    command = cron_command(units(schedule(ROOT))["crontab"])
    command = command.replace("data/crawl.log", str(tmp_path / "crawl.log"))
    with serve(Site(40)) as server:
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


def test_a_reader_that_leaves_ends_it_without_a_word() -> None:
    here, there = os.pipe()
    os.close(here)
    command = [sys.executable, "-m", "tools.schedule"]
    with os.fdopen(there, "wb") as closed:
        said = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (said.returncode, said.stderr) == (0, b"")


def test_without_a_scheduler_nothing_is_installed(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    shutil.rmtree(folder / ".venv")
    before = sorted(tmp_path.rglob("*"))
    assert "Nothing is installed yet" in schedule(folder, home=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_installing_writes_the_units_of_the_user(folder: Path, tmp_path: Path) -> None:
    text = schedule(folder, "systemd", *TOPIC, home=tmp_path)
    home = tmp_path / ".config" / "systemd" / "user"
    (service, timer) = sorted(unit.name for unit in home.iterdir())
    assert service.removesuffix("service") == timer.removesuffix("timer")
    assert f"systemctl --user enable --now {timer}" in text
    assert units(schedule(folder, *TOPIC))[service].strip() == (home / service).read_text().strip()


def test_units_of_another_folder_stay(tmp_path: Path) -> None:
    schedule(project(tmp_path / "one"), "systemd", home=tmp_path)
    other = project(tmp_path / "two")
    done = said(other, "systemd", home=tmp_path)
    assert done.returncode == 2
    assert f"scheduled for {tmp_path / 'one'}; choose another --name" in done.stderr
    schedule(other, "systemd", "--name", "kompas-two", home=tmp_path)
    assert len(list((tmp_path / ".config" / "systemd" / "user").iterdir())) == 4


def test_units_of_a_folder_that_was_moved_are_written_again(folder: Path, tmp_path: Path) -> None:
    schedule(folder, "systemd", home=tmp_path)
    moved = folder.rename(tmp_path / "moved")
    schedule(moved, "systemd", home=tmp_path)
    home = tmp_path / ".config" / "systemd" / "user"
    assert len(list(home.iterdir())) == 2
    assert value((home / "kompas-crawler.service").read_text(), "WorkingDirectory") == str(moved)


CRONTAB = """#!/bin/sh
[ "$1" = - ] && exec cat >"$HOME/tab"
[ -e "$HOME/tab" ] || { echo "no crontab for you" >&2; exit 1; }
cat "$HOME/tab"
"""


@pytest.fixture
def crontab(tmp_path: Path) -> Path:
    """The file of a crontab, which the program ``crontab`` of this home reads and writes."""
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(CRONTAB)
    program.chmod(0o755)
    return tmp_path / "tab"


def test_cron_keeps_the_lines_of_others_and_replaces_ours(
    folder: Path, tmp_path: Path, crontab: Path
) -> None:
    schedule(folder, "cron", home=tmp_path)
    with crontab.open("a") as tab:
        tab.write("0 * * * * echo mine\n")
    schedule(folder, "cron", *TOPIC, home=tmp_path)
    schedule(folder, "cron", "--every", "30", home=tmp_path)
    lines = crontab.read_text().splitlines()
    assert [line[:12].split(" cd")[0] for line in lines] == [
        "0 * * * * ec",
        "0 6 * * *",
        "*/30 * * * *",
    ]


def test_cron_replaces_the_line_of_a_folder_that_was_moved(
    folder: Path, tmp_path: Path, crontab: Path
) -> None:
    other = project(tmp_path / "other")
    schedule(other, "cron", home=tmp_path)
    schedule(folder, "cron", home=tmp_path)
    moved = folder.rename(tmp_path / "moved")
    schedule(moved, "cron", home=tmp_path)
    of_other, ours = crontab.read_text().splitlines()
    assert f" cd {other} " in of_other
    assert f" cd {moved} " in ours


def test_the_file_of_its_settings_is_the_users_alone(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    file = folder / "data" / "environment"
    schedule(folder, "systemd", home=tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("KOMPAS_CONTACT=a@b.example\n")
    schedule(folder, "systemd", home=tmp_path)
    assert file.read_text() == "KOMPAS_CONTACT=a@b.example\n"


def test_control_a_file_made_by_hand_may_be_read_by_others(tmp_path: Path) -> None:
    made = tmp_path / "environment"
    subprocess.run(["sh", "-c", f": >'{made}'"], check=True, umask=0o022)
    assert stat.S_IMODE(made.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["launchd"], "invalid choice: 'launchd'"),
        (["crawl", "kompas"], "commands and their options stand after --"),
        (["--every", ""], "write minutes that divide an hour"),
        (["--name", ""], "--name takes letters"),
        (["--at", "06:00,18:00"], "repeat --at for more"),
        (["--evry", "1h"], "unknown option --evry; commands and their options stand after --"),
        (["--then", "status"], "unknown option --then"),
        (["--every", "1h", "--at", "06:00"], "--at and --every: choose one"),
        (["--at", "25:00"], "--at 25:00: write a time such as 06:00"),
        (["--at", "Senin 06:00"], "the days are Sun, Mon"),
        (["--every", "7"], "write minutes that divide an hour"),
        (["--every", "60"], "write minutes that divide an hour"),
        (["--every", "24h"], "write minutes that divide an hour"),
        (["--", "crawl", "kompas", "--then"], "a command is missing"),
        (["--", "export", "a\\b.csv"], "a backslash or line break"),
        (["--name", "../x"], "--name takes letters"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(words: list[str], line: str, tmp_path: Path) -> None:
    done = said(project(tmp_path / "project"), *words)
    assert done.returncode == 2
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_passes_quoted_words_on(folder: Path) -> None:
    shutil.copy(ROOT / "Makefile", folder)
    shutil.rmtree(folder / ".venv")
    command = ["make", "schedule", f"ARGS={shlex.join(TOPIC).replace('$', '$$')}"]
    done = processes.run(command, cwd=folder, env=dict(os.environ), timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == schedule(folder, *TOPIC).strip()


@pytest.mark.parametrize(
    ("zone", "line"), [("UTC", "# 06:00 here is 13:00 in Jakarta"), ("WIB-7", "")]
)
def test_times_of_another_zone_are_shown_in_jakarta_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, line: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    printed = schedule(project(tmp_path / "project"), *TOPIC)
    assert ("in Jakarta" in printed) == bool(line)
    assert line in printed


def test_an_installation_says_what_its_times_are_in_jakarta(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    folder = project(tmp_path / "project")
    line = "\n06:00 here is 13:00 in Jakarta (WIB).\n"
    assert line in schedule(folder, "systemd", *TOPIC, home=tmp_path)
    assert line not in schedule(folder, "systemd", "--every", "30", home=tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (tmp_path / "file").write_text("")
    done = said(folder, "systemd", "--", "backup", str(tmp_path / "file" / "b.db"), home=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"make schedule: cannot write {tmp_path / 'file'}: File exists\n"


def test_a_command_may_begin_with_scrapy(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    words = ["scrapy", "crawl", "kompas"]
    assert schedule(folder, "--", *words) == schedule(folder)
    twice = schedule(folder, "--", *words, "--then", *words)
    assert "scrapy scrapy" not in twice
    assert said(folder, "--", "scrapy").returncode == 2


WRONG = {
    "export data/a.csv --tags banjir": "scrapy export has no option --tags; did you mean '--tag'?",
    "status --jsn": "scrapy status has no option --jsn; did you mean '--json'?",
    "crawl kompas -a tag=banjir": "crawl kompas has no argument tag; did you mean 'tags'?",
    "crawl kompas --then crawl indeks -a from=2024-01-01": "crawl indeks has no argument from",
}
RIGHT = (
    "export data/a.csv --tag=banjir --sec money --logfile=data/a.log",
    "crawl kompas -a tags=banjir -a _job=7 -s DOWNLOAD_DELAY=5 -O data/a.csv --quiet",
    "crawl an_own_spider -a anything=1",
    "browse --port 8001 --query=a",
)


@pytest.mark.parametrize(("line", "refusal"), [*WRONG.items(), *((one, "") for one in RIGHT)])
def test_what_a_command_would_refuse_is_not_scheduled(
    line: str, refusal: str, tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    assert said(folder, "--", *line.split()).returncode == 0  # the options are not known
    shutil.copytree(ROOT / "docs" / "reference", folder / "docs" / "reference")
    done = said(folder, "--", *line.split())
    assert (done.returncode, refusal in done.stderr) == (2 if refusal else 0, True)


def test_a_misspelt_command_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    assert said(folder, "--", "exprot", "data/a.csv").returncode == 0  # the commands are not known
    shutil.copytree(ROOT / "kompas_crawler" / "commands", folder / "kompas_crawler" / "commands")
    refused = said(folder, "--", "exprot", "data/a.csv")
    assert refused.returncode == 2
    assert "'exprot' is no command of this project; did you mean 'export'?" in refused.stderr
    for words in (["crawl", "kompas"], ["copy-archive", "x"], ["export", "data/a.csv"]):
        assert said(folder, "--", *words).returncode == 0
