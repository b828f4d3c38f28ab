"""``scrapy gaps``: what is missing is named whole, and the exit code says whether."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from kompas_crawler.archive.crawl_models import FrontRow
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.frontier.take import owed as count_owed
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.archive.read.unread import FrontSpan
from kompas_crawler.commands.gaps import verified
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.archive.build import article, key, url
from tests.commands.calling import call, fill
from tests.crawling import crawl
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.article import SampleArticle
    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli


def with_hops(site: Site, hops: int) -> SampleArticle:
    """An article *hops* links away from a front, all of whose addresses answer."""
    plan = site.plan
    return next(
        a for a in site.articles if plan.hops(a.index) == hops and not plan.is_redirecting(a.index)
    )


@pytest.fixture(autouse=True)
def of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lines be as long as in a pipe: pytest-xdist sets a width."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(40)) as server:
        yield server


@pytest.mark.slow
def test_a_missing_article_is_named_with_its_whole_address(
    server: Server, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = with_hops(server.site, 0)
    server.faults[broken.url] = Fault(status=500)
    crawl("kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path)
    assert call("gaps", sqlite_url) == 1
    told = capsys.readouterr().out
    assert str(broken.key) in told
    assert broken.url in told
    assert "1 of " in told
    call("gaps", sqlite_url, "--json")
    found = json.loads(capsys.readouterr().out)
    assert [missing["key"] for missing in found["missing"]] == [str(broken.key)]
    assert found["is_empty"] is False
    server.faults.clear()
    crawl("kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path, gaps="1")
    assert call("gaps", sqlite_url) == 0


@pytest.mark.slow
def test_of_many_missing_articles_the_first_are_named_and_all_are_counted(
    server: Server,
    sqlite_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = server.site.plan
    broken = sorted(
        (a for a in server.site.articles if plan.hops(a.index) == 0), key=lambda a: a.key
    )[:3]
    for one in broken:
        server.faults[one.url] = Fault(status=500)
    crawl("kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path)
    monkeypatch.setattr("kompas_crawler.commands.gaps.SHOWN", 2)
    assert call("gaps", sqlite_url) == 1
    said = capsys.readouterr().out
    assert [str(one.key) in said for one in broken] == [True, True, False]
    assert "... and 1 more; --json has them all" in said
    assert "\n3 of " in said
    call("gaps", sqlite_url, "--json")
    assert len(json.loads(capsys.readouterr().out)["missing"]) == 3


@pytest.mark.slow
def test_what_nothing_proves_is_said_of_what_was_listed(
    server: Server, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After one sweep no front was read twice: that no article was missed is not proven."""
    crawl("kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path)
    period = ("--since", str(server.site.plan.first_day), "--until", str(server.site.plan.until))
    to_read = f"to list all: scrapy crawl indeks -a since={period[1]} -a until={period[3]}"
    assert call("gaps", sqlite_url, *period) == 0
    said = capsys.readouterr().out
    assert said.startswith("vouches for nothing yet")
    assert "\nno gaps in what was listed: " in said
    assert to_read in said
    since, until = period[1], period[3]
    crawl(
        "indeks", mirror=server.url, database_url=sqlite_url, folder=tmp_path,
        settings={"KOMPAS_NOW": "2026-07-05T12:00:00+07:00"}, since=since, until=until,
    )  # fmt: skip
    assert call("gaps", sqlite_url, *period, KOMPAS_NOW="2026-07-05T12:00:00+07:00") == 0
    assert "\nno gaps: " in capsys.readouterr().out  # control: once it is read


def test_days_that_nobody_asked_for_say_how_to_read_them(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    assert call("gaps", sqlite_url, "--since", "2020-01-01", "--until", "2020-01-02") == 0
    said = capsys.readouterr().out
    assert "to read them: scrapy crawl indeks -a since=2020-01-01 -a until=2020-01-02" in said


@pytest.mark.parametrize("end", ["[/b]", "[bold]"])
def test_an_address_is_printed_letter_by_letter(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    """Rich would read it as markup: it ends the command, or is left out."""
    partly = article(1, url=f"{url(1)}{end}", is_complete=False)
    fill(sqlite_url, partly)
    assert call("gaps", sqlite_url) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"incomplete: {key(1)} {partly.url}"


def test_without_an_archive_it_says_how_to_make_one(tmp_path: Path, scrapy_cli: ScrapyCli) -> None:
    told = scrapy_cli("gaps", env={"KOMPAS_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"})
    assert told.returncode == 4
    assert "fill one with: scrapy crawl kompas" in told.stderr
    assert "demo" not in told.stderr
    assert not list(tmp_path.iterdir())
    (tmp_path / "demo.db").touch()
    told = scrapy_cli("gaps", env={"KOMPAS_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"})
    assert f"that of the demo is KOMPAS_DATABASE_URL=sqlite:///{tmp_path}/demo.db" in told.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("status", "is_named"), [(500, True), (404, False)])
def test_an_article_that_links_alone_name_is_missing_unless_it_is_said_to_be_gone(
    server: Server, sqlite_url: str, tmp_path: Path, status: int, is_named: bool
) -> None:
    linked = with_hops(server.site, 1)
    server.faults[linked.url] = Fault(status=status)
    crawl("kompas", mirror=server.url, database_url=sqlite_url, folder=tmp_path)
    reader = Reader(sqlite_url, tmp_path)
    with reader.engine.connect() as connection:
        found = gaps.find(connection)
        owed = count_owed(connection, Work(scope="kompas"), datetime.now(UTC))
    reader.close()
    assert (str(linked.key) in {missing.key for missing in found.missing}) == is_named
    assert owed.failed == int(is_named)


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        ([59], "vouches for nothing yet: no index day was read completely and no front twice"),
        ([59, 60], "vouches for 1 section front, 2024-01-31 12:00 to 2024-01-31 12:01 WIB"),
    ],
)
def test_spans_below_a_minute_are_not_printed(seconds: list[int], line: str) -> None:
    noon = datetime(2024, 1, 31, 5, tzinfo=UTC)
    followed = [
        FrontSpan(section="tren", since=noon, until=noon + timedelta(seconds=each))
        for each in seconds
    ]
    assert verified(gaps.Gaps(followed=followed)) == line


@pytest.mark.parametrize(
    ("options", "is_of"),
    [
        ([], True),
        (["--since", "2024-01-31"], True),
        (["--until", "2024-01-30"], True),
        (["--since", "2024-02-01"], False),
        (["--until", "2024-01-29"], False),
    ],
)
def test_fronts_are_vouched_for_on_the_days_of_their_spans_alone(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], options: list[str], *, is_of: bool
) -> None:
    noon = datetime(2024, 1, 30, 5, tzinfo=UTC)
    end = noon + timedelta(days=1)
    fill(sqlite_url, article(1))
    engine = open_engine(make_url(sqlite_url))
    with engine.begin() as connection:
        connection.execute(
            insert(FrontRow).values(
                key=url(1), section="tren", since_at=noon, closed_at=end, began_at=end, pages_read=1
            )
        )
    engine.dispose()
    assert call("gaps", sqlite_url, *options) == 0
    vouches = "vouches for 1 section front" in capsys.readouterr().out
    assert vouches is is_of
