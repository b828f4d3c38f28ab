"""What is forgotten is named where it is kept as received; reading that brings nothing back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.warc.lookup import files_with
from tests.commands.calling import call

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.warc.conftest import Keeping


def test_forget_names_the_files_that_hold_the_page(
    kept: Keeping, capsys: pytest.CaptureFixture[str]
) -> None:
    [file] = kept.files()
    key = min(kept.site.keys_within(0))
    settings = {"KOMPAS_WARC_DIR": str(kept.warcs)}
    assert call("forget", kept.url, key, **settings) == 0
    assert f"a WARC file contains its page: {file}" in capsys.readouterr().out
    kept.reread()
    assert not [line for line in kept.exported() if line.startswith(f'{{"id": "{key}"')]


def test_where_there_is_no_folder_the_name_is_said(
    kept: Keeping, capsys: pytest.CaptureFixture[str]
) -> None:
    [file] = kept.files()
    assert call("forget", kept.url, min(kept.site.keys_within(0)), "--dry-run") == 0
    assert f"unless it was moved: {file.name}" in capsys.readouterr().out


def test_a_file_without_the_article_is_not_named(kept: Keeping, tmp_path: Path) -> None:
    assert list(files_with({"19990101-000000000"}, kept.warcs)) == []
    assert list(files_with({"19990101-000000000"}, tmp_path / "none")) == []
