"""Read a fuzz case by the functions the crawl reads pages with, and say what is wrong."""

from __future__ import annotations

import time
import traceback
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lxml import etree
from scrapy.robotstxt import ProtegoRobotParser

from kompas_crawler.items import Article
from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.polite import robots_file
from kompas_crawler.site.urls import article_key, canonical, row_key
from kompas_crawler.warc.pages import article_of
from kompas_crawler.warc.response import captured_page, is_of_kompas
from kompas_crawler.warc.scan import scan
from tests.fuzz.cases import case

if TYPE_CHECKING:
    from scrapy.http import Response

    from kompas_crawler.sample.site.article import SampleArticle
    from tests.fuzz.cases import Case

SECONDS = 3.0
"""CPU time after which a case counts as a hang; a usual one takes some milliseconds."""


def problem(seed: int) -> str | None:
    """What is wrong with how the case of *seed* is read, or ``None``."""
    made = case(seed)
    began = time.process_time()
    try:
        wrong = _read(made)
    except Exception:  # noqa: BLE001 - that none comes is what is tested
        wrong = traceback.format_exc(limit=-6)
    seconds = time.process_time() - began
    if wrong is None and seconds > SECONDS:
        wrong = f"took {seconds:.1f} s"
    if wrong is None:
        return None
    return f"seed {seed} ({made.kind}: {', '.join(made.changes)}; {made.url}): {wrong}"


def _read(made: Case) -> str | None:
    if made.kind == "article":
        return _article(made.response, made)
    if made.kind == "listing":
        verdict = recognition.listing(made.response, canonical(made.url))
        if verdict.listing is not None:
            for listed in verdict.listing.to_item().articles:
                row_key(listed.url)
        return None
    if made.kind == "sitemap":
        found = recognition.sitemap(made.response, 10_000_000)
        with suppress(etree.LxmlError):  # which the spider takes for a broken sitemap
            for entry in sitemap.entries(found.sitemap or made.body):
                row_key(canonical(entry.url))
        return None
    if made.kind == "robots":
        robots_file.is_markup(made.body)
        rules = ProtegoRobotParser(robots_file.readable(made.body), None)
        rules.allowed("https://www.kompas.com/read/2024/01/02/1?a=b", "kompas-crawler")
        rules.crawl_delay("kompas-crawler")
        return None
    return _warc(made)


def _warc(made: Case) -> str | None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.warc.gz"
        path.write_bytes(made.body)
        with suppress(OSError, EOFError, zlib.error):
            for record in scan(path, is_of_kompas):
                answer = captured_page(record.data) if record.data else None
                if answer is not None and (wrong := _article(answer.response, made)):
                    return wrong
                if answer is not None:
                    article_of(answer, None)
    return None


def _article(response: Response, made: Case) -> str | None:
    key = article_key(made.url)
    verdict = recognition.article(response, str(key) if key else None)
    if verdict.article is None:
        return None
    item = CleanPipeline().process_item(verdict.article.to_item())
    assert isinstance(item, Article)
    return _wrong_author(item, made.article) if made.article else None


def _wrong_author(item: Article, written: SampleArticle) -> str | None:
    """Names of others than the authors: an editor, the photographer, the agency, a place."""
    others = {*written.editors, written.source, written.credit} - {*written.authors}
    others |= {"Kontributor Malang", "Kontributor", "Malang"}  # which the cases add before names
    wrong = others.intersection(item.authors)
    place = item.found_in.get("authors")
    return f"wrong author {sorted(map(str, wrong))} from {place}" if wrong else None
