"""Step 4: export."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import Exit
from kompas_crawler.exporters.files import sha256
from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.screen import shown

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.sample.demo.stage import Stage

FORMATS = ("csv", "json", "jsonl")


def play(stage: Stage) -> None:
    """Export to each format; expect every article except the duplicates."""
    screen, site = stage.screen, stage.site
    screen.heading(4, "The archive as files")
    wanted = [key for key in sorted(stage.keys) if not site.article(key).duplicate_of]
    copies = len(stage.keys) - len(wanted)
    screen.say(f"{len(stage.keys)} articles, without the {copies} duplicates of others:")
    paths = [stage.folder / f"demo.{suffix}" for suffix in FORMATS]
    ends = stage.run("exporting", *(("export", shown(path)) for path in paths))
    for path, done in zip(paths, ends, strict=True):
        expect(f"exit code of the export to {shown(path)}", done.code, int(Exit.DONE))
        found = ids(path)
        expect(f"articles in {shown(path)}", set(found), set(wanted))
        expect(f"order of the rows in {shown(path)}", found, wanted)
        screen.prove(f"{shown(path)}: {len(found)} rows")
        screen.say(f"  SHA-256 {sha256(path)}", "dim")


def ids(path: Path) -> list[str]:
    """The ids in an exported file, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return [row["id"] for row in csv.DictReader(file)]
        if path.suffix == ".json":
            return [row["id"] for row in json.load(file)]
        return [json.loads(line)["id"] for line in file]
