"""``scrapy forget``: nothing of the article stays, and nothing brings it back."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive import database, runs
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier.admit import admit
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.archive.store import forget
from kompas_crawler.archive.store.articles import note_aliases
from kompas_crawler.items import Related
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.urls import short_code
from tests.archive.build import NOW, article, candidate, key, states, url
from tests.commands.calling import call, fill, opened
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from kompas_crawler.items import FetchedArticle

ALIAS = "https://health.kompas.com/read/24A15000001126/rahasiakata"


def secret(**changes: object) -> FetchedArticle:
    """An article whose every part holds the same word."""
    word = "rahasiakata"
    return article(
        1,
        2,
        **{
            "title": f"Judul {word}",
            "url": f"{url(1)}-{word}",
            "summary": word,
            "body": (f"Isi {word} satu.", "Dua."),
            "authors": (word,),
            "editors": ("Budi Hartono",),
            "tags": (word, "Banjir"),
            **changes,
        },
    )


def store_secret(database_url: str) -> None:
    """Store the article, correct it, list it under its title and an alias, and link to both."""
    told = tuple(Related(url=u, title="Judul rahasiakata") for u in (secret().url, ALIAS))
    other = article(2, 3)
    other = article(2, related=(*told, *other.related))
    fill(database_url, secret(), other, secret(title="Judul rahasiakata lagi"))
    with opened(database_url) as engine, engine.begin() as connection:
        asked = {"urls": f"{secret().url},{url(2)}"}
        runs.start(connection, spider="kompas", arguments=asked, now=NOW, mirror=None)
        admit(connection, [candidate(1, title="Judul rahasiakata"), candidate(2)], NOW)
        admit(connection, [candidate(3)], NOW)
        connection.exec_driver_sql(
            f"update frontier set key = '24A15000001126', url = '{ALIAS}' where key = '{key(3)}'"
        )
        note_aliases(connection, key(1), [ALIAS], NOW)
        lists = "update frontier set reason = '{}' where key = '{}'"
        redirected = f"redirected to {secret().url}, then to {url(2)}"
        connection.exec_driver_sql(lists.format(redirected, key(2)))


def everything(database_url: str) -> str:
    """All values of all tables."""
    with opened(database_url) as engine, engine.connect() as connection:
        listed = (
            "select name from sqlite_master where type = 'table'"
            if connection.dialect.name == "sqlite"
            else "select tablename from pg_tables where schemaname = 'public'"
        )
        tables = connection.exec_driver_sql(listed).scalars().all()
        return "\n".join(
            str(row)
            for table in tables
            for row in connection.exec_driver_sql(f'select * from "{table}"')
        )


def test_nothing_of_it_stays_but_a_tombstone(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store_secret(database_url)
    assert "rahasiakata" in everything(database_url)
    assert call("forget", database_url, key(1)) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"forgot {key(1)} (")
    assert "its text, 1 revision, 2 names, 2 tags, 0 pictures, 1 link\n" in said
    assert "\nreports and backups made before may contain it: " in said
    assert "rahasiakata" not in everything(database_url)
    with opened(database_url) as engine, engine.connect() as connection:
        assert states(connection) == {
            key(1): "forgotten",
            key(2): "pending",
            "24A15000001126": "forgotten",
        }
        found = connection.exec_driver_sql("select name from people").scalars().all()
        assert sorted(found) == ["Budi Hartono", "Sari Dewi"]
        tags = connection.exec_driver_sql("select name from tags").scalars().all()
        assert sorted(tags) == ["Banjir", "Gempa"]
        told = f"select reason from frontier where key = '{key(2)}'"
        left = f"redirected to {url(1).removesuffix('/artikel-1')} then to {url(2)}"
        assert connection.exec_driver_sql(told).scalar() == left
        asked = connection.exec_driver_sql("select cast(arguments as text) from runs").scalar()
        assert url(2) in str(asked)
        assert f"{url(1).removesuffix('/artikel-1')}," in str(asked)
    reader = Reader(database_url, Path.cwd())
    (other,) = reader.articles(Filters())
    reader.close()
    assert other.id == key(2)
    bare = [url(1).removesuffix("/artikel-1"), ALIAS.removesuffix("/rahasiakata"), url(3)]
    assert [link.url for link in other.related] == bare
    assert [link.title for link in other.related] == [None, None, "Judul 3"]
    assert "2 links of other articles to it stay, without its title\n" in said


def test_its_signatures_go_those_of_former_texts_too(database_url: str) -> None:
    fill(database_url, secret(), article(2), secret(body=("Isi yang lain sama sekali hari ini.",)))
    with opened(database_url) as engine, engine.connect() as connection:
        count = "select count(*) from signatures where article_id = 1"
        assert connection.exec_driver_sql(count).scalar() == 2
    assert call("forget", database_url, key(1)) == 0
    with opened(database_url) as engine, engine.connect() as connection:
        left = connection.exec_driver_sql("select distinct article_id from signatures").scalars()
        assert left.all() == [2]


def test_no_byte_of_it_stays_in_the_file(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store_secret(sqlite_url)
    with sqlite3.connect(path) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    assert b"rahasiakata" in path.read_bytes()
    assert call("forget", sqlite_url, key(1)) == 0
    for file in path.parent.glob("kompas.db*"):
        assert b"rahasiakata" not in file.read_bytes(), file


def store_without_zeroing(sqlite_url: str) -> Path:
    """The same on an SQLite that zeroes nothing: words in freed pages and between rows."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store_secret(sqlite_url)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma secure_delete = off")
    connection.execute("insert into tags (name) values ('rahasiakata di antara baris')")
    connection.execute("delete from tags where name like 'rahasiakata di%'")
    connection.execute("create table old (text)")
    connection.execute("insert into old values (?)", ["rahasiakata " * 5000])
    connection.execute("drop table old")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return path


def holding(path: Path) -> list[str]:
    """The files of the archive that hold the word."""
    files = sorted(path.parent.glob("kompas.db*"))
    return [file.name for file in files if b"rahasiakata" in file.read_bytes()]


def test_no_byte_stays_that_was_freed_without_zeroing(sqlite_url: str) -> None:
    path = store_without_zeroing(sqlite_url)
    with opened(sqlite_url):  # keeps -wal and -shm in place
        assert call("forget", sqlite_url, key(1)) == 0
        assert holding(path) == []


def test_control_without_vacuum_such_bytes_stay(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "VACUUM", ())
    path = store_without_zeroing(sqlite_url)
    assert call("forget", sqlite_url, key(1)) == 0
    assert holding(path) == ["kompas.db"]


def test_what_could_not_be_erased_is_said_and_erased_by_the_next_forget(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store_without_zeroing(sqlite_url)
    with monkeypatch.context() as patched:
        patched.setattr(forget, "VACUUM", ("fails",))
        assert call("forget", sqlite_url, key(1)) == 6
    said = capsys.readouterr()
    assert said.out.startswith("forgot ")
    assert said.err.startswith(
        "it is forgotten, but the file still contains its text; to erase it, forget it again"
    )
    assert holding(path) != []
    assert call("forget", sqlite_url, key(1)) == 1
    assert "was forgotten on request" in capsys.readouterr().err
    assert holding(path) == []


def test_a_large_archive_is_rewritten_also_if_the_reader_of_a_pipe_has_left(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store_without_zeroing(sqlite_url)
    monkeypatch.setattr("kompas_crawler.archive.read.doctor.LARGE", 0)
    there, here = os.pipe()
    os.close(there)
    with os.fdopen(here, "w") as left:
        monkeypatch.setattr("sys.stdout", left)
        assert call("forget", sqlite_url, key(1)) == 1
    assert holding(path) == []


def test_a_reader_that_keeps_the_log_is_named(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    store_secret(sqlite_url)
    reader = Reader(sqlite_url, Path.cwd())
    with reader.snapshot() as connection:
        connection.exec_driver_sql("select count(*) from articles").scalar()
        assert call("forget", sqlite_url, key(1)) == 6
    reader.close()
    assert "another program reads the archive and blocks its log" in capsys.readouterr().err
    assert call("forget", sqlite_url, key(1)) == 1
    assert holding(Path(sqlite_url.removeprefix("sqlite:///"))) == []


@pytest.mark.parametrize("name", [key(1), url(1), f"{url(1)}?page=2", ALIAS])
def test_any_name_will_do(sqlite_url: str, name: str) -> None:
    store_secret(sqlite_url)
    assert call("forget", sqlite_url, name) == 0
    assert "rahasiakata" not in everything(sqlite_url)


def test_dry_run_changes_nothing(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    store_secret(database_url)
    before = everything(database_url)
    assert call("forget", database_url, key(1), "--dry-run") == 0
    assert capsys.readouterr().out.startswith(f"would forget {key(1)} (")
    assert everything(database_url) == before


def test_a_running_crawl_is_not_disturbed(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store_secret(database_url)
    engine = open_engine(read_url(database_url, Path.cwd()))
    lock = ArchiveLock(engine)
    lock.acquire()
    try:
        assert call("forget", database_url, key(1)) == 5
        assert call("forget", database_url, key(1), "--dry-run") == 0
    finally:
        lock.release()
        engine.dispose()
    assert "another crawl is running" in capsys.readouterr().err
    assert "rahasiakata" in everything(database_url)


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        (key(7), 1, "the archive does not know the article"),
        ("banjir", 2, "neither an article's key"),
        (key(1), 1, "was forgotten on request; it is not fetched again"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], name: str, code: int, line: str
) -> None:
    store_secret(sqlite_url)
    assert call("forget", sqlite_url, key(1)) == 0
    capsys.readouterr()
    assert call("forget", sqlite_url, name) == code
    said = capsys.readouterr()
    assert line in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def test_one_that_was_never_stored_can_be_kept_out(sqlite_url: str) -> None:
    fill(sqlite_url)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        admit(connection, [candidate(1, title="rahasiakata")], NOW)
    assert call("forget", sqlite_url, key(1)) == 0
    assert "rahasiakata" not in everything(sqlite_url)
    with opened(sqlite_url) as engine, engine.connect() as connection:
        assert states(connection) == {key(1): "forgotten"}


def test_copies_of_it_are_named_and_have_an_original_again(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body = ("Satu teks yang sama.", "Kalimat kedua.")
    fill(database_url, *(article(n, body=body) for n in (1, 2, 3)))
    assert call("forget", database_url, key(1)) == 0
    line = f"the same text, or a part of it, is still stored as: {key(2)}, {key(3)}"
    assert line in capsys.readouterr().out
    reader = Reader(database_url, Path.cwd())
    found = {a.id: a.duplicate_of for a in reader.articles(Filters(with_duplicates=True))}
    reader.close()
    assert found == {key(2): None, key(3): key(2)}


def test_exports_that_hold_it_are_named(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1), article(2))
    for name, tag in (("with.csv", "banjir"), ("without.csv", "tsunami")):
        assert call("export", sqlite_url, str(tmp_path / name), "--tag", tag, "--allow-empty") == 0
    capsys.readouterr()
    assert call("forget", sqlite_url, key(1)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"an export contains it: {tmp_path / 'with.csv'}"
    assert not any("without" in line for line in lines)


def test_an_export_is_named_wherever_it_went(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The archive has recorded it; one that is gone since is not named."""
    fill(database_url, article(1), article(2))
    folder = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    for name in ("kept.csv", "gone.csv", "alone.csv"):
        assert call("export", database_url, str(folder / name)) == 0
    (folder / "gone.csv").unlink()
    (folder / "alone.csv.datapackage.json").unlink()
    capsys.readouterr()
    assert call("forget", database_url, key(1)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].startswith("searched for exports below /")
    assert lines[-3].endswith(", and 3 recorded files")
    held = [f"an export contains it: {folder / name}" for name in ("alone.csv", "kept.csv")]
    assert sorted(lines[-2:]) == held
    with opened(database_url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("delete from exports")  # the control
    assert call("forget", database_url, key(2)) == 0
    assert "an export" not in capsys.readouterr().out


def test_an_export_on_another_machine_is_named_by_its_period(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1), article(2))
    for name, tag in (("fits.csv", "banjir"), ("empty.csv", "tsunami")):
        assert call("export", sqlite_url, str(tmp_path / name), "--tag", tag, "--allow-empty") == 0
    with opened(sqlite_url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("update exports set host = 'lain', path = '/x' || path")
    for path in tmp_path.glob("*.csv*"):
        path.unlink()
    capsys.readouterr()
    assert call("forget", sqlite_url, key(1), "--dry-run") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"an export may contain it: lain:/x{tmp_path / 'fits.csv'}"
    assert sum("an export" in line for line in said) == 1


def test_what_a_killed_export_left_is_named(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    left = tmp_path / ".kompas.csv.k2_x81ab.part"
    left.write_text("half")
    assert call("forget", sqlite_url, key(1)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"an export was not finished and may contain it: {left}"


@pytest.mark.slow
def test_no_later_crawl_brings_it_back(sqlite_url: str, tmp_path: Path) -> None:
    """Not by its links, not when asked for by any of its addresses, not at an alias never seen.

    Nor do the articles that link to it, or list it, bring back its title.
    """
    site = Site(40)
    named = {link.key for a in site.articles for link in a.read_also}
    chosen = next(a for a in site.articles if a.aliases and a.key in named and not a.duplicate_of)
    short = [url for url in chosen.aliases if short_code(url)]
    assert short
    with serve(site) as server:

        def run(**arguments: Any) -> Crawled:
            return crawl(
                "kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path, **arguments
            )

        run(urls=chosen.url)
        assert call("show", sqlite_url, chosen.key) == 0
        assert call("forget", sqlite_url, chosen.key) == 0
        run()
        run(gaps="1")
        asked = run(urls=",".join([chosen.url, *chosen.aliases]))
    assert asked.stats["articles/forgotten"] == len(short)
    assert call("show", sqlite_url, chosen.key) == 1
    assert chosen.paragraphs[0] not in everything(sqlite_url)
    assert chosen.title not in everything(sqlite_url)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        links = connection.exec_driver_sql(
            f"select url, title from links where target_key = '{chosen.key}'"
        ).all()
        connection.exec_driver_sql("delete from runs")  # which say what was asked for
    assert {tuple(link) for link in links} == {(chosen.url.rpartition("/")[0], None)}
    assert chosen.url.rpartition("/")[2] not in everything(sqlite_url)
    with opened(sqlite_url) as engine, engine.connect() as connection:
        assert states(connection)[chosen.key] == "forgotten"


def test_a_misspelt_setting_reaches_no_other_archive(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else ``-s KOMPAS_DATABSE_URL=`` of a backup would forget it in the archive itself."""
    store_secret(sqlite_url)
    before = everything(sqlite_url)
    told = "forget: KOMPAS_DATABSE_URL is not a setting; did you mean KOMPAS_DATABASE_URL?"
    assert call("forget", sqlite_url, key(1), KOMPAS_DATABSE_URL="sqlite:///backup.db") == 4
    assert capsys.readouterr().err == f"scrapy {told}\n"
    assert everything(sqlite_url) == before
