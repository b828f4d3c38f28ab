"""Serve a snapshot of the archive with Datasette on the loopback interface."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]

from kompas_crawler.exitcodes import UsageProblem

HOST = "127.0.0.1"
_HERE = Path(__file__).parent


def serve(snapshot: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve *snapshot* until interrupted; call *ready* with the address.

    Port 0 chooses a free one. Raises ``UsageProblem`` if the port is in use.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise UsageProblem(f"cannot listen on port {port}: {error.strerror}") from None
        address = f"http://{HOST}:{listening.getsockname()[1]}/kompas"
        config = uvicorn.Config(
            application(snapshot).app(), log_level="warning", lifespan="on", server_header=False
        )
        server = _Server(config, lambda: ready(address))
        server.run(sockets=[listening])


def application(snapshot: Path) -> Datasette:
    """Datasette, read-only, with our metadata and columns."""
    return Datasette(
        immutables=[str(snapshot)],
        metadata=json.loads((_HERE / "metadata.json").read_text(encoding="utf-8")),
        template_dir=str(_HERE / "templates"),
        plugins_dir=str(_HERE / "plugins"),
        static_mounts=[("kompas-files", str(_HERE / "static"))],
        settings={
            "sql_time_limit_ms": 10_000,
            "facet_time_limit_ms": 3_000,
            "suggest_facets": False,
            "truncate_cells_html": 600,
            "default_cache_ttl": 0,
        },
    )


class _Server(uvicorn.Server):
    """Reports when the server is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()
