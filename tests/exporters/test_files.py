"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, DiskFull, UsageProblem
from kompas_crawler.exporters import formats
from kompas_crawler.exporters.files import sha256, whole_file
from kompas_crawler.exporters.formats import EDGES, target

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.csv"
    with whole_file(path) as whole:
        whole.file.write(b"id\n")
        assert not path.exists()
    assert path.read_bytes() == b"id\n"
    assert whole.sha256 == hashlib.sha256(b"id\n").hexdigest() == sha256(path)
    assert whole.size == 3


def test_a_packed_file_is_the_same_for_the_same_rows(tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        with whole_file(tmp_path / name, is_gzip=True) as whole:
            whole.file.write(b"id\n")
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"id\n"
    assert whole.sha256 == sha256(tmp_path / "b.csv.gz")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EIO, "Input/output error"), UsageProblem),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_failure_leaves_the_former_file_and_nothing_else(
    tmp_path: Path, raised: BaseException, expected: type[BaseException]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"former")

    def write() -> None:
        with whole_file(path) as whole:
            whole.file.write(b"half")
            raise raised

    with pytest.raises(expected):
        write()
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_bytes() == b"former"


def test_a_place_that_is_no_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageProblem, match="cannot write"), whole_file(tmp_path / "file" / "a.csv"):
        pass


@pytest.mark.parametrize(
    ("name", "known", "error"),
    [
        ("a.txt", formats.ARTICLES, "no export format for 'a.txt'; known are: .csv .json"),
        ("a", formats.ARTICLES, "no export format"),
        ("a.gz", formats.ARTICLES, "no export format"),
        ("a.json", EDGES, "known are: .csv .graphml"),
    ],
)
def test_an_unknown_suffix_is_refused(
    name: str, known: dict[str, formats.Format], error: str
) -> None:
    with pytest.raises(UsageProblem, match=error):
        target(name, known)


@pytest.mark.parametrize(
    ("name", "stem", "month"),
    [
        ("x/kompas.csv", "kompas", "kompas-2024-01.csv"),
        ("kompas.v2.JSONL.gz", "kompas.v2", "kompas.v2-2024-01.JSONL.gz"),
    ],
)
def test_a_month_has_a_name_of_its_own(name: str, stem: str, month: str) -> None:
    assert target(name).stem == stem
    assert target(name).of_month("2024-01").path.name == month


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.parquet", "install it with: pip install -e '.[parquet]'"),
        ("a.xlsx.gz", "install it with: pip install -e '.[excel]'"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda package: None)
    with pytest.raises(CrawlError) as caught:
        _ = target(name).write
    assert isinstance(caught.value, ConfigurationProblem)
    assert str(caught.value).endswith(line)
