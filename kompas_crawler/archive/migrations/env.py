"""What Alembic runs: the archive's tables on the connection it is given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from kompas_crawler.archive.migrations import full_text
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.types import UTCDateTime


def _render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own type as what the database sees, so that a migration never changes."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the full-text index alone, which the models do not know."""
    return not full_text.is_ours(name, kind)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render_item,
        include_name=include_name,
    )
    with context.begin_transaction():
        context.run_migrations()


_given = context.config.attributes.get("connection")
if _given is not None:
    _run(_given)
else:  # alembic on the command line, for maintainers: -x url=...
    _engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with _engine.begin() as _connection:
        _run(_connection)
