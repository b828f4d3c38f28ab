"""Exports that hold an article are found by their data packages, in every format."""

from __future__ import annotations

import tempfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.store.exports import RecordedExport
from kompas_crawler.exporters import excel_file, find, formats
from kompas_crawler.exporters.find import Contains, exports_of
from tests.archive.build import article, key
from tests.commands.calling import call, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES = [suffix for suffix in formats.ARTICLES if suffix != ".wacz"]  # it needs captures


def found(folder: Path, number: int) -> dict[str, Contains]:
    return {export.path.name: export.contains for export in exports_of(key(number), [folder])}


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".csv.gz", ".parquet.gz", ".XLSX.gz", ".CSV.GZ"])
@pytest.mark.parametrize("fields", ["id,body", "url,body"])
def test_an_export_that_names_the_article_holds_it(
    sqlite_url: str, tmp_path: Path, suffix: str, fields: str
) -> None:
    fill(sqlite_url, article(1))
    path = tmp_path / "deep" / f"a{suffix}"
    assert call("export", sqlite_url, str(path), "--fields", fields) == 0
    assert found(tmp_path, 1) == {path.name: Contains.YES}
    assert found(tmp_path, 2) == {}


def test_an_export_without_names_may_hold_it_by_its_period(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), "--fields", "body,source") == 0
    assert found(tmp_path, 1) == {"a.csv": Contains.MAYBE}
    (tmp_path / "a.csv").unlink()
    assert found(tmp_path, 1) == {}


def test_without_pyarrow_the_period_decides(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    assert call("export", sqlite_url, str(tmp_path / "a.parquet")) == 0
    monkeypatch.setattr(find, "find_spec", lambda package: None)
    assert found(tmp_path, 1) == {"a.parquet": Contains.MAYBE}


def test_a_broken_file_is_named_rather_than_missed(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    assert call("export", sqlite_url, str(tmp_path / "a.xlsx")) == 0
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    for other, contains in (
        ("{", {"b.csv": Contains.MAYBE}),
        ('{"columns": [{}]}', {"b.csv": Contains.MAYBE}),
        ("[]", {}),
        ('{"name": "of another program", "resources": []}', {}),
    ):
        (tmp_path / "b.csv.datapackage.json").write_text(other)
        assert found(tmp_path, 1) == {"a.xlsx": Contains.MAYBE} | contains


def test_a_broken_gzip_file_is_named_rather_than_missed(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    path = tmp_path / "a.csv.gz"
    assert call("export", sqlite_url, str(path), "--fields", "id") == 0
    whole = path.read_bytes()
    for broken in (whole[:-12], whole[:12] + b"\xff" * 20, b"", b"id"):
        path.write_bytes(broken)
        assert set(found(tmp_path, 1).values()) <= {Contains.MAYBE, Contains.YES}


def test_an_export_of_the_first_release_is_found(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    path = tmp_path / "a.csv"
    assert call("export", sqlite_url, str(path)) == 0
    (tmp_path / "a.csv.datapackage.json").unlink()
    old = tmp_path / "a.csv.manifest.json"
    old.write_text('{"fields": ["id"]}')
    assert found(tmp_path, 1) == {"a.csv": Contains.YES}
    assert call("export", sqlite_url, str(path)) == 0
    assert not old.exists()  # it described the former file


def test_a_leftover_of_a_killed_export_is_named(sqlite_url: str, tmp_path: Path) -> None:
    left = tmp_path / "deep" / ".kompas.csv.k2_x81ab.part"
    left.parent.mkdir()
    left.write_text("half")
    for beside in ("manifest", "datapackage"):
        (left.parent / f".kompas.csv.{beside}.json.k2_x81ab.part").write_text("{")
    (left.parent / "movie.part").write_text("of another program")
    assert found(tmp_path, 1) == {left.name: Contains.UNFINISHED}


def test_sheets_of_a_killed_excel_export_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[find.Export] = []

    def rows() -> Iterator[dict[str, str]]:
        seen.extend(find.unfinished_sheets())
        yield {"id": "1"}

    excel_file.write(rows(), BytesIO(), ["id"])
    assert [(export.path.parent, export.contains) for export in seen] == [
        (tmp_path, Contains.UNFINISHED)
    ]
    assert find.unfinished_sheets() == []


def test_a_sign_on_the_border_of_two_blocks_is_found(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "_BLOCK", 16)
    fill(sqlite_url, article(1))
    assert call("export", sqlite_url, str(tmp_path / "a.jsonl")) == 0
    assert found(tmp_path, 1) == {"a.jsonl": Contains.YES}


def test_older_exports_beside_a_recorded_one_are_found(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    for name in ("old.csv", "new.csv", "deep/other.csv"):
        assert call("export", sqlite_url, str(tmp_path / "out" / name)) == 0
    (tmp_path / "out" / ".next.csv.k2_x81ab.part").write_text("half")
    recorded = [RecordedExport("", tmp_path / "out" / "new.csv", {"fields": ["id"]})]
    exports = exports_of(key(1), [tmp_path / "empty"], recorded)
    assert {export.path.name: export.contains for export in exports} == {
        "old.csv": Contains.YES,
        "new.csv": Contains.YES,
        ".next.csv.k2_x81ab.part": Contains.UNFINISHED,
    }
