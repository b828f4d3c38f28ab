"""Files may be read in any order: a newer page is never undone by an older one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.store import captures
from kompas_crawler.clock import Clock
from kompas_crawler.frontier import State
from kompas_crawler.sample.site.replies import Replies
from tests.warc.conftest import http_response, response_record

if TYPE_CHECKING:
    from tests.warc.conftest import Keeping
    from tests.warc.public_archives import Captures

LATER = "2026-07-01T22:00:00+07:00"
NOW = "2026-07-05T00:00:00+07:00"
AT = "2026-07-02T01:00:00Z"
URL = "https://money.kompas.com/read/2026/06/30/100000026/judul"


@pytest.mark.slow
@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_older_captures_become_earlier_revisions_in_order(
    keeping: Keeping, other_url: str, order: tuple[int, ...]
) -> None:
    keeping.crawl()
    key = max(key for (key,) in keeping.rows(ArticleRow.key))
    for day in (1, 2):
        keeping.site.correct([key])
        keeping.crawl(at=f"2026-07-0{day}T23:30:00+07:00")
    files = keeping.files()
    assert len(files) == 3
    for nth in order:
        keeping.crawl("warc", files=str(files[nth]), url=other_url, at=NOW)
    columns = (
        RevisionRow.number,
        RevisionRow.kind,
        RevisionRow.content_hash,
        RevisionRow.fetched_at,
    )
    assert keeping.rows(*columns, url=other_url) == keeping.rows(*columns)
    assert keeping.exported(other_url) == keeping.exported()


@pytest.mark.slow
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_was_gone_later_is_gone(
    keeping: Keeping, other_url: str, order: tuple[int, ...]
) -> None:
    keeping.crawl()
    key = sorted(key for (key,) in keeping.rows(ArticleRow.key))[-4]
    keeping.site.remove([key])
    keeping.crawl(at=LATER)
    files = keeping.files()
    for nth in order:
        keeping.crawl("warc", files=str(files[nth]), url=other_url, at=NOW)
    assert keeping.rows(ArticleRow.status, where=ArticleRow.key == key, url=other_url) == [
        ("gone",)
    ]
    assert keeping.rows(FrontierRow.state, where=FrontierRow.key == key, url=other_url) == [
        (State.GONE,)
    ]
    assert keeping.exported(other_url) == keeping.exported()


def test_two_captures_of_one_second_are_two_texts(keeping: Keeping, tmp_path: Path) -> None:
    """Each run would replace one by the other. Control: both are there after the first run."""
    url = keeping.site.url(0)
    page = Replies(keeping.site).answer(f"{url}?page=all").body
    other = page.replace(b"</p>", b" baru</p>")
    found = (response_record(url, AT, http_response(body)) for body in (page, other))
    (tmp_path / "a.warc").write_bytes(b"".join(found))
    ended = [keeping.crawl("warc", files=str(tmp_path / "a.warc"), at=NOW) for _ in range(2)]
    assert [one.stored for one in ended] == [(1, 0, 1), (0, 0, 2)]
    assert keeping.rows(RevisionRow.number, RevisionRow.reason) == [(1, "earlier")]


@pytest.mark.parametrize("is_gone", [True, False])
def test_an_older_page_that_completes_a_text_is_no_sign_of_life(
    keeping: Keeping, captures: Captures, tmp_path: Path, is_gone: bool
) -> None:
    """Control: without the 404 the completed article is live."""
    _, url = captures.article(pages=3)
    first, whole = (http_response(captures.body(f"{url}{query}")) for query in ("", "?page=all"))
    gone = http_response(b"<html>tidak ditemukan</html>", status=b"404 Not Found")
    found = [(url, 2, first), (url, 3, gone), (f"{url}?page=all", 1, whole)]
    for asked, day, http in found if is_gone else found[::2]:
        path = tmp_path / f"{day}.warc"
        path.write_bytes(response_record(asked, f"2026-07-0{day}T01:00:00Z", http))
        keeping.crawl("warc", files=str(path), at=NOW)
    columns = ArticleRow.is_complete, ArticleRow.status, FrontierRow.state
    state = ("gone", State.GONE) if is_gone else ("live", State.DONE)
    is_its = FrontierRow.key == ArticleRow.key
    assert keeping.rows(*columns, where=is_its) == [(True, *state)]


@pytest.mark.parametrize("order", ["123", "132", "213", "3 21", "23 1", "2312"])
def test_the_pages_of_an_article_are_joined_in_any_order(
    keeping: Keeping, tmp_path: Path, order: str
) -> None:
    """Crawlers that fetch several pages at once store them as they arrive; so may several files."""
    site = keeping.site
    found = (site.article(index) for index in range(site.count))
    one = next(a for a in found if a.pages == 3 and not site.plan.is_page_all_broken(a.index))
    url, answers = site.url(one.index), Replies(site)
    files = tmp_path / "files"
    files.mkdir()
    for name, numbers in enumerate(order.split()):
        asked = [f"{url}?page={number}" for number in numbers]
        records = [
            response_record(each, AT, http_response(answers.answer(each).body)) for each in asked
        ]
        (files / f"{name}.warc").write_bytes(b"".join(records))
    ended = keeping.crawl("warc", files=str(files), at=NOW)
    assert ended.stored == (1, 0, 0)
    assert ended.stats.get("warc/later_pages", 0) == len(order.replace(" ", "")) - 3
    [(is_complete, body)] = keeping.rows(ArticleRow.is_complete, ArticleRow.body)
    assert is_complete
    assert body.count("\n\n") + 1 == len(one.paragraphs)
    assert keeping.crawl("warc", files=str(files), at=NOW).stored[:2] == (0, 0)


@pytest.mark.parametrize(("days", "state"), [(-1, State.PENDING), (1, State.GONE)])
def test_an_article_listed_after_it_was_not_found_is_still_fetched(
    other_url: str, days: int, state: State
) -> None:
    engine = open_engine(database_url(other_url, Path.cwd()))
    listed_at = Clock(LATER).now()
    with engine.begin() as connection:
        candidate = admit.article_candidate(URL, scope="kompas", depth=0)
        admit.admit(connection, [candidate], listed_at)
        at = listed_at + timedelta(days=days)
        captures.gone(connection, URL, 404, at, at)
        states = connection.scalars(select(FrontierRow.state))
        assert states.all() == [state]
    engine.dispose()
