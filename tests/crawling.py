"""Whole crawls of a sample site inside the test's own process."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from kompas_crawler import settings as project_settings
from kompas_crawler.outcome.ending import Ending

if TYPE_CHECKING:
    from kompas_crawler.exitcodes import Exit


@dataclass(frozen=True, slots=True)
class Crawled:
    """How a crawl ended: its exit code, its line, its stats."""

    code: Exit
    end: str
    stats: dict[str, Any]

    @property
    def stored(self) -> tuple[int, ...]:
        """Articles new, updated, unchanged."""
        return tuple(self.stats.get(f"articles/{n}", 0) for n in ("new", "updated", "unchanged"))


def settings_for(mirror: str | None, database_url: str, folder: Path, **more: Any) -> Settings:
    """The project's settings, on a mirror and a database of the test's own."""
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    settings.set("TWISTED_REACTOR_ENABLED", False, priority="cmdline")
    settings.set("KOMPAS_MIRROR", mirror or "", priority="cmdline")
    settings.set("KOMPAS_DATABASE_URL", database_url, priority="cmdline")
    settings.set("KOMPAS_HEALTH_FILE", str(folder / "health.json"), priority="cmdline")
    settings.set("TELNETCONSOLE_ENABLED", False, priority="cmdline")
    for name, value in more.items():
        settings.set(name, value, priority="cmdline")
    return settings


@cache
def _spiders() -> SpiderLoader:
    """The spiders of the project, which each runner would look for with a copy of its settings."""
    return SpiderLoader.from_settings(settings_for(None, "", Path()))


def crawl(
    spider: str,
    *,
    mirror: str | None,
    database_url: str,
    folder: Path,
    settings: dict[str, Any] | None = None,
    **arguments: str,
) -> Crawled:
    """Run *spider* to its end; what ends a crawl before it begins is raised."""

    # What a crawl collects at its start are its own objects, not all that the tests have made.
    gc.freeze()

    async def main() -> Crawled:
        known = settings_for(mirror, database_url, folder, **settings or {})
        crawler = Crawler(_spiders().load(spider), known)
        await crawler.crawl_async(**arguments)
        ending = crawler.get_extension(Ending)
        assert ending is not None
        assert ending.exit_code is not None
        return Crawled(ending.exit_code, ending.line, dict(crawler.stats.get_stats()))

    return asyncio.run(main())
