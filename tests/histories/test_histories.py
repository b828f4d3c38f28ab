"""Random histories: whatever the site answers, ``scrapy gaps`` names what is missing (R31).

Each history is drawn from a seed; one that fails prints as a story.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from kompas_crawler.pages import recognition
from kompas_crawler.pages.address import NotAnArticle
from kompas_crawler.pages.article_2015 import article_page
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind, Verdict
from tests.histories.story import empty_archive, live

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.http import Response

QUICK = (7, 9, 13, 42)
"""Seeds of short histories, for every run of the tests."""
PARTS, MOST = 4, 10
"""A whole run of the tests has ``PARTS`` parts, each of at most ``MOST`` histories while the CPU
time allows it."""
CPU_SECONDS = 32.0 / PARTS
CONTROLS = range(10)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_archive(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("seed", QUICK)
def test_what_is_called_whole_is_stored(seed: int, template: Path) -> None:
    history = live(seed, template)
    assert not history.wrong, str(history)


@pytest.mark.slow
@pytest.mark.parametrize("seed", QUICK[:2])
def test_what_is_called_whole_is_stored_on_postgresql(seed: int, postgres_url: str) -> None:
    history = live(seed, url=postgres_url)
    assert not history.wrong, str(history)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_as_many_histories_as_fit(template: Path, part: int) -> None:
    began, failed = time.process_time(), []
    for count in range(MOST):
        history = live(part * MOST + count, template)
        if history.wrong:
            failed.append(str(history))
        if time.process_time() - began > CPU_SECONDS:
            break
    assert not failed, "\n\n".join(failed)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_control_without_recognition_the_archive_lies(template: Path) -> None:
    with (
        patch.object(recognition, "article", believed_article),
        patch.object(recognition, "listing", believed_listing),
        patch.object(recognition, "is_whole", lambda response: True),
    ):
        for seed in CONTROLS:
            if live(seed, template).wrong:
                return
    pytest.fail(f"{len(CONTROLS)} histories found nothing wrong without recognition")


def believed_article(response: Response, asked: str | None = None) -> Verdict:
    """Believe any answer with status 200: a page without an article has none for good."""
    found = recognition.by_response(response)
    if found is not None:
        return found
    try:
        return Verdict(Kind.ARTICLE, article=article_page(response))
    except NotAnArticle as error:
        return Verdict(Kind.NO_TEXT, str(error))


def believed_listing(response: Response, asked: str) -> Verdict:
    """Believe any answer with status 200: it is the list that was asked for."""
    found = recognition.by_response(response)
    return found or Verdict(Kind.LISTING, listing=ListingPage(response))
