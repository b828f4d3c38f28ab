"""150 queries over real articles have the same hits in the same order on both databases."""

from __future__ import annotations

import pytest

from tests.archive.build import article as build
from tests.archive.searching import check
from tests.real.test_article_pages import PAGES, article

SOME = 250


@pytest.mark.slow
@pytest.mark.postgres
def test_real_pages_are_searched_alike(sqlite_url: str, postgres_url: str) -> None:
    read = [article(path) for path in PAGES[:: max(1, len(PAGES) // SOME)]]
    made = {
        one.id: build(
            0,
            id=one.id,
            url=one.url,
            title=one.title,
            summary=one.summary,
            body=one.body,
            published_at=one.published_at,
        )
        for one in read
        if one.id and one.published_at
    }
    check(list(made.values()), sqlite_url, postgres_url)
