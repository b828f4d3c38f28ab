"""The tutorial: its commands and its program print what the page shows."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import WebArchives
from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ScrapyCli

TUTORIAL = ROOT / "docs" / "tutorial.md"
ADDRESS = "http://127.0.0.1:8010"


def blocks(page: Path = TUTORIAL) -> list[tuple[str, str]]:
    """The code blocks of a page: language and content."""
    found = re.findall(r"```(\w*)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [(language, content) for language, content in found]


def program(page: Path) -> tuple[str, str]:
    """The Python program of a page, and the output shown below it."""
    found = blocks(page)
    nth = [language for language, _ in found].index("python")
    return found[nth][1], found[nth + 1][1]


def exports() -> dict[str, str]:
    """The variables that the tutorial sets before its first crawl."""
    (block,) = [content for _, content in blocks() if "export KOMPAS_MIRROR" in content]
    return dict(re.findall(r"^export (\w+)=(.+)$", block, re.MULTILINE))


def commands() -> list[tuple[str, str]]:
    """The commands with a prompt, and the output shown below each."""
    found = []
    for language, content in blocks():
        if not language and content.startswith("$ "):
            for part in content.removeprefix("$ ").split("\n$ "):
                command, _, output = part.partition("\n")
                found.append((command, output))
    return found


def is_shown(expected: str, printed: str) -> bool:
    """Whether *printed* has the lines of *expected*; numbers may differ, ``...`` is any text.

    >>> is_shown("...\\npages 12 in 3 s\\ndone", "INFO: x\\n pages 13 in 10 s\\ndone")
    True
    >>> is_shown("12 pages", "1 page"), is_shown("pages 12", "articles 12")
    (True, False)
    """
    parts = [re.escape(_plain(part)) for part in re.split(r"\.\.\.$", expected, flags=re.M)]
    return re.fullmatch(".*".join(parts), _plain(printed)) is not None


def _plain(text: str) -> str:
    text = re.sub(r"[\d,.]*\d", "0", text)
    text = re.sub(r"\b0 ((?:new )?\w+)s\b", r"0 \1", text)  # "1 list" is some of "5 lists"
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_tutorial_prints_what_it_shows(tmp_path: Path, scrapy_cli: ScrapyCli) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = kompas_crawler.settings\n")
    with serve(Site(300)) as server:
        env = {name: text.replace(ADDRESS, server.url) for name, text in exports().items()}
        for command, expected in commands():
            if "crawl commoncrawl" in command and server.archives is None:
                server.archives = WebArchives(sorted((tmp_path / "data/kept").glob("*.warc.gz")))
            done = scrapy_cli(*shlex.split(command)[1:], env=env, cwd=tmp_path, timeout=100)
            printed = (done.stderr if command.startswith("scrapy crawl") else "") + done.stdout
            assert done.returncode in (0, 11), f"{command}: {done.stderr}"
            assert is_shown(expected, printed), f"{command} printed:\n{printed}"
    kept, filled = (tmp_path / "data" / f"{name}.csv" for name in ("kept", "filled"))
    assert kept.read_bytes() == filled.read_bytes()
    code, shown = program(TUTORIAL)
    done = processes.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, timeout=100)
    assert done.returncode == 0, done.stderr
    assert _plain(done.stdout) == _plain(shown)
    assert (tmp_path / "data" / "articles-by-day.png").stat().st_size > 5_000
    # The page about analysis reads the same export.
    (tmp_path / "data" / "tutorial.csv").rename(tmp_path / "data" / "kompas.csv")
    code, shown = program(ROOT / "docs" / "analysis.md")
    done = processes.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, timeout=100)
    assert done.stdout.split() == shown.split(), done.stderr
