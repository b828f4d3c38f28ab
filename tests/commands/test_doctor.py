"""``scrapy doctor``: each thing that keeps a crawl from working is named, with advice."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.settings import Settings
from sqlalchemy import make_url

from kompas_crawler import project
from kompas_crawler import settings as project_settings
from kompas_crawler.archive import runs
from kompas_crawler.archive.read import doctor
from kompas_crawler.archive.store import articles
from kompas_crawler.cli import checks
from kompas_crawler.cli.checks import Level
from kompas_crawler.project import how_to_install
from tests.archive.build import NOW, article
from tests.commands.calling import call, fill, opened
from tests.conftest import ROOT

if TYPE_CHECKING:
    pass

MIRROR = "http://127.0.0.1:9"


def levels(said: str) -> dict[str, str]:
    """The worst level of each subject."""
    order = {"ok": 0, "warn": 1, "bad": 2}
    found: dict[str, str] = {}
    for line in said.splitlines():
        words = line.split()
        if words and words[0] in order:
            subject = words[1]
            found[subject] = max(found.get(subject, "ok"), words[0], key=order.__getitem__)
    return found


def test_a_fit_machine_is_said_to_be(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database_url)
    assert call("doctor", database_url, KOMPAS_MIRROR=MIRROR) == 0
    found = levels(capsys.readouterr().out)
    assert {found[name] for name in ("program", "database", "clock", "extras")} == {"ok"}
    assert found["site"] == "ok"  # points to scrapy probe
    assert found["settings"] == "warn"  # the mirror


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOMPAS_REVISIT", "often"),
        ("KOMPAS_MIRROR", "http://example.com:80"),
        ("KOMPAS_NOW", "now"),
        ("KOMPAS_CONTACT", "Ünser Haus"),
        ("KOMPAS_PING_URL", "hc-ping.example/key"),
        ("KOMPAS_NOTIFY", "nope://x"),
        ("KOMPAS_MONITORS", "yes"),
        ("KOMPAS_LEASE", "a minute"),
        ("KOMPAS_SCHEDULE", '[["0 6 * *", "kompas", {}]]'),
    ],
)
def test_a_setting_that_cannot_be_read_is_bad(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    assert call("doctor", sqlite_url, **{"KOMPAS_MIRROR": MIRROR, name: value}) == 4
    said = capsys.readouterr().out
    assert levels(said)["settings"] == "bad"
    assert name in said


def test_a_role_that_only_reads_as_documented_reads_and_cannot_crawl(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(postgres_url, article(1))
    owner = make_url(postgres_url)
    reader = owner.set(username=f"reader_of_{owner.database}")
    written = (ROOT / "docs" / "fleet.md").read_text("utf-8")
    grants = written.partition("```sql\n")[2].partition("```")[0]
    with opened(postgres_url) as engine:
        try:
            with engine.begin() as connection:
                for grant in grants.strip().split("\n"):
                    connection.exec_driver_sql(grant.replace("peneliti", str(reader.username)))
            shown = reader.render_as_string(hide_password=False)
            assert call("doctor", shown, KOMPAS_MIRROR=MIRROR) == 4
            assert "may only read" in " ".join(capsys.readouterr().out.split())
            assert call("status", shown, KOMPAS_NOW=NOW.isoformat()) == 0
            assert call("export", shown, str(tmp_path / "a.csv")) == 0
            assert capsys.readouterr().err == ""
        finally:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"drop owned by {reader.username}")
                connection.exec_driver_sql(f"drop role {reader.username}")


@pytest.mark.parametrize(
    ("contact", "level"),
    [
        ("", "warn"),
        ("peneliti", "warn"),
        ("peneliti@localhost", "warn"),
        ("peneliti@kampus.ac.id", None),
        ("mailto:peneliti@kampus.ac.id", None),
        ("https://kampus.ac.id/korpus", None),
    ],
)
def test_a_contact_that_is_neither_address_nor_page_is_named(contact: str, level: Any) -> None:
    settings = Settings()
    settings.setmodule(project_settings)
    settings.set("KOMPAS_CONTACT", contact)
    found = {one.subject: one.level for one in checks.values(settings)}
    assert found.get("contact") == level


def test_a_misspelt_variable_is_named(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOMPAS_DATABSE_URL", "x")
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "KOMPAS_DATABSE_URL is not a setting; did you mean KOMPAS_DATABASE_URL?" in said


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
@pytest.mark.parametrize(("mode", "level"), [(0o600, "ok"), (0o640, "warn"), (0o604, "warn")])
def test_a_file_of_secrets_that_others_may_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, level: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "environment"
    path.parent.mkdir()
    path.write_text("KOMPAS_PING_URL=https://hc.example/token\n")
    path.chmod(mode)
    settings = Settings()
    settings.setmodule("kompas_crawler.settings")
    found = [each for each in checks.values(settings) if each.subject == "settings"]
    assert max(each.level for each in found) == level
    assert [each.advice for each in found if each.level == "warn"] == (
        [f"chmod 600 {path}"] if level == "warn" else []
    )


def test_lines_that_are_not_settings_are_named_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "environment"
    path.parent.mkdir()
    lines = ["KOMPAS_CONTACT mailto:a@b.example", "", "# a note", "", '= "x"', "KOMPAS_REVISIT=1d"]
    path.write_text("\n".join(lines))
    settings = Settings()
    settings.setmodule("kompas_crawler.settings")
    warned = [each.line for each in checks.values(settings) if each.level is Level.WARN]
    assert [line for line in warned if "ignored" in line] == [
        f"{path}: line 1 is ignored",
        f"{path}: line 5 is ignored",
    ]
    assert project.in_file() == {"KOMPAS_REVISIT": "1d"}


def test_a_missing_archive_is_no_fault(
    empty_sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("doctor", empty_sqlite_url, KOMPAS_MIRROR=MIRROR) == 0
    assert "the first crawl creates it" in " ".join(capsys.readouterr().out.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "code", "line"),
    [
        ("0004", 4, "older than the first release"),
        ("0005", 0, "the next crawl upgrades it to"),
        ("9999", 4, "newer"),
    ],
)
def test_a_schema_of_another_release(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], version: str, code: int, line: str
) -> None:
    fill(sqlite_url)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("update alembic_version set version_num = ?", (version,))
    connection.commit()
    connection.close()
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == code
    assert line in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("filled_from", "mirror", "line"),
    [(MIRROR, "", "articles of a mirror"), (None, MIRROR, "articles of the live site")],
    ids=["mirror", "live site"],
)
def test_an_archive_of_another_site_is_bad(
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    filled_from: str | None,
    mirror: str,
    line: str,
) -> None:
    with opened(database_url) as engine, engine.begin() as connection:
        run_id = runs.start(connection, spider="kompas", arguments={}, now=NOW, mirror=filled_from)
        articles.save(connection, [article(1)], run_id=run_id, now=NOW)
    assert call("doctor", database_url, KOMPAS_MIRROR=mirror) == 4
    assert f"this archive contains {line}" in " ".join(capsys.readouterr().out.split())
    assert call("doctor", database_url, KOMPAS_MIRROR=filled_from or "") == 0


def damage(sqlite_url: str) -> None:
    """Overwrite the pages after the schema's, as a failing disk does."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        (first,) = connection.execute(
            "select rootpage from sqlite_master where name = 'articles'"
        ).fetchone()
        (size,) = connection.execute("pragma page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((first - 1) * size)
        file.write(b"\x5a" * size)


def test_damage_is_found_and_comes_with_the_ways_to_repair_it(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    damage(sqlite_url)
    before = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "kompas.db is damaged: " in said
    assert "restore a backup" in said
    assert "sqlite3 kompas.db .recover | sqlite3 new.db" in said
    assert "scrapy crawl warc" in said
    assert Path(sqlite_url.removeprefix("sqlite:///")).read_bytes() == before


def test_control_without_the_check_damage_goes_unseen(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    damage(sqlite_url)
    monkeypatch.setattr(doctor, "damage", lambda url: None)
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == 0


def test_a_file_whose_schema_cannot_be_read_is_damaged_too(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    fill(sqlite_url, article(1))
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\x5a" * 500)
    found = list(checks.database(Settings({"KOMPAS_DATABASE_URL": sqlite_url})))
    assert found[0].level is Level.BAD
    assert "is damaged: SQLite cannot read it" in found[0].line


def test_no_damage_is_said_and_a_large_file_is_read_when_asked(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    settings = Settings({"KOMPAS_DATABASE_URL": sqlite_url})
    assert next(checks.database(settings)).line.endswith("; its integrity check passed")
    monkeypatch.setattr(doctor, "LARGE", 1)
    full = next(checks.database(settings, is_full=True))
    assert full.line.endswith("; its integrity check passed")
    monkeypatch.setattr(doctor, "damage", lambda url: pytest.fail("read without --full"))
    assert next(checks.database(settings)).line.endswith(" GiB are not checked")


def test_ctrl_c_ends_the_look_for_damage(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(sqlite_url)
    go = Event()

    def slow(*_: object, **__: object) -> None:
        if os.name == "posix":  # as the terminal's, which reaches the main thread
            os.kill(os.getpid(), signal.SIGINT)
        else:
            signal.raise_signal(signal.SIGINT)
        go.wait(30)

    monkeypatch.setattr(doctor, "explaining", slow)
    # A job in the background ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    begun = time.monotonic()
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == 12
    assert time.monotonic() - begun < 20
    go.set()
    signal.signal(signal.SIGINT, before)


def test_no_password_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql+psycopg://tim:geheim@127.0.0.1:1/x?password=geheim&connect_timeout=1"
    assert call("doctor", url, KOMPAS_MIRROR=MIRROR) == 4
    said = capsys.readouterr()
    assert levels(said.out)["database"] == "bad"
    assert "geheim" not in said.out + said.err


@pytest.mark.parametrize(
    ("free", "level"), [(100, Level.BAD), (1000, Level.WARN), (10_000, Level.OK)]
)
def test_room_on_the_disk(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    monkeypatch.setattr(doctor, "free_bytes", lambda path: free * checks.MEBIBYTE)
    found = list(checks.database(Settings({"KOMPAS_DATABASE_URL": sqlite_url})))
    assert [one.level for one in found if one.subject == "disk"] == [level]


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("/dev/sda / ext4 rw 0 0\n", "ext4"),
        ("/dev/sda / ext4 rw 0 0\nserver:/x {folder} nfs4 rw 0 0\n", "nfs4"),
        ("server:/x / nfs rw 0 0\n/dev/sdb {folder} xfs rw 0 0\n", "xfs"),
        ("a {folder} cifs rw 0 0\nb {folder} ext4 rw 0 0\n", "ext4"),  # the later lies on top
        ("x {folder}er nfs rw 0 0\ny / ext4 rw 0 0\n", "ext4"),  # begins the same, is another
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(
    tmp_path: Path, mounts: str, kind: str
) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    told = tmp_path / "mounts"
    told.write_text(mounts.format(folder=str(folder).replace(" ", "\\040")))
    assert doctor.file_system(folder / "new" / "kompas.db", told) == kind
    assert doctor.file_system(folder, tmp_path / "none") is None


def test_a_network_drive_is_bad(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "file_system", lambda path: "nfs4")
    assert call("doctor", sqlite_url, KOMPAS_MIRROR=MIRROR) == 4
    assert "or use PostgreSQL" in " ".join(capsys.readouterr().out.split())


def test_a_clock_set_back_behind_the_last_run_is_bad(sqlite_url: str) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        runs.start(connection, spider="kompas", arguments={}, now=later, mirror=None)
    found = checks.clock(Settings({"KOMPAS_DATABASE_URL": sqlite_url}))
    assert [one.level for one in found] == [Level.BAD]


def test_missing_extras_come_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "find_spec", lambda name: None if name == "pyarrow" else name)
    (found,) = checks.extras()
    assert found.level is Level.OK
    assert found.line.endswith("not installed: parquet")
    assert found.advice == f"if needed: {how_to_install('parquet')}"
