"""A page that lacked what every article has is skipped, until a newer extractor reads more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.frontier import State
from kompas_crawler.middlewares import supply
from kompas_crawler.pages.article import ArticlePage
from tests.warc.conftest import crawled, site

if TYPE_CHECKING:
    from kompas_crawler.items import Article
    from tests.warc.conftest import Keeping

LATER = "2026-07-01T22:00:00+07:00"
STILL_LATER = "2026-07-02T22:00:00+07:00"


class Extractor:
    """Which version reads the pages, and of which articles it finds no text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._to_item = ArticlePage.to_item

    def is_now(self, version: str, blind_to: str | None = None) -> None:
        to_item = self._to_item

        def read(page: ArticlePage) -> Article:
            item = replace(to_item(page), extractor_version=version)
            return replace(item, body=()) if item.id == blind_to else item

        self._monkeypatch.setattr(ArticlePage, "to_item", read)
        self._monkeypatch.setattr(supply, "EXTRACTOR_VERSION", version)


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> Extractor:
    return Extractor(monkeypatch)


KEY = site().key(site().newest(5)[-1])


@pytest.fixture(scope="module")
def _refusing(tmp_path_factory: pytest.TempPathFactory) -> Keeping:
    with pytest.MonkeyPatch.context() as patched:
        Extractor(patched).is_now("1", blind_to=KEY)
        with crawled(tmp_path_factory.mktemp("refused")) as first:
            pass
    assert row(first, KEY) == (State.FAILED, "no body (extractor 1)")
    return first


@pytest.fixture
def refused(keeping: Keeping, _refusing: Keeping, extractor: Extractor) -> str:
    """The key of an article that the first version found no text of, once all is crawled."""
    extractor.is_now("1", blind_to=KEY)
    keeping.take_over(_refusing)
    return KEY


def row(keeping: Keeping, key: str) -> tuple[str, str | None]:
    columns = (FrontierRow.state, FrontierRow.reason)
    ((state, reason),) = keeping.rows(*columns, where=FrontierRow.key == key)
    return state, reason


def is_stored(keeping: Keeping, key: str) -> bool:
    return bool(keeping.rows(ArticleRow.id, where=ArticleRow.key == key))


def asked_for(keeping: Keeping, key: str) -> int:
    """How often the page was requested; forgets what was requested so far."""
    day, number = key.split("-")
    path = f"/{day[:4]}/{day[4:6]}/{day[6:]}/{number}/"
    asked = sum(path in request.path for request in keeping.server.requests)
    keeping.server.requests.clear()
    return asked


@pytest.mark.slow
def test_a_newer_extractor_fills_it_from_the_kept_page(
    keeping: Keeping, refused: str, extractor: Extractor
) -> None:
    extractor.is_now("2")
    asked_for(keeping, refused)
    assert keeping.reread(at=LATER).stats["articles/new"] == 1
    assert is_stored(keeping, refused)
    assert row(keeping, refused) == (State.DONE, None)
    assert not asked_for(keeping, refused)


def test_control_the_same_extractor_refuses_it_again(keeping: Keeping, refused: str) -> None:
    again = keeping.reread(at=LATER)
    assert again.stats["articles/without_body"] == 1
    assert not is_stored(keeping, refused)
    assert row(keeping, refused) == (State.FAILED, "no body (extractor 1)")


@pytest.mark.slow
def test_a_newer_extractor_fetches_it_again_when_nothing_was_kept(
    keeping: Keeping, refused: str, extractor: Extractor
) -> None:
    asked_for(keeping, refused)
    extractor.is_now("2")
    keeping.crawl(at=STILL_LATER)
    assert asked_for(keeping, refused) == 1
    assert is_stored(keeping, refused)


@pytest.mark.slow
def test_what_the_newer_one_refused_as_well_is_noted(
    keeping: Keeping, refused: str, extractor: Extractor
) -> None:
    extractor.is_now("2", blind_to=refused)
    keeping.reread(at=LATER)
    assert row(keeping, refused) == (State.FAILED, "no body (extractor 2)")
