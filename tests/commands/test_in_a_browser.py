"""Report and browse as Chromium shows them: what a text holds is never run."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from kompas_crawler.exitcodes import Exit
from tests import processes
from tests.archive.build import article, key
from tests.chromium import browser
from tests.commands.calling import call, fill
from tests.commands.test_browse import address_in, browsing
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chromium import Browser

SCRIPT = "<script>alert(1)</script>"
EVIL = f'{SCRIPT}<img src=x onerror=alert(2)>"><svg onload=alert(3)>'


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive in whose every text there is script."""
    url = f"sqlite:///{(tmp_path_factory.mktemp('hostile') / 'kompas.db').as_posix()}"
    texts = {"title": EVIL, "summary": EVIL, "section": EVIL, "tags": (EVIL,), "authors": (EVIL,)}
    made = [article(n, *range(1, n), body=(EVIL, f"{n}"), **texts) for n in range(1, 6)]
    fill(url, *made, article(5, 1, **{**texts, "title": f"{EVIL} lagi"}, body=(EVIL, "lain")))
    return url


@pytest.fixture(scope="module")
def page(hostile: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on that archive."""
    path = tmp_path_factory.mktemp("page") / "kompas.html"
    assert call("report", hostile, str(path), KOMPAS_NOW="2024-01-20T10:00:00+07:00") == Exit.DONE
    return path


@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_runs_nothing_asks_for_nothing_and_fits(
    chromium: Browser, page: Path, width: int, is_dark: bool
) -> None:
    chromium.open(page.as_uri(), width=width, is_dark=is_dark)
    assert chromium.dialogs == []
    assert chromium.errors == []
    assert [url for url in chromium.requests if not url.startswith("data:")] == [page.as_uri()]
    assert SCRIPT in chromium.value("document.body.innerText")
    assert chromium.value("document.documentElement.scrollWidth") == width


def test_the_reports_policy_stops_a_script_that_got_in(chromium: Browser, page: Path) -> None:
    broken = page.with_name("policy.html")
    broken.write_text(page.read_text("utf-8").replace("<main>", f"<main>{EVIL}"), "utf-8")
    chromium.open(broken.as_uri())
    assert chromium.dialogs == []
    assert any("Content Security Policy" in error for error in chromium.errors)


def test_control_without_either_a_script_in_a_text_runs(chromium: Browser, page: Path) -> None:
    text = page.read_text("utf-8").replace("<main>", f"<main>{EVIL}")
    broken = page.with_name("open.html")
    broken.write_text(re.sub(r"<meta http-equiv=[^>]*>", "", text), "utf-8")
    chromium.open(broken.as_uri())
    assert set(chromium.dialogs) >= {"1"}


@pytest.fixture(scope="module")
def address(hostile: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where ``scrapy browse`` serves that archive until interrupted."""
    log = tmp_path_factory.mktemp("browse") / "browse.log"
    command = [sys.executable, "-m", "scrapy", "browse"]
    with log.open("a") as output:
        process = processes.start(
            command, cwd=ROOT, env={"KOMPAS_DATABASE_URL": hostile}, stdout=output, stderr=output
        )
    try:
        yield address_in(log)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == Exit.DONE
        assert "Traceback" not in log.read_text()
    finally:
        processes.kill(process)


PAGES = (
    "/",
    "/articles",
    "/articles?words=alert",
    f"/article/{key(1)}",
    f"/article/{key(5)}",
    "/day/2024-01-15",
    f"/author/{quote(EVIL, safe='')}",
    f"/tag/{quote(EVIL, safe='')}",
    "/nix",
)
TABLES = (
    "",
    "/articles",
    "/revisions",
    "/people",
    "/articles?_facet=section",
    "?sql=select+title,body+from+articles",
)


@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_browse_runs_nothing_asks_for_nothing_and_fits(
    chromium: Browser, address: str, width: int, is_dark: bool
) -> None:
    seen = 0
    for path in (*PAGES, *(f"/kompas{place}" for place in TABLES)):
        chromium.open(f"{address}{path}", width=width, is_dark=is_dark)
        assert chromium.dialogs == [], path
        refused = ["404 (Not Found)" in error for error in chromium.errors]
        assert refused == [True] * (path == "/nix"), (path, chromium.errors)
        assert all(asked.startswith((address, "data:")) for asked in chromium.requests)
        assert chromium.value("document.documentElement.scrollWidth") == width, path
        seen += SCRIPT in chromium.value("document.body.innerText")
    assert seen == len(PAGES) + len(TABLES) - 2  # not the list of tables and the page of an error


def test_the_policy_of_browse_stops_a_script_that_got_in(chromium: Browser, address: str) -> None:
    put = "document.body.insertAdjacentHTML('beforeend', '<img src=x: onerror=alert(4)>')"
    for has_policy in (True, False):  # control: without the policy it runs
        chromium.call("Page.setBypassCSP", enabled=not has_policy)
        chromium.open(address)
        chromium.value(put)
        chromium.wait(lambda: chromium.dialogs or any("script-src" in e for e in chromium.errors))
        assert chromium.dialogs == ([] if has_policy else ["4"])
    chromium.call("Page.setBypassCSP", enabled=False)


def test_a_name_from_right_to_left_leaves_its_neighbours_in_their_order(
    chromium: Browser, tmp_path: Path
) -> None:
    url = f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}"
    fill(url, article(1, tags=("محمد",), title="Judul " * 300))
    with browsing(url) as get:
        page = tmp_path / "articles.html"
        style = get("/kompas-files/pages.css").text
        text = get("/articles").text
        page.write_text(text.replace("</head>", f"<style>{style}</style></head>"), "utf-8")
    chromium.open(page.as_uri(), width=390)
    # Without isolation the number would stand on the left of the name.
    assert chromium.value(
        """{
            const [tag, count] = document.querySelector("a[href*=tag]").closest("li").children;
            tag.getBoundingClientRect().right <= count.getBoundingClientRect().left;
        }"""
    )
    assert chromium.value("document.querySelector('.entry h2').offsetHeight") < 200  # five lines
