"""What the spider is told, and what an installation without the extra says."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.project import how_to_install, require
from kompas_crawler.spiders.warc import WarcSpider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.warc.conftest import Keeping


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "files is missing"),
        ({"files": "/nowhere/*.warc.gz"}, "names no file"),
        ({"files": __file__, "dry_run": "perhaps"}, "dry_run"),
        ({"files": __file__, "processes": "0"}, "processes"),
        (
            {"file": "x"},
            r"unknown argument file: did you mean 'files'\? Known are: files",
        ),
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, str], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        WarcSpider(**arguments)


def test_without_the_extra_one_line_says_what_to_install(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "warcio", None)
    with pytest.raises(ConfigurationProblem, match=re.escape(how_to_install("warc"))):
        WarcSpider(files=__file__)
    with pytest.raises(ConfigurationProblem, match="KOMPAS_WARC_DIR needs the package warcio"):
        keeping.crawl()
    assert not keeping.warcs.exists()


@pytest.mark.slow
def test_all_else_works_without_the_extra() -> None:
    modules = (
        "spiders.warc",
        "extensions.warc_writer",
        "commands.show",
        "commands.crawl",
        "warc.lookup",
    )
    lines = ["import sys", "sys.modules['warcio'] = sys.modules['fastwarc'] = None"]
    lines += [f"import kompas_crawler.{name}" for name in modules]
    subprocess.run([sys.executable, "-c", "; ".join(lines)], check=True)


def test_without_the_setting_nothing_is_kept(keeping: Keeping) -> None:
    crawled = keeping.crawl(limit="3", settings={"KOMPAS_WARC_DIR": ""})
    assert not [name for name in crawled.stats if name.startswith("warc/")]
    assert not keeping.warcs.exists()
    assert set(keeping.rows(ArticleRow.warc_file, ArticleRow.warc_digest)) == {(None, None)}


def test_control_with_the_extra_nothing_is_said() -> None:
    require("anything", "warc")


def test_a_folder_that_cannot_be_written_ends_with_4(tmp_path: Path, keeping: Keeping) -> None:
    (tmp_path / "file").write_text("")
    ended = keeping.crawl(settings={"KOMPAS_WARC_DIR": str(tmp_path / "file")})
    assert ended.code == 4
    assert "cannot write KOMPAS_WARC_DIR (" in ended.end
    assert not keeping.server.requests
