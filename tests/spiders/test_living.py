"""The living archive: a run knows what is new, what is due, and what is missing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow, LinkRow, RevisionRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.sections import named
from kompas_crawler.site.urls import article_key
from tests import archives
from tests.crawling import Crawled, crawl
from tests.sample.site.catalogue import related_keys, tags
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.sample.site.server import Server

EVENING = "2026-06-30T23:00:00+07:00"
"""Just after the sample site's newest article."""
NEXT_DAY = "2026-07-01T23:00:00+07:00"
WEEK_LATER = "2026-07-08T00:00:00+07:00"
"""When the last visit of the newest articles is due."""


class World:
    """A served sample site and an archive of it."""

    def __init__(self, server: Server, folder: Path, name: str = "kompas") -> None:
        self.server = server
        self.site = server.site
        self.folder = folder
        self.url = archives.put(folder / f"{name}.db")
        self.run = partial(crawl, mirror=server.url, database_url=self.url, folder=folder)

    def crawl(self, spider: str = "kompas", *, at: str = EVENING, **known: Any) -> Crawled:
        """Crawl at a moment of the site's time; the server's log begins anew."""
        self.server.requests.clear()
        settings = {"KOMPAS_NOW": at} | known.pop("settings", {})
        return self.run(spider, settings=settings, **known)

    @property
    def days(self) -> dict[str, str]:
        """The days on which the site published, as arguments."""
        return {"since": str(self.site.days[0]), "until": str(self.site.days[-1])}

    def asked(self, *, is_sent: bool = False) -> Counter[str]:
        """How often each article was asked for, by key; with *is_sent* how often it was sent.

        If two lists differ in its title, their order decides whether it is asked for again.
        """
        requests = (one for one in self.server.requests if one.status == 200 or not is_sent)
        keys = (article_key(request.url) for request in requests)
        return Counter(str(key) for key in keys if key is not None)

    def rows(self, *columns: Any, where: Any = True) -> list[Any]:
        reader = Reader(self.url, Path.cwd())
        with reader.engine.connect() as connection:
            found = connection.execute(select(*columns).where(where)).all()
        reader.close()
        return list(found)

    def stored_keys(self) -> set[str]:
        return {key for (key,) in self.rows(ArticleRow.key)}

    def gaps(self) -> gaps.Gaps:
        reader = Reader(self.url, Path.cwd())
        with reader.engine.connect() as connection:
            found = gaps.find(connection)
        reader.close()
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serve(Site(120)) as server:
        yield World(server, tmp_path)


@pytest.fixture(scope="module")
def _swept(tmp_path_factory: pytest.TempPathFactory) -> str:
    with serve(Site(120)) as server:
        world = World(server, tmp_path_factory.mktemp("swept"))
        assert world.crawl().code is Exit.DONE
    return world.url


@pytest.fixture
def swept(world: World, _swept: str) -> World:
    """The world after its first sweep."""
    archives.copy(_swept, world.url)
    return world


@pytest.fixture
def large(tmp_path: Path) -> Iterator[World]:
    with serve(Site(900)) as server:
        yield World(server, tmp_path)


def test_a_run_over_nothing_new_asks_for_listings_alone(swept: World) -> None:
    swept.crawl()  # some are in the index alone
    again = swept.crawl()
    assert again.code is Exit.DONE
    assert again.stored == (0, 0, 0)
    assert not swept.asked()
    assert not [r for r in swept.server.requests if "/read/" in r.path]


@pytest.mark.slow
def test_hundreds_of_articles_then_nothing_then_twenty_new(large: World) -> None:
    first = large.crawl(pages="0", settings={"KOMPAS_REVISIT": ""})
    assert first.code is Exit.DONE, first.end
    assert large.stored_keys() == large.site.keys_within(2)
    again = large.crawl(pages="0", settings={"KOMPAS_REVISIT": ""})
    assert again.stored == (0, 0, 0)
    assert not large.asked()
    before = large.stored_keys()
    published = set(large.site.publish(20))
    third = large.crawl(at=NEXT_DAY, pages="0", settings={"KOMPAS_REVISIT": ""})
    assert third.stored[0] == 20
    assert large.stored_keys() - before == published
    sent = large.asked(is_sent=True)
    assert sum(sent[key] for key in published) <= 22


@pytest.mark.slow
def test_new_articles_cost_one_request_each(world: World) -> None:
    world.crawl(settings={"KOMPAS_REVISIT": ""})
    before = world.stored_keys()
    published = set(world.site.publish(20))
    again = world.crawl(at=NEXT_DAY, settings={"KOMPAS_REVISIT": ""})
    assert again.stored[0] == 20
    assert world.stored_keys() - before == published
    sent = world.asked(is_sent=True)
    assert sum(sent[key] for key in published) <= 22


@pytest.mark.slow
def test_corrections_become_revisions_and_only_what_is_due_is_asked_for(swept: World) -> None:
    late = {key for key in swept.stored_keys() if key >= "20260629"}
    corrected = sorted(late)[-5:]
    swept.site.correct(corrected)
    due = {
        key
        for key, state, next_at in swept.rows(
            FrontierRow.key, FrontierRow.state, FrontierRow.next_at
        )
        if state in ("done", "failed")
        and next_at
        and next_at.isoformat() <= "2026-07-07T17:00:00+00:00"
    }
    known = swept.stored_keys()
    again = swept.crawl(at=WEEK_LATER)
    assert again.stored[1] == 5, again.stats
    revised = swept.rows(ArticleRow.key, where=ArticleRow.revision == 2)
    assert sorted(key for (key,) in revised) == corrected
    assert len(swept.rows(RevisionRow.id)) == 5
    assert set(swept.asked()) & known <= due
    assert again.stats["downloader/response_status_count/304"] > 0


@pytest.mark.slow
def test_the_last_visit_of_the_schedule_ends_the_revisits(swept: World) -> None:
    for day in (1, 2, 8, 9):
        swept.crawl(at=f"2026-07-0{day}T23:30:00+07:00")
    swept.crawl(at="2026-08-01T00:00:00+07:00")
    assert not swept.asked()


@pytest.mark.slow
def test_what_left_the_site_is_gone_and_keeps_its_text(swept: World) -> None:
    removed = max(swept.stored_keys())
    swept.site.remove([removed])
    swept.crawl(at=WEEK_LATER)
    ((status, body),) = swept.rows(
        ArticleRow.status, ArticleRow.body, where=ArticleRow.key == removed
    )
    assert status == "gone"
    assert body


@pytest.mark.slow
def test_a_back_fill_stores_every_article_of_its_days(world: World) -> None:
    crawled = world.crawl("indeks", **world.days, at="2026-07-02T12:00:00+07:00")
    assert crawled.code is Exit.DONE, crawled.end
    listed = {key for day in world.site.days for key in world.site.on_day(day)}
    assert world.stored_keys() == listed - set(world.site.missing)
    assert world.gaps().is_empty


@pytest.mark.slow
def test_complete_days_are_passed_over_and_yesterday_is_read_again(world: World) -> None:
    last = world.site.days[-1]
    at = f"{last + timedelta(days=1)}T05:00:00+07:00"
    world.crawl("indeks", since="2026-06-01", at=at)
    world.crawl("indeks", since="2026-06-01", at=at)
    days = {r.path.split("date=")[1][:10] for r in world.server.requests if "date=" in r.path}
    assert days == {str(last), str(last + timedelta(days=1))}


@pytest.mark.slow
def test_a_back_fill_costs_at_most_one_point_one_requests_an_article(large: World) -> None:
    large.crawl("indeks", since=str(large.site.days[0]), at="2026-07-01T12:00:00+07:00")
    stored = len(large.stored_keys())
    asked = len([r for r in large.server.requests if not r.path.endswith("robots.txt")])
    assert stored > 700
    assert asked / stored <= 1.1, f"{asked} requests for {stored} articles"


@pytest.mark.slow
def test_gaps_name_what_failed_and_fill_it_once_it_answers(world: World) -> None:
    day = world.site.days[-2]
    broken = sorted(set(world.site.on_day(day)) - set(world.site.missing))[:3]
    for key in broken:
        world.server.faults[f"{world.site.article(key).url}"] = Fault(status=500)
    world.crawl("indeks", **world.days, at="2026-07-02T12:00:00+07:00")
    found = world.gaps()
    assert sorted(missing.key for missing in found.missing) == broken
    assert {missing.reason for missing in found.missing} == {"HTTP 500"}
    world.server.faults.clear()
    filled = world.crawl(gaps="1", at="2026-07-02T12:05:00+07:00")
    assert filled.stored[0] == 3
    assert world.gaps().is_empty
    assert set(world.asked()) == set(broken)


def test_a_dry_run_says_what_a_back_fill_costs_and_fetches_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled = world.crawl("indeks", since="2026-06-01", dry_run="1", at="2026-06-30T12:00:00+07:00")
    assert crawled.code is Exit.DONE
    assert "30 days to read: about" in capsys.readouterr().out
    assert not world.server.requests


def test_a_tag_is_read_back_to_a_day(world: World) -> None:
    tag = tags(world.site)[0]
    since = world.site.days[len(world.site.days) // 2]
    crawled = world.crawl(tags=tag, since=str(since))
    assert crawled.code is Exit.DONE, crawled.end
    tagged = {world.site.key(index) for index in world.site.tagged(tag)}
    expected = {key for key in tagged if key[:8] >= f"{since:%Y%m%d}"} - set(world.site.missing)
    assert world.stored_keys() == expected


@pytest.mark.slow
def test_a_sitemap_s_articles_are_stored_with_its_titles_as_evidence(world: World) -> None:
    crawled = world.crawl("sitemap")
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored_keys()
    rows = world.rows(FrontierRow.title, FrontierRow.listed_at, where=FrontierRow.kind == "article")
    assert all(title and listed_at for title, listed_at in rows)


@pytest.mark.slow
def test_a_sweep_after_ten_days_reads_what_it_missed(world: World) -> None:
    world.crawl(at="2026-06-30T23:00:00+07:00", sections="", pages="1")
    missed = set(world.site.publish(100))
    caught = world.crawl(at="2026-07-10T23:00:00+07:00", pages="1")
    assert caught.code is Exit.DONE
    assert missed <= world.stored_keys() | set(world.site.missing)


@pytest.mark.slow
def test_the_order_in_which_links_are_followed_does_not_show(world: World) -> None:
    def archive(name: str, concurrent: int, sections: str) -> Any:
        other = World(world.server, world.folder, name)
        if sections:
            other.crawl(sections=sections)
        every = ",".join(section.slug for section in named(""))
        other.crawl(sections=every, settings={"CONCURRENT_REQUESTS": concurrent})
        articles = other.rows(ArticleRow.key, ArticleRow.duplicate_of, ArticleRow.text_hash)
        depths = other.rows(FrontierRow.key, FrontierRow.depth, where=FrontierRow.kind == "article")
        edges = other.rows(LinkRow.target_key, LinkRow.position)
        return sorted(articles), sorted(depths), sorted(edges)

    assert archive("one", 1, "") == archive("two", 8, "tren,bola")


def test_addresses_alone_take_no_hops_unless_asked(world: World) -> None:
    missing = world.site.missing
    linked = next(a for a in world.site.articles if a.related and not {*related_keys(a)} & missing)
    world.crawl(urls=linked.url)
    assert world.stored_keys() == {str(linked.key)}
    deeper = World(world.server, world.folder, "deeper")
    deeper.crawl(urls=linked.url, depth="1")
    assert len(deeper.stored_keys()) > 1


def test_an_address_of_a_stored_article_is_visited_when_it_is_due(world: World) -> None:
    article = next(a for a in world.site.articles if not world.site.is_removed(a.index))
    schedule = {"KOMPAS_REVISIT": "7d"}
    for at, asked in (("2026-06-30", 1), ("2026-07-01", 0), ("2026-07-09", 1)):
        world.crawl(at=f"{at}T23:00:00+07:00", urls=article.url, settings=schedule)
        assert world.asked()[str(article.key)] == asked


@pytest.mark.slow
def test_a_greater_depth_follows_edges_that_are_stored(world: World) -> None:
    world.crawl(depth="0", settings={"KOMPAS_REVISIT": ""})
    assert world.stored_keys() == world.site.keys_within(0)
    world.crawl(depth="2", settings={"KOMPAS_REVISIT": ""})
    assert world.stored_keys() >= world.site.keys_within(2)
    assert not set(world.asked()) & world.site.keys_within(0)


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_a_greater_depth_ends_although_an_address_asked_for_is_gone(world: World) -> None:
    """Links to it do not make its row a link's. Control: others' rows are followed."""
    linking = (a for a in world.site.articles if str(a.key) in world.site.keys_within(0))
    links = (link for a in linking for link in a.related)
    gone = next(link for link in links if str(article_key(link.url)) in world.site.missing)
    world.crawl(urls=gone.url)
    world.crawl(depth="0", settings={"KOMPAS_REVISIT": ""})
    world.crawl(depth="2", settings={"KOMPAS_REVISIT": ""})
    assert world.stored_keys() >= world.site.keys_within(2)
