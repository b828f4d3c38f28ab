"""Serve the archive with Datasette on the loopback interface, read-only."""

import socket
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.database import Database  # type: ignore[import-untyped]
from datasette.plugins import pm  # type: ignore[import-untyped]

from kompas_crawler.archive import models
from kompas_crawler.archive.migrations.unmapped import VIEWS
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.browse import routes
from kompas_crawler.exitcodes import UsageProblem

HOST = "127.0.0.1"
_HERE = Path(__file__).parent
_TABLES = {  # those for readers, with the sentence that describes each; Datasette shows no others
    row.__tablename__: {"description": (row.__doc__ or "").partition("\n")[0]}
    for row in (
        *(models.ArticleRow, models.RevisionRow, models.LinkRow, models.PersonRow, models.TagRow),
        *(models.CreditRow, models.ArticleTagRow, models.RunRow),
    )
} | {name: {"description": view.split("\n")[1].removeprefix("-- ")} for name, view in VIEWS.items()}
for _name, _order in {"articles": "published_at", "revisions": "replaced_at", "runs": "id"}.items():
    _TABLES[_name]["sort_desc"] = _order
_METADATA = {
    "title": "Kompas archive",
    "source": "Kompas.com",
    "source_url": "https://www.kompas.com/",
    "extra_css_urls": ["/kompas-files/style.css"],
    "databases": {"kompas": {"tables": _TABLES}},
}


def serve(reader: Reader, port: int, now: datetime | None, ready: Callable[[str], None]) -> None:
    """Serve the archive until interrupted; call *ready* with the address.

    Port 0 chooses a free one. Raises ``UsageProblem`` if the port is in use.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen()  # a browser that is opened now waits for the server
        except OSError as error:
            raise UsageProblem(f"cannot listen on port {port}: {error.strerror}") from None
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        app = application(reader, now).app()
        config = uvicorn.Config(app, log_level="warning", lifespan="on", server_header=False)
        ready(address)
        uvicorn.Server(config).run(sockets=[listening])


def application(reader: Reader, now: datetime | None = None) -> Datasette:
    """Datasette with our pages and the tables of an SQLite archive, its gaps as of *now*."""
    pm.get_plugin("datasette.handle_exception").rich = None  # prints tracebacks of wrong addresses
    if not pm.is_registered(routes):
        pm.register(routes)
    served = Datasette(
        [],
        metadata=_METADATA,
        template_dir=str(_HERE / "templates"),
        static_mounts=[("kompas-files", str(_HERE / "static"))],
        settings={
            "sql_time_limit_ms": 10_000,
            "facet_time_limit_ms": 3_000,
            "suggest_facets": False,
            "truncate_cells_html": 600,
            "default_cache_ttl": 0,
        },
    )
    served.archive, served.archive_now = reader, now
    served.remove_database("_memory")
    if reader.url.get_backend_name() == "sqlite":
        served.add_database(_Archive(served, reader), name="kompas")
    return served


class _Archive(Database):  # type: ignore[misc]
    """The file of the archive; a statement's transaction ends with it."""

    def __init__(self, served: Datasette, reader: Reader) -> None:
        super().__init__(served, path=reader.url.database)
        is_fixed = "immutable" in reader.engine.url.query
        self._uri = f"{Path(self.path).as_uri()}?{'immutable=1' if is_fixed else 'mode=ro'}"

    async def table_names(self) -> list[str]:
        """The tables for readers."""
        return [name for name in await super().table_names() if name in _TABLES]

    def connect(self, write: bool = False) -> sqlite3.Connection:
        made = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
        self._all_file_connections.append(made)
        return made
