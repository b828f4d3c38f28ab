"""The settings gate: refuses open ports and pickles, warns of and records what is unsafe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.settings import Settings

from kompas_crawler import settings as project_settings
from kompas_crawler.crawl import settings_check
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.polite.user_agent import Identity
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import crawl

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ScrapyCli

_ROBOTS = "kompas_crawler.middlewares.robots.RobotsMiddleware"


def _settings(**changed: Any) -> Settings:
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    Identity().update_settings(settings)
    for name, value in changed.items():
        settings.set(name, value, priority="cmdline")
    return settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_DELAY", "0.5s"),
        ("CONCURRENT_REQUESTS", "many"),
        ("CLOSESPIDER_PAGECOUNT", ""),
        ("DOWNLOAD_TIMEOUT", [1]),
        ("COOKIES_ENABLED", "maybe"),
    ],
)
def test_a_setting_of_scrapy_that_is_no_number_or_switch_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationProblem, match=f"^{name} cannot be "):
        settings_check.refuse_kinds(_settings(**{name: value}))


def test_numbers_and_switches_as_texts_are_taken() -> None:
    as_texts = {"DOWNLOAD_DELAY": "0.5", "RETRY_TIMES": "3", "COOKIES_ENABLED": "True"}
    as_texts |= {"TELNETCONSOLE_ENABLED": "true"}  # 1 in Scrapy
    settings_check.refuse_kinds(_settings(**as_texts, FEED_EXPORT_INDENT=None))


def test_an_address_is_no_folder_for_captures() -> None:
    settings_check.refuse(_settings(KOMPAS_WARC_DIR="data/warc"))
    with pytest.raises(ConfigurationProblem, match="KOMPAS_WARC_DIR must be a folder here"):
        settings_check.refuse(_settings(KOMPAS_WARC_DIR="s3://bucket/warc"))


def test_the_projects_own_settings_are_safe() -> None:
    settings_check.refuse(_settings())
    assert settings_check.unsafe(_settings(KOMPAS_MIRROR="http://127.0.0.1:8010")) == []
    assert settings_check.unsafe(_settings()) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DOWNLOAD_DELAY", 0.1, "more than two requests a second"),
        ("DOWNLOAD_VERIFY_CERTIFICATES", False, "modified in transit"),
        ("DOWNLOAD_MAXSIZE", 0, "exhaust the memory"),
        ("DOWNLOAD_TIMEOUT", 3600, "block the crawl"),
        ("REDIRECT_MAX_TIMES", 100, "redirect loop"),
        ("COOKIES_ENABLED", True, "track the crawler"),
        ("USER_AGENT", "Mozilla/5.0", "does not identify itself as kompas-crawler/"),
        ("DOWNLOADER_MIDDLEWARES", {_ROBOTS: None}, "robots.txt is not obeyed"),
        ("DOWNLOADER_MIDDLEWARES", {}, "no delay between requests"),
        ("ITEM_PIPELINES", {}, "are stored"),
        ("SPIDER_MIDDLEWARES", {}, "a kill loses"),
        ("DOWNLOAD_HANDLERS", {"http": None}, "https bypasses the address guard"),
        ("DOWNLOAD_HANDLERS", {"file": "x.Y"}, "file may read resources outside the web"),
        ("TWISTED_DNS_RESOLVER", "scrapy.resolver.CachingThreadedResolver", "private addresses"),
    ],
)
def test_an_unsafe_setting_is_named(name: str, value: Any, said: str) -> None:
    assert any(said in line for line in settings_check.unsafe(_settings(**{name: value})))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELNETCONSOLE_ENABLED", True),
        ("REMOTE_CONTROL_ENABLED", True),
        ("JOBDIR", "jobs"),
        ("HTTPCACHE_ENABLED", True),
    ],
)
def test_open_ports_and_pickles_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationProblem):
        settings_check.refuse(_settings(**{name: value}))


@pytest.mark.parametrize("option", ["TELNETCONSOLE_ENABLED=True", "HTTPCACHE_ENABLED=True"])
def test_a_refusal_ends_with_4(option: str, scrapy_cli: ScrapyCli, tmp_path: Path) -> None:
    env = {
        "KOMPAS_MIRROR": "http://127.0.0.1:9",
        "KOMPAS_DATABASE_URL": f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
    }
    finished = scrapy_cli("crawl", "kompas", "-s", option, env=env)
    assert finished.returncode == 4, finished.stderr
    assert option.partition("=")[0] in finished.stderr
    assert not (tmp_path / "kompas.db").exists()


def test_what_is_unsafe_is_said_and_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import sqlite3
    from contextlib import closing

    with serve(Site(5)) as server:
        crawled = crawl(
            "kompas",
            mirror=server.url,
            database_url=f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
            folder=tmp_path,
            settings={"DOWNLOAD_MAXSIZE": 0},
            limit="1",
        )
    assert crawled.code is Exit.DONE
    assert "Unsafe: DOWNLOAD_MAXSIZE" in caplog.text
    with closing(sqlite3.connect(tmp_path / "kompas.db")) as connection:
        ((counts,),) = connection.execute("select counts from runs")
    health = json.loads((tmp_path / "health.json").read_text())
    for noted in (json.loads(counts), health):
        assert any("DOWNLOAD_MAXSIZE" in line for line in noted["unsafe"])
