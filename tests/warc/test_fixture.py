"""``scrapy show KEY --fixture DIR`` begins a test case from the page as it was received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.warc.lookup import stored_page, write_fixture
from tests.commands.calling import call
from tests.pages.articles import plain, read

if TYPE_CHECKING:
    from tests.warc.conftest import Keeping


def test_a_case_is_begun_from_a_kept_page(keeping: Keeping) -> None:
    keeping.crawl(limit="5")
    key, url = keeping.rows(ArticleRow.key, ArticleRow.url)[0]
    folder = keeping.folder / "case"
    settings = {"KOMPAS_WARC_DIR": str(keeping.warcs)}
    assert call("show", keeping.url, key, "--fixture", str(folder), **settings) == 0
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    found = plain(read((folder / "page.html").read_bytes()))
    assert expected["id"] == key
    assert expected["url"] == url
    assert {name: found[name] for name in expected} == expected
    assert {"title", "body", "authors", "published_at", "related", "found_in"} <= set(expected)
    engine = open_engine(database_url(keeping.url, keeping.folder))
    with engine.connect() as connection:
        page = stored_page(connection, key, keeping.warcs)
        assert stored_page(connection, key, keeping.folder) is None
    engine.dispose()
    assert page is not None
    with pytest.raises(UsageProblem, match="already contains a test case"):
        write_fixture(page, folder)
