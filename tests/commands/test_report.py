"""``scrapy report``: one page that holds all it shows, where every text is text."""

from __future__ import annotations

import base64
import contextlib
import re
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree, html
from sqlalchemy import insert, update

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier.admit import admit, article_candidate
from kompas_crawler.exitcodes import Exit
from kompas_crawler.project import how_to_install
from kompas_crawler.report.charts import articles_by_day
from kompas_crawler.site.keys import WIB
from tests.archive.build import article, key
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.html import HtmlElement

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> $x^2$ \x1b[2J\u202e"
NOW = "2024-01-20T10:00:00+07:00"


def report(database_url: str, folder: Path, *options: str) -> str:
    path = folder / "kompas.html"
    assert call("report", database_url, str(path), *options, KOMPAS_NOW=NOW) == Exit.DONE
    return path.read_text(encoding="utf-8")


def fill_with_news(database_url: str, **changes: Any) -> None:
    """Articles of three days that link to one another, one of them corrected."""
    at = datetime(2024, 1, 15, 9, tzinfo=WIB)
    made = [
        article(n, *range(1, n), published_at=at + timedelta(hours=n), **changes)
        for n in range(1, 9)
    ]
    fill(
        database_url,
        *made,
        article(8, 1, **{"title": "Baru", "body": ("Diralat.",), **changes}),
        article(8, 1, **{"title": "Baru", "body": ("Diralat.",), "source": "Antara", **changes}),
    )


def test_all_articles_counted_at_once_are_those_counted_by_a_filter(
    database_url: str, tmp_path: Path
) -> None:
    fill_with_news(database_url, tags=("banjir", "cuaca"), authors=("Budi", "Sari"))
    every, chosen = report(database_url, tmp_path), report(database_url, tmp_path, "--tag=banjir")
    for page in map(html.fromstring, (every, chosen)):
        texts = page.xpath("//svg[contains(@aria-label, 'each field')]//text()[normalize-space()]")
        shares = dict(zip(texts[::2], texts[1::2], strict=True))
        assert (shares["authors"], shares["tags"], shares["images"]) == ("100%", "100%", "0%")
        assert shares["related"] == "88%"  # all but the first
    for label in ("Most frequent tags", "Most frequent authors"):
        (chart,) = re.findall(rf'<svg role="img" aria-label="{label}".*?</svg>', every, re.DOTALL)[
            :1
        ]
        assert chart in chosen
        assert chart.count(">8<") == 2


def test_it_shows_what_the_archive_holds(database_url: str, tmp_path: Path) -> None:
    fill_with_news(database_url)
    page: HtmlElement = html.fromstring(report(database_url, tmp_path))
    tiles = {
        tile.findtext("span"): tile.findtext("b") for tile in page.xpath("//ul[@class='tiles']/li")
    }
    assert (tiles["articles"], tiles["corrections noticed"]) == ("8", "1")
    assert "1 change of title, summary, text or tags, and 1 of details" in page.text_content()
    headings = [heading.text for heading in page.xpath("//h2")]
    assert headings[0] == "Articles by day and section"
    assert {"Coverage of fields", "Corrections", "Most linked articles"} <= set(headings)
    assert page.xpath("//del/text()") == ["Judul 8"]
    corrected = page.xpath("//section[h2='Latest corrections of texts']//tbody/tr")
    assert [row.findtext(".//span") for row in corrected] == [key(8)]  # for scrapy show
    rows = page.xpath("//section[h2='Most linked articles']//tbody/tr")
    assert [cell.text_content() for cell in rows[0].xpath("td")] == ["1", "Judul 1", "Money", "7"]
    assert len(page.xpath("//svg")) == 2 * 2 + 4  # articles and gaps both wide and narrow


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on an SQLite archive."""
    folder = tmp_path_factory.mktemp("report")
    url = f"sqlite:///{(folder / 'kompas.db').as_posix()}"
    fill_with_news(url)
    return report(url, folder)


def test_it_asks_no_server_and_runs_no_script(text: str) -> None:
    page: HtmlElement = html.fromstring(text)
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    loaded = page.xpath("//@src | //link/@href | //script | //iframe | //object | //style[@src]")
    assert loaded == ["data:,"]
    assert "@import" not in text
    assert set(re.findall(r"url\(([^)]*)", text)) <= {f"#{id_}" for id_ in page.xpath("//@id")}
    hosts = {link.split("/")[2] for link in page.xpath("//a[not(@download)]/@href")}
    assert hosts == {"money.kompas.com"}


def test_colours_are_the_style_sheet_s(text: str) -> None:
    inside = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert set(re.findall(r"#[0-9a-f]{6}\b", inside)) <= {"#000000"}
    named = set(re.findall(r"var\((--\w+)\)", text))
    light, dark = (part.split("}")[0] for part in text.split(":root {")[1:3])
    assert named <= set(re.findall(r"--\w+(?=:)", light))
    assert set(re.findall(r"--\w+(?=:)", light)) == set(re.findall(r"--\w+(?=:)", dark))


def test_sections_of_equal_size_have_the_same_colours_in_any_order() -> None:
    """The databases count them in different orders."""
    names = [f"Rubrik {n}" for n in range(9)]
    day = date(2026, 6, 30)
    one, other = ({day: dict.fromkeys(of, 1)} for of in (names, names[::-1]))
    assert articles_by_day(one) == articles_by_day(other)


def test_hostile_texts_are_text(sqlite_url: str, tmp_path: Path) -> None:
    fill_with_news(sqlite_url, title=EVIL, section=EVIL)
    fill(sqlite_url, article(9, 1, url="javascript:alert(3)", title=EVIL, section=EVIL))
    fill(sqlite_url, *(article(n, 9, title="x") for n in range(10, 20)))
    text = report(sqlite_url, tmp_path)
    page: HtmlElement = html.fromstring(text)
    assert page.xpath("//script | //img | //*[@onerror]") == []
    links = page.xpath("//a[not(@download)]/@href")
    assert not [link for link in links if not link.startswith("https://")]
    assert not set("\x1b\u202e") & set(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_each_chart_can_be_saved(text: str) -> None:
    page: HtmlElement = html.fromstring(text)
    links = page.xpath("//a[@download]")
    names = {link.get("download") for link in links}
    assert {"kompas-articles.svg", "kompas-tags.svg", "kompas-authors.svg"} <= names
    assert len(names) == len(links) == 6
    for link in links:
        kind, _, data = link.get("href").partition(",")
        assert kind == "data:image/svg+xml;base64"
        picture = etree.fromstring(base64.b64decode(data))
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(" not in base64.b64decode(data).decode()  # programs for pictures know no such


def test_the_calendar_names_its_months(text: str) -> None:
    wide, narrow = html.fromstring(text).xpath("//section[h2='Gaps']//svg")
    months = [
        re.findall(r"\b[A-Z][a-z]{2}\b(?: \d{4})?", " ".join(m.itertext())) for m in (wide, narrow)
    ]
    days = {"Mon", "Wed", "Fri", "Sun"}
    named = [[month for month in found if month not in days] for found in months]
    assert named[1] == ["Oct 2023", "Nov", "Dec", "Jan 2024"]
    assert named[0][0] == "Feb 2023"
    assert named[0][-4:] == ["Oct", *named[1][1:]]


def test_a_day_is_complete_once_its_index_was_read_in_full(sqlite_url: str, tmp_path: Path) -> None:
    def colours() -> set[str]:
        page = html.fromstring(report(sqlite_url, tmp_path))
        svg = etree.tostring(page.xpath("//section[h2='Gaps']//svg")[0]).decode()
        return {"good", "listed", "some"} & set(re.findall(r"fill: var\(--(\w+)\)", svg))

    crawled = datetime(2024, 1, 17, tzinfo=WIB)
    one = article(1)
    fill(sqlite_url, one)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        found = [article_candidate(one.url, scope="kompas", depth=0)]
        admit(connection, found, crawled)
        connection.execute(update(FrontierRow).values(state="done"))
    assert colours() == {"listed"}
    proof = {"site": "all", "day": date(2024, 1, 15), "listed": 1, "pages": 1, "read_all": True}
    proof |= {"complete": True, "swept_at": crawled, "began_at": crawled}
    with opened(sqlite_url) as engine, engine.begin() as connection:
        connection.execute(insert(IndexDayRow), proof)
    assert colours() == {"good"}


def test_what_was_not_read_is_counted_as_gaps_counts_it(sqlite_url: str, tmp_path: Path) -> None:
    def told() -> tuple[str, int]:
        page = html.fromstring(report(sqlite_url, tmp_path))
        note = page.xpath("//section[h2='Gaps']/p")[0]
        return note.text_content(), call("gaps", sqlite_url, KOMPAS_NOW=NOW)

    one, now = article(1), datetime.fromisoformat(NOW)
    fill(sqlite_url, one)
    today = {"site": "all", "day": now.date(), "listed": 1, "pages": 1, "read_all": True}
    today |= {"complete": False, "swept_at": now, "began_at": now}
    with opened(sqlite_url) as engine, engine.begin() as connection:
        admit(connection, [article_candidate(one.url, scope="kompas", depth=0)], now)
        connection.execute(update(FrontierRow).values(state="done"))
        connection.execute(insert(IndexDayRow), today)  # no gap before the day is over
    text, code = told()
    assert (code, "none is missing" in text) == (0, True)
    front = {"key": "https://money.kompas.com/", "section": "money", "pages_read": 1}
    front |= {"since_at": now, "closed_at": now, "began_at": now + timedelta(hours=1)}
    with opened(sqlite_url) as engine, engine.begin() as connection:
        connection.execute(insert(FrontRow), front)
    text, code = told()
    assert (code, "0 are missing; 1 list, day or span is not read" in text) == (1, True)


@pytest.mark.slow
def test_it_is_about_the_articles_asked_for(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_with_news(sqlite_url)
    later = datetime(2024, 2, 1, 9, tzinfo=WIB)
    other = {"tags": ("longsor",), "authors": ("Sari",), "section": "Global"}
    fill(sqlite_url, article(1, id="20240201-090000126", published_at=later, title="A", **other))
    text = report(sqlite_url, tmp_path, "--since", "2024-01-01", "--until", "2024-01-31")
    assert "from 15 Jan 2024 to 15 Jan 2024" in text
    for option in ("--tag=longsor", "--author=Sari", "--section=global", "--query=A"):
        page: HtmlElement = html.fromstring(report(sqlite_url, tmp_path, option))
        assert page.xpath("//ul[@class='tiles']/li/b/text()")[0] == "1", option
        assert page.xpath("//p/b/text()")[0].startswith("Only ")
    assert capsys.readouterr().err == ""
    whole = (tmp_path / "kompas.html").read_bytes()
    with contextlib.suppress(AssertionError):
        report(sqlite_url, tmp_path, "--tag", "longsorr")
    assert "no article has the tag 'longsorr'; near: 'longsor' (1)" in capsys.readouterr().err
    assert (tmp_path / "kompas.html").read_bytes() == whole
    report(sqlite_url, tmp_path, "--tag", "longsor,longsorr")  # a misspelt name among several
    assert capsys.readouterr().err == "no article has the tag 'longsorr'; near: 'longsor' (1)\n"


def test_an_empty_archive_has_a_report_that_says_so(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(database_url):
        text = report(database_url, tmp_path)
    assert "There is no article in the archive yet" in text
    assert capsys.readouterr().err.startswith("the archive is empty; to fill it")


def test_a_title_does_not_make_the_archive_empty(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1, title="There is no article like it"))
    fill(sqlite_url, *(article(n, 1, title="x") for n in range(2, 5)))
    assert "There is no article like it" in report(sqlite_url, tmp_path)
    assert capsys.readouterr().out.startswith("report written to")


@pytest.mark.parametrize("arguments", [[], ["kompas.pdf"], ["a.html", "b.html"]])
def test_one_html_file_is_named(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert call("report", sqlite_url, *arguments) == Exit.USAGE
    assert capsys.readouterr().err.startswith("scrapy report: name one .html file to write")


def test_a_missing_library_is_one_line(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("kompas_crawler.report.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert call("report", sqlite_url, "kompas.html") == Exit.CONFIGURATION
    assert capsys.readouterr().err == (
        "scrapy report: the report needs the package matplotlib; "
        f"install it with: {how_to_install('report')}\n"
    )
