"""Scrapy's own tools and plain spiders work here, and leave nothing of an archive behind."""

from __future__ import annotations

import csv
import json
import os
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests import processes
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyCli

FORBIDDEN = "https://www.kompas.com/search/?q=banjir"  # by the sample site's robots.txt
SETTINGS = """
from kompas_crawler.settings import *
SPIDER_MODULES = ["kompas_crawler.spiders", "own"]
"""
PLAIN = """
import scrapy

class Plain(scrapy.Spider):
    name = "plain"
    custom_settings = {"DEPTH_LIMIT": 1, "COOKIES_ENABLED": True}

    def __init__(self, url="", **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [url]

    def parse(self, response):
        '''
        @url https://www.kompas.com/
        @returns items 1 1
        '''
        yield {"url": response.url, "depth": response.meta.get("depth"),
               "names": [mw.__class__.__name__ for mw in
                         self.crawler.engine.downloader.middleware.middlewares]}
        yield response.follow("/", callback=self.parse)
"""
EVERYWHERE = {"KOMPAS_WARC_DIR": "data/warc", "KOMPAS_MONITORS": "1", "KOMPAS_FLEET": "1"}
"""Settings by which a crawl would open files and a database, were it one of the archive."""


@dataclass(frozen=True)
class Project:
    """A project of its own on the sample site."""

    folder: Path
    server: Server
    cli: ScrapyCli

    @property
    def article(self) -> str:
        return self.server.site.articles[0].url

    def run(self, *arguments: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command; it ends with *code*, and no file appears."""
        before = self.files()
        mirror = {"KOMPAS_MIRROR": self.server.url}
        done = self.cli(*arguments, cwd=self.folder, env=mirror | EVERYWHERE | env)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert self.files() == before
        return done

    def files(self) -> set[str]:
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*"))
        return {str(path) for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(Site(40)) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, server: Server, scrapy_cli: ScrapyCli) -> Project:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = own_settings\n")
    (tmp_path / "own_settings.py").write_text(SETTINGS)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").touch()
    (tmp_path / "own" / "plain.py").write_text(PLAIN)
    server.requests.clear()
    return Project(tmp_path, server, scrapy_cli)


def test_fetch_prints_the_page(project: Project) -> None:
    done = project.run("fetch", "--nolog", project.article)
    assert "<h1" in done.stdout
    assert project.server.site.articles[0].title in done.stdout
    assert "robots.txt" in project.server.requests[0].path


def test_parse_prints_the_article_and_which_source_answered(project: Project) -> None:
    done = project.run("parse", "--nolog", "--nocolour", "-v", project.article)
    assert "DEPTH LEVEL: 1" in done.stdout
    items = done.stdout.partition("[")[2]
    assert f"'url': '{project.article}'" in items
    assert "'body': (" in items
    assert "'title': '.read__title'" in items.partition("'found_in':")[2]


def test_the_shell_has_response_and_spider(project: Project) -> None:
    code = "print(response.status, spider.name, len(response.css('h1')))"
    done = project.run("shell", "--nolog", project.article, "-c", code)
    assert done.stdout.splitlines()[0] == "200 kompas 1"


def test_probe_says_that_the_site_is_ready(project: Project) -> None:
    done = project.run("probe")
    assert done.stdout.splitlines()[0].startswith(f"asking {project.server.url} as kompas-crawler/")
    assert done.stdout.splitlines()[-1].startswith("ready: ")
    assert done.stderr == ""


@pytest.mark.slow
def test_probe_saves_what_it_received_and_judges_it_again(project: Project) -> None:
    file = str(project.folder.parent / f"{project.folder.name}.warc.gz")
    project.server.faults["https://www.kompas.com/tag"] = Fault(status=403)
    live = project.run("probe", "--save", file, code=10)
    project.server.faults.clear()
    project.server.requests.clear()
    again = project.run("probe", "--from", file, code=10, KOMPAS_MIRROR="")
    assert again.stdout.splitlines()[1:] == live.stdout.splitlines()[1:]
    assert "  tag: HTTP 403" in again.stdout.splitlines()
    assert not project.server.requests
    refused = project.run("probe", "--save", file, code=2)
    assert refused.stderr == f"scrapy probe: cannot write {file}: File exists\n"


@pytest.mark.slow
def test_probe_without_a_site_ends_with_8(project: Project) -> None:
    project.server.faults["https://"] = Fault(cut_after=0)
    done = project.run("probe", code=8)
    project.server.faults.clear()
    assert done.stdout.splitlines()[-1] == "check the network and the settings: scrapy doctor"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_probe_ends_though_the_reader_of_its_output_has_left(project: Project) -> None:
    command = f"{shlex.quote(sys.executable)} -m scrapy probe | head -1"
    env = {"KOMPAS_MIRROR": project.server.url}
    done = processes.run(["sh", "-c", command], cwd=project.folder, env=env, timeout=60)
    assert done.stdout.startswith("asking ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "env", "code"),
    [
        (("x",), {}, 2),
        (("--save", "a.warc.gz", "--from", "b.warc.gz"), {}, 2),
        (("--from", "no.warc.gz"), {}, 2),
        (("--save", "no/folder.warc.gz"), {}, 2),
        (("--save", "probe.txt"), {}, 2),
        ((), {"KOMPAS_MIRROR": "http://example.com:80"}, 4),
    ],
)
def test_probe_refuses_what_it_cannot_do(
    arguments: tuple[str, ...], env: dict[str, str], code: int, project: Project
) -> None:
    refused = project.run("probe", *arguments, code=code, **env)
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("scrapy probe: ")


@pytest.mark.slow
def test_the_shell_opens_without_an_address(project: Project) -> None:
    assert "kompas_crawler" in project.run("shell", "--nolog", "-c", "settings['BOT_NAME']").stdout


@pytest.mark.slow
def test_the_shell_opens_a_file(project: Project) -> None:
    """A page that was saved; control: in a crawl no address leads to a file."""
    (project.folder / "page.html").write_text("<h1>Banjir</h1>")
    code = "response.css('h1::text').get()"
    assert project.run("shell", "--nolog", "./page.html", "-c", code).stdout == "Banjir\n"
    file = (project.folder / "page.html").as_uri()
    assert project.run("fetch", "--nolog", file).stdout == ""


@pytest.mark.slow
def test_fetch_prints_headers(project: Project) -> None:
    done = project.run("fetch", "--nolog", "--headers", project.article)
    assert "> User-Agent: kompas-crawler/" in done.stdout
    assert "< Content-Type: text/html" in done.stdout


@pytest.mark.slow
def test_robots_are_obeyed(project: Project) -> None:
    """Of the tools too; control: without the middleware the page is asked for."""
    assert project.run("fetch", "--nolog", FORBIDDEN).stdout == ""
    assert [request.path for request in project.server.requests] == ["/robots.txt"]
    without = '{"kompas_crawler.middlewares.robots.RobotsMiddleware": null}'
    project.run("fetch", "--nolog", "-s", f"DOWNLOADER_MIDDLEWARES={without}", FORBIDDEN)
    assert project.server.requests[-1].url == FORBIDDEN


@pytest.mark.slow
def test_private_addresses_are_refused(project: Project) -> None:
    done = project.run("fetch", f"{project.server.url}/www.kompas.com/", KOMPAS_MIRROR="")
    assert done.stdout == ""
    assert "refused" in done.stderr
    assert not project.server.requests


@pytest.mark.slow
def test_view_writes_the_page_for_a_browser(project: Project) -> None:
    done = project.run(
        "view", project.article, BROWSER="echo seen %s", TMPDIR=str(project.folder.parent)
    )
    assert "seen file://" in done.stdout


@pytest.mark.slow
def test_parse_reads_all_pages_of_an_article(project: Project) -> None:
    article = next(article for article in project.server.site.articles if article.pages == 4)
    done = project.run("parse", "--nolog", "--nocolour", article.url)
    assert "'pages_read': 4" in done.stdout
    assert "'is_complete': True" in done.stdout


@pytest.mark.slow
def test_parse_writes_a_feed(project: Project) -> None:
    feed = project.folder / "out.jsonl"
    mirror = {"KOMPAS_MIRROR": project.server.url}
    arguments = ("parse", "--nolog", project.article, "-o", str(feed))
    assert project.cli(*arguments, cwd=project.folder, env=mirror).returncode == 0
    (row,) = feed.read_text().splitlines()
    assert json.loads(row)["url"] == project.article


@pytest.mark.slow
def test_parse_goes_through_pipelines(project: Project) -> None:
    done = project.run("parse", "--pipelines", "--nocolour", project.article)
    assert f"'url': '{project.article}'" in done.stdout
    assert "ERROR" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "least"),
    [
        ("https://indeks.kompas.com/?site=all", 10),
        ("https://www.kompas.com/sitemap.xml", 10),
        ("https://nasional.kompas.com/news/sitemap.xml", 1),
    ],
)
def test_parse_names_the_pages_of_a_list(project: Project, url: str, least: int) -> None:
    done = project.run("parse", "--nolog", "--nocolour", url)
    assert done.stdout.count("<GET https://") >= least


@pytest.mark.slow
def test_parse_says_why_a_page_is_not_read(project: Project) -> None:
    done = project.run("parse", "--nocolour", "https://www.kompas.com/robots.txt")
    assert "ERROR: https://www.kompas.com/robots.txt was not read: " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("check",), ("check", "plain")])
def test_check_runs_contracts(project: Project, arguments: tuple[str, ...]) -> None:
    done = project.run(*arguments)
    assert "Ran 1 contract" in done.stderr
    assert "OK" in done.stderr


@pytest.mark.slow
def test_settings_and_list(project: Project) -> None:
    assert project.run("settings", "--get", "BOT_NAME").stdout == "kompas_crawler\n"
    assert "plain" in project.run("list").stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("start", [("runspider", "own/plain.py"), ("crawl", "plain")])
def test_a_plain_spider_works_alone(project: Project, start: tuple[str, ...]) -> None:
    """Its ``DEPTH_LIMIT`` holds and its cookies work: Scrapy's components are there again."""
    ping = f"{project.server.url}/ping"
    arguments = ("-a", f"url={project.article}", "-o", "-:jsonl", "-L", "DEBUG")
    done = project.run(*start, *arguments, KOMPAS_PING_URL=ping)
    assert "ping" not in {request.host for request in project.server.requests}
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["depth"] for row in rows] == [0, 1]
    assert "CookiesMiddleware" in rows[0]["names"]
    assert "RobotsMiddleware" in rows[0]["names"]
    assert "PolitenessMiddleware" in rows[0]["names"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "env", "line"),
    [
        (("fetch",), {"KOMPAS_CONTACT": "a(b"}, "KOMPAS_CONTACT must be an address"),
        (("parse",), {"KOMPAS_NOW": "soon"}, "KOMPAS_NOW is not a time: 'soon'"),
        (("parse", "--spider", "indeks"), {}, "since is missing: -a since=YYYY-MM-DD"),
    ],
)
def test_an_error_of_ours_is_one_line(
    project: Project, arguments: tuple[str, ...], env: dict[str, str], line: str
) -> None:
    done = project.run(*arguments, project.article, code=1, **env)
    assert done.stderr.count(line) == 1


def test_a_plain_spider_that_fails_ends_with_1(project: Project) -> None:
    project.run("crawl", "plain", "-s", "SCHEDULER=no.such.thing", code=1)


@pytest.mark.slow
def test_a_crawl_of_the_archive_serves_it(project: Project) -> None:
    """Control: what no tool leaves behind, a crawl does; Scrapyd's ``_job`` is ignored."""
    mirror = {"KOMPAS_MIRROR": project.server.url}
    mirror["KOMPAS_PING_URL"] = f"{project.server.url}/ping"
    arguments = ("-a", f"urls={project.article}", "-a", "depth=0", "-a", "_job=5f3a")
    done = project.cli("crawl", "kompas", *arguments, cwd=project.folder, env=mirror)
    assert done.returncode == 0, done.stderr
    assert "ping" in {request.host for request in project.server.requests}
    assert {"data/kompas.db", "data/health.json"} <= project.files()


def test_a_json_feed_is_not_appended_to(project: Project) -> None:
    kept = project.folder / "feed.json"
    kept.write_text("[]")
    refused = project.run("crawl", "kompas", "-o", "feed.json", code=2)
    assert refused.stderr.splitlines()[-1] == (
        "scrapy crawl: feed.json exists, and a JSON list cannot be appended to: "
        "overwrite it with -O, or use a .jsonl file"
    )
    assert kept.read_text() == "[]"


@pytest.mark.slow
def test_a_csv_feed_is_appended_to(project: Project) -> None:
    """``-o`` adds rows to a .csv under its one header."""
    feed = project.folder / "feed.csv"
    feed.write_text("url,title\r\nold,Old\r\n")
    mirror = {"KOMPAS_MIRROR": project.server.url}
    arguments = ("-a", f"urls={project.article}", "-a", "depth=0", "-o", "feed.csv", "-q")
    done = project.cli("crawl", "kompas", *arguments, cwd=project.folder, env=mirror)
    assert done.returncode == 0, done.stderr
    with feed.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["url"] for row in rows] == ["old", project.article]
    assert rows[1]["title"] == project.server.site.articles[0].title
