"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import sys
from pathlib import Path

import pytest

from kompas_crawler import project
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, DiskFull, UsageProblem
from kompas_crawler.exporters import files, formats
from kompas_crawler.exporters.files import OLD_SECONDS, target_name, whole_file, write_text
from kompas_crawler.exporters.formats import EDGES, target
from tests import processes
from tests.conftest import ROOT

needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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


def test_a_symbolic_link_leads_to_the_new_file(tmp_path: Path) -> None:
    real, link = tmp_path / "large" / "a.csv", tmp_path / "a.csv"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link.symlink_to(real)
    with whole_file(link) as whole:
        whole.file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of another kind")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    private, new = tmp_path / "a.csv", tmp_path / "b.csv"
    private.touch()
    private.chmod(mode)
    for path in (private, new):
        write_text(path, "new")
    assert private.stat().st_mode & 0o777 == mode
    os.umask(umask := os.umask(0))
    assert new.stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("address", ["s3://bucket/a.csv", "postgresql://me@host/a.csv"])
def test_an_address_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem, match="cannot write to an address"):
        write_text(Path(address), "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_what_is_no_regular_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "a.csv"
    os.mkfifo(pipe)
    refused = pytest.raises(UsageProblem, match=r"cannot write .*a\.csv: it is not a regular file")
    with refused, whole_file(pipe):
        pass
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
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


KILLED = """
import os, signal, sys
from pathlib import Path
from kompas_crawler.exporters.files import whole_file
with whole_file(Path(sys.argv[1])) as whole:
    whole.file.write(b"half")
    whole.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The target of an export that was killed; its temporary lies beside it."""
    path = tmp_path / "a[1].csv"
    processes.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, timeout=60)
    (left,) = tmp_path.iterdir()
    assert target_name(left) == path.name
    return path


def write(path: Path) -> None:
    with whole_file(path) as whole:
        whole.file.write(b"whole")


@needs_kill
def test_the_next_export_removes_what_a_killed_one_left(killed: Path) -> None:
    other = killed.with_name(".b.csv.k2_x81ab.part")  # of another target
    strange = killed.with_name(f".{killed.name}.part")  # of another program
    for path in (other, strange):
        path.write_bytes(b"theirs")
    write(killed)
    assert set(killed.parent.iterdir()) == {killed, other, strange}
    assert killed.read_bytes() == b"whole"


@needs_kill
def test_control_without_looking_for_it_it_stays(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "leftovers", lambda folder: [])
    write(killed)
    assert len(list(killed.parent.iterdir())) == 2


def test_that_of_a_living_export_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with whole_file(path) as first:
        first.file.write(b"first")
        write(path)
        assert path.read_bytes() == b"whole"
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@needs_kill
def test_control_without_a_lock_it_would_be_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", lambda *_: None)
    with pytest.raises(UsageProblem, match="cannot write"), whole_file(tmp_path / "a.csv"):
        write(tmp_path / "a.csv")


@needs_kill
@pytest.mark.parametrize(("seconds", "is_kept"), [(0, True), (2 * OLD_SECONDS, False)])
def test_without_locks_only_an_old_one_is_removed(
    killed: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, is_kept: bool
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    (left,) = killed.parent.iterdir()
    at = left.stat().st_mtime - seconds
    os.utime(left, (at, at))
    write(killed)
    assert left.exists() is is_kept


@needs_kill
def test_one_taken_away_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Path] = []

    def flock(*_: object) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()

    monkeypatch.setattr("fcntl.flock", flock)
    write(tmp_path / "a.csv")
    assert taken
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


@pytest.mark.parametrize(
    ("name", "known", "error"),
    [
        ("a.txt", formats.ARTICLES, "no export format for 'a.txt'; known are: .csv "),
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
    ("name", "month"),
    [
        ("x/kompas.csv", "kompas-2024-01.csv"),
        ("kompas.v2.JSONL.gz", "kompas.v2-2024-01.JSONL.gz"),
    ],
)
def test_a_month_has_a_name_of_its_own(name: str, month: str) -> None:
    assert target(name).of_month("2024-01").path.name == month


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "parquet"), ("a.xlsx.gz", "excel")])
def test_a_missing_package_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    monkeypatch.setattr(project, "find_spec", lambda package: None)
    with pytest.raises(CrawlError) as caught:
        _ = target(name).write
    assert isinstance(caught.value, ConfigurationProblem)
    assert str(caught.value).endswith(f"install it with: {project.how_to_install(extra)}")
