"""150 queries over the sample site have the same hits in the same order on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from kompas_crawler.sample.site.article import article_of
from kompas_crawler.sample.site.plan import Plan
from tests.archive.build import article
from tests.archive.searching import check


@pytest.mark.slow
@pytest.mark.postgres
def test_the_sample_site_is_searched_alike(sqlite_url: str, postgres_url: str) -> None:
    plan = Plan(planned=200, seed=3, until=date(2024, 3, 1), per_day=9)
    written = [article_of(plan, index) for index in range(200)]
    made = [
        article(
            0,
            id=one.key,
            url=one.url,
            title=one.title,
            summary=one.summary,
            body=one.paragraphs,
            published_at=one.published_at,
        )
        for one in written
    ]
    check(made, sqlite_url, postgres_url)
