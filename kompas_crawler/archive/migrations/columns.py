"""Columns of the tables that migrations create: apart from the models, which change later."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

KEY = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")
URL = sa.String().with_variant(sa.String(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
NAMES = {  # of indexes and constraints
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def column(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    """Make a column that is not nullable, unless *options* say so."""
    return sa.Column(name, kind, *more, **{"nullable": False} | options)


def columns(kind: Any, *names: str, **options: Any) -> list[sa.Column[Any]]:
    return [column(name, kind, **options) for name in names]


def nullable(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return columns(kind, *names, nullable=True)


def key(name: str = "id", kind: Any = sa.Integer, *more: Any, **options: Any) -> sa.Column[Any]:
    """Make a column of the primary key."""
    return column(name, kind, *more, **{"primary_key": True} | options)


def article_id(name: str = "article_id", **options: Any) -> sa.Column[Any]:
    """Make a column of the primary key, unless *options* say so, that refers to an article."""
    return key(name, sa.Integer, sa.ForeignKey("articles.id", ondelete="CASCADE"), **options)
