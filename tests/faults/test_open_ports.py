"""R25: nobody can connect to a crawl; and the settings gate refuses what would let them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kompas_crawler.sample.site.server import Server
    from tests.conftest import ScrapyProcess
    from tests.faults.world import World

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
_LISTENING = "0A"
_TELNET = """
import sys
from scrapy.cmdline import execute
from kompas_crawler.crawl import settings_check
settings_check.refuse = lambda settings: None
execute(["scrapy", "crawl", "kompas", *sys.argv[1:]])
"""


def _listening(pid: int) -> set[str]:
    """The sockets of process *pid* that listen, as ``ss -ltn`` shows them."""
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if name.startswith("socket:["):
            own.add(name[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENING and words[9] in own:
                found.add(words[1])
    return found


def _env(server: Server, world: World, tmp_path: Path) -> dict[str, str]:
    return {
        "KOMPAS_MIRROR": server.url,
        "KOMPAS_DATABASE_URL": world.url,
        "KOMPAS_HEALTH_FILE": str(tmp_path / "health.json"),
    }


def _under_way(server: Server, process: object) -> None:
    deadline = time.monotonic() + 60
    while len(server.requests) < 10:
        assert time.monotonic() < deadline
        assert process.poll() is None, "the crawl ended"  # type: ignore[attr-defined]
        time.sleep(0.01)


def test_a_crawl_listens_nowhere(
    server: Server, world: World, scrapy_process: ScrapyProcess, tmp_path: Path
) -> None:
    slowly = ("-s", "DOWNLOAD_DELAY=0.1")
    process = scrapy_process("crawl", "kompas", *slowly, env=_env(server, world, tmp_path))
    _under_way(server, process)
    assert not _listening(process.pid)


@pytest.mark.slow
def test_control_with_the_telnet_console_it_listens(
    server: Server, world: World, tmp_path: Path
) -> None:
    from tests import processes
    from tests.conftest import ROOT

    options = ("-s", "DOWNLOAD_DELAY=0.1", "-s", "TELNETCONSOLE_ENABLED=True")
    with (tmp_path / "log").open("w") as log:
        process = processes.start(
            [sys.executable, "-c", _TELNET, *options],
            cwd=ROOT,
            env=_env(server, world, tmp_path),
            stdout=log,
            stderr=log,
        )
    try:
        _under_way(server, process)
        assert _listening(process.pid)
    finally:
        processes.kill(process)
