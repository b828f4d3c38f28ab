"""Run the steps of the demo."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from kompas_crawler.archive.lock import held
from kompas_crawler.sample.demo import contents, crawls
from kompas_crawler.sample.demo.programs import Programs
from kompas_crawler.sample.demo.screen import INDENT, Screen, shown
from kompas_crawler.sample.demo.stage import Stage
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site

ARTICLES = 300
PER_DAY = 50
LOG = "demo.log"
_FORMER = ("demo.db*", "demo-health.json", "demo.csv*", "demo.json*", LOG)


def sample_site() -> Site:
    """The site of the demo: six days, one article already corrected."""
    site = Site(ARTICLES, per_day=PER_DAY)
    site.correct(crawls.to_correct(site, site.keys_within(2))[:1])
    return site


def play(
    screen: Screen, folder: Path, site: Site, is_interrupted: Callable[[], bool] = lambda: False
) -> None:
    """Run all steps on *site*, with the archive and the exports in *folder*.

    Raises ``Unexpected`` if a result differs from the site, ``KeyboardInterrupt`` once
    *is_interrupted* returns true, ``AlreadyRunning`` if another demo has locked the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with held(folder / ".demo.lock", "another demo is running here"):
        for pattern in _FORMER:
            for path in folder.glob(pattern):
                path.unlink()
        columns = screen.console.width - INDENT
        with serve(site) as server, Programs(folder / LOG, columns, is_interrupted) as programs:
            stage = Stage(screen=screen, server=server, programs=programs, folder=folder)
            crawls.killed(stage)
            contents.stored(stage)
            contents.one_article(stage)
            contents.exports(stage)
            crawls.again(stage)
            crawls.corrected(stage)
            crawls.missing(stage)
            crawls.lying(stage)
            _close(stage, time.monotonic() - began)


def _close(stage: Stage, seconds: float) -> None:
    screen, folder = stage.screen, stage.folder
    screen.gap()
    screen.prove(f"All results equal the sample site, after {seconds:.0f} s")
    screen.pairs(
        (shown(folder / "demo.db"), "the archive: an SQLite database"),
        (shown(folder / "demo.csv"), "the export; so are demo.json and demo.jsonl"),
        (shown(folder / LOG), "the output of the crawls"),
    )
    screen.gap()
    screen.say("Look at the archive of the demo in this terminal, for example at a correction:")
    key = crawls.to_correct(stage.site, stage.keys)[0]
    export = "set" if os.name == "nt" else "export"
    screen.show(Text(f"$ {export} KOMPAS_DATABASE_URL={stage.database_url}", style="bold"))
    screen.command("show", key, "--revisions")
    screen.say("Next, with the real Kompas.com, at one request a second:")
    screen.pairs(
        ("make crawl", "fill or update data/kompas.db"),
        (f"{screen.program} export data/kompas.csv", "export it to a file"),
        (f"{screen.program} gaps", "list what is missing"),
    )
