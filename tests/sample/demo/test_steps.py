"""Each step of the demo."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.demo import contents, crawls

if TYPE_CHECKING:
    import io

    from kompas_crawler.sample.demo.stage import Stage


def test_the_sections_are_counted(stage: Stage, output: io.StringIO) -> None:
    contents.stored(stage)
    rows = re.findall(
        r"^ +(\w+) +(\d+) +\d+ +\d+ +\d+  2026-06-\d\d \d\d:\d\d$", output.getvalue(), re.M
    )
    assert sum(int(count) for name, count in rows if name != "all") == len(stage.keys)
    assert dict(rows)["all"] == str(len(stage.keys))


def test_an_article_is_shown_in_full(stage: Stage, output: io.StringIO) -> None:
    contents.one_article(stage)
    key = re.search(r"^  id +(\S+)$", output.getvalue(), re.M)
    assert key
    article = stage.site.article(key[1])
    shown = " ".join(output.getvalue().split())
    told = (article.title, *article.paragraphs, *article.authors, *article.editors, *article.tags)
    for text in (*told, *(link.title for link in article.related), article.dateline):
        assert " ".join(str(text).split()) in shown


def test_the_exports_hold_every_article_once(stage: Stage, output: io.StringIO) -> None:
    contents.exports(stage)
    with (stage.folder / "demo.csv").open(encoding="utf-8", newline="") as file:
        rows = len(list(csv.DictReader(file)))
    assert rows == len(json.loads((stage.folder / "demo.json").read_text("utf-8")))
    shown = " ".join(output.getvalue().split())  # a long path of the test's folder wraps
    for suffix in contents.FORMATS:
        path = stage.folder / f"demo.{suffix}"
        assert f"demo.{suffix}: {rows} rows" in shown
        assert hashlib.sha256(path.read_bytes()).hexdigest() in output.getvalue()


def test_the_same_crawl_again_asks_for_lists_alone(stage: Stage, output: io.StringIO) -> None:
    crawls.again(stage)
    assert "no article is requested again" in " ".join(output.getvalue().split())


@pytest.mark.slow
def test_a_correction_is_shown_word_by_word(stage: Stage, output: io.StringIO) -> None:
    crawls.corrected(stage)
    assert output.getvalue().count("revision 1 to 2") == crawls.CORRECTED
    assert "{+Angka ini sudah dihitung ulang 1 kali.+}" in output.getvalue()
    assert "revision 1, details" in output.getvalue()
    assert f"{crawls.EDITOR}+}}" in output.getvalue()


def test_a_gap_is_named_and_filled(stage: Stage, output: io.StringIO) -> None:
    crawls.missing(stage)
    assert f"{crawls.FAILING} gaps listed" in output.getvalue()
    assert f"No gaps: {len(stage.keys)} of {len(stage.keys)} articles" in output.getvalue()
