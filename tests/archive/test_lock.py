"""Locks of files that cannot be made."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from filelock import FileLock

from kompas_crawler.archive import lock
from kompas_crawler.exitcodes import AlreadyRunning, ConfigurationProblem, CrawlError, DiskFull


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EACCES, ConfigurationProblem), (errno.EROFS, ConfigurationProblem)]
    + [(number, DiskFull) for number in (errno.ENOSPC, errno.EDQUOT)],
)
def test_a_lock_that_the_system_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, kind: type[CrawlError]
) -> None:
    """As of a file that another user made, or on a full disk."""

    def refuse(*_: object) -> None:
        raise OSError(number, "refused", "x")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(kind, match=r" write .*kompas\.db\.lock"):
        lock.held(tmp_path / "kompas.db.lock", "in use")


def test_control_one_that_is_held_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "kompas.db.lock"
    first = lock.held(path, "in use")
    with pytest.raises(AlreadyRunning, match="in use"):
        lock.held(path, "in use")
    first.release()
    lock.held(path, "in use").release()
