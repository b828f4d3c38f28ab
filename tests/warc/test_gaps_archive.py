"""``scrapy gaps --archive``: what public web archives list and the archive lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.read import web_archives
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.warc.conftest import Keeping
from tests.warc.public_archives import compared, fill, texts


@pytest.mark.slow
def test_gaps_archive_compares_month_by_month(archived: Keeping, other_url: str) -> None:
    keys = [row["id"] for row in texts(archived)]
    archived.crawl("kompas", url=other_url, urls=texts(archived)[0]["url"])
    archives = archived.server.archives
    assert archives is not None
    number = keys[0][9:]
    archives.entries = [e for e in archives.entries if f"/{number}/" not in e.original]
    fill(archived, "wayback", url=other_url, dry_run="1")

    found = compared(other_url)

    assert found.not_held == keys[1:]
    assert found.months == [web_archives.Month("2026-06", len(keys) - 1, 1, len(keys) - 1, 1)]
    fill(archived, "wayback", url=other_url)
    found = compared(other_url)
    assert not found.not_held
    assert found.months == [web_archives.Month("2026-06", len(keys) - 1, len(keys), 0, 1)]


def test_gaps_archive_names_pages_of_an_index_that_were_not_read(
    archived: Keeping, other_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archived.server.faults["https://index.commoncrawl.org/CC-MAIN-2026-06"] = Fault(status=500)
    fill(archived, "commoncrawl", url=other_url, dry_run="1")

    assert compared(other_url).unread == 1
    assert "not read of the index: 1 page; without what is there:" in capsys.readouterr().out
