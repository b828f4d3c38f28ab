"""A stage for the steps: a small site, an archive of it, and commands run in this process."""

from __future__ import annotations

import io
import shutil
import signal
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from scrapy import cmdline

from kompas_crawler.sample.demo.programs import Done, Programs
from kompas_crawler.sample.demo.screen import Screen
from kompas_crawler.sample.demo.stage import EVENING, Stage
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import crawl, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def site() -> Site:
    """Two days of light articles, with what the demo needs: hours of the evening among them."""
    return Site(100, per_day=50)


class InProcess(Programs):
    """Runs the commands of the demo in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]:
        return [self.one(words, dict(settings)) for words in commands]

    def one(self, words: Sequence[str], settings: dict[str, str]) -> Done:
        mirror = settings.pop("KOMPAS_MIRROR")
        url = settings.pop("KOMPAS_DATABASE_URL")
        if words[0] == "crawl":
            given = dict(word.split("=") for word in words[3::2])
            done = crawl(
                words[1],
                mirror=mirror,
                database_url=url,
                folder=self.folder,
                settings=settings,
                **given,
            )
            return Done(int(done.code), "", done.end)
        answer = io.StringIO()
        with redirect_stdout(answer), pytest.raises(SystemExit) as ended:
            cmdline.execute(["scrapy", *words], settings_for(mirror, url, self.folder))
        return Done(int(ended.value.code or 0), answer.getvalue(), "")


@pytest.fixture(scope="session")
def _crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the site, after the first step."""
    folder = tmp_path_factory.mktemp("crawled")
    url = f"sqlite:///{(folder / 'demo.db').as_posix()}"
    with serve(site()) as server:
        now = {"KOMPAS_NOW": EVENING.isoformat(), "KOMPAS_REVISIT": "6h,1d,7d"}
        done = crawl("kompas", mirror=server.url, database_url=url, folder=folder, settings=now)
    assert done.code == 0, done.end
    return folder / "demo.db"


@pytest.fixture
def output() -> io.StringIO:
    """The output of the steps."""
    return io.StringIO()


@pytest.fixture
def screen(output: io.StringIO) -> Screen:
    return Screen(Console(file=output, width=100, highlight=False, emoji=False))


@pytest.fixture
def stage(_crawled: Path, tmp_path: Path, screen: Screen) -> Iterator[Stage]:
    """The stage after the first step."""
    shutil.copy(_crawled, tmp_path / "demo.db")
    with serve(site()) as server:
        yield Stage(screen=screen, server=server, programs=InProcess(tmp_path), folder=tmp_path)


@pytest.fixture
def _handlers() -> Iterator[None]:
    """The handlers of signals that the command sets are the test's again afterwards."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
