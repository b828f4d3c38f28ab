"""The way of an item: plain texts, nothing essential missing, digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from kompas_crawler.items import Image, Related
from kompas_crawler.pipelines.clean import CleanPipeline
from kompas_crawler.pipelines.duplicates import DuplicatesPipeline
from kompas_crawler.pipelines.validate import ValidatePipeline
from tests.archive.build import article


@pytest.mark.parametrize(
    ("dirty", "plain"),
    [
        ("  dua   kata ", "dua kata"),
        ("e\u0301", "é"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("satu\u00a0dua\ttiga\nempat", "satu dua tiga empat"),
    ],
)
def test_every_text_of_an_article_becomes_plain(dirty: str, plain: str) -> None:
    made = article(
        1,
        title=dirty,
        body=(dirty, "  "),
        authors=(dirty, dirty),
        tags=(dirty,),
        summary=" ",
        images=(Image(url="https://asset.kompas.com/1.jpg", caption=dirty),),
        related=(Related(url=article(2).url, title=dirty),),
    )
    clean = CleanPipeline().process_item(made)
    assert clean.title == plain
    assert clean.body == (plain,)
    assert clean.authors == clean.tags == (plain,)
    assert clean.summary is None
    assert clean.images[0].caption == clean.related[0].title == plain


@pytest.mark.parametrize(
    "dirty",
    [
        {"title": " Judul"},
        {"title": "Judul "},
        {"topic": ""},
        {"body": ("Satu.", "", "Dua.")},
        {"body": ("Satu. ", "Dua.")},
        {"tags": ("banjir", "banjir")},
        {"editors": ("Budi\u200b",)},
        {"images": (Image(url="https://asset.kompas.com/1.jpg", credit="Dok.\tDesa"),)},
        {"related": (Related(url=article(2).url, title=" Judul"),)},
    ],
    ids=str,
)
def test_no_single_text_that_is_not_plain_is_overlooked(dirty: dict[str, Any]) -> None:
    made = article(1, **dirty)
    assert CleanPipeline().process_item(made) != made


def test_a_clean_article_stays_as_it_is() -> None:
    made = article(1, 2)
    assert CleanPipeline().process_item(made) == made


def _validate() -> tuple[ValidatePipeline, Any]:
    crawler = get_crawler()
    return ValidatePipeline.from_crawler(crawler), crawler.stats


@pytest.mark.parametrize(
    ("lacking", "reason"), [({"title": None}, "no title"), ({"body": ()}, "no body")]
)
def test_an_article_without_the_essential_is_refused_and_counted(
    lacking: dict[str, Any], reason: str
) -> None:
    pipeline, stats = _validate()
    with pytest.raises(DropItem, match=reason):
        pipeline.process_item(article(1, **lacking))
    assert stats.get_value(f"articles/without_{next(iter(lacking))}") == 1


def test_a_date_the_page_does_not_give_is_the_one_of_its_address() -> None:
    pipeline, _ = _validate()
    made = replace(article(1), id="20240115-093000126", published_at=None)
    found = pipeline.process_item(made)
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2024-01-15T09:30:00+07:00"


def test_a_date_that_disagrees_with_the_address_is_kept_and_counted() -> None:
    pipeline, stats = _validate()
    told = article(1).key.published_at
    assert told is not None
    made = article(1, published_at=told + timedelta(hours=1))
    assert pipeline.process_item(made) == made
    assert stats.get_value("articles/date_disagrees") == 1


@pytest.mark.parametrize(
    ("clock", "fetched", "is_kept"),
    [
        ("2024-01-20", "2024-01-20", True),
        ("2024-01-20", "1970-01-01", False),  # the capture of a web archive
        ("2024-01-20", "2024-03-01", False),
        ("2023-12-01", "2023-12-01", True),  # the clock is behind
    ],
)
def test_a_time_of_capture_that_cannot_be_is_unknown(
    clock: str, fetched: str, is_kept: bool
) -> None:
    crawler = get_crawler(settings_dict={"KOMPAS_NOW": f"{clock}T12:00:00+07:00"})
    at = datetime.fromisoformat(f"{fetched}T12:00:00+07:00")
    found = ValidatePipeline.from_crawler(crawler).process_item(article(1, fetched_at=at))
    assert found.fetched_at == (at if is_kept else None)


def test_equal_texts_have_equal_digests_and_a_new_tag_is_a_new_content() -> None:
    one, other = (DuplicatesPipeline().process_item(article(n, body=("Teks.",))) for n in (1, 2))
    assert one.text_hash == other.text_hash
    assert one.content_hash != other.content_hash
    tagged = DuplicatesPipeline().process_item(article(1, body=("Teks.",), tags=("Baru",)))
    assert tagged.content_hash != one.content_hash
    assert tagged.text_hash == one.text_hash
