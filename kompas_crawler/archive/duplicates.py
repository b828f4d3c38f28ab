"""Equal texts under several keys: which of them is the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, bindparam, func, or_, select, update

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

_ARTICLES: Table = ArticleRow.__table__  # type: ignore[assignment]
_A = _ARTICLES.c


def mark_duplicates(connection: Connection, hashes: Collection[str]) -> dict[str, str | None]:
    """Among equal texts, make the smallest key the original, whatever came first.

    Looks at the texts *hashes* name; returns, for each article of a text that
    several share, the key of its original (``None`` for the original itself).
    """
    originals: dict[str, str | None] = {}
    for part in chunks(sorted(hashes)):
        smallest = (
            select(_A.text_hash, func.min(_A.key).label("key"), func.count().label("n"))
            .where(_A.text_hash.in_(part))
            .group_by(_A.text_hash)
            .subquery()
        )
        rows = connection.execute(
            select(_A.key, _A.duplicate_of, smallest.c.key)
            .join(smallest, smallest.c.text_hash == _A.text_hash)
            .where(or_(smallest.c.n > 1, _A.duplicate_of.is_not(None)))
        ).all()
        wrong = []
        for key, marked, original in rows:
            right = None if key == original else original
            originals[key] = right
            if marked != right:
                wrong.append({"k": key, "o": right})
        if wrong:
            connection.execute(
                update(_ARTICLES)
                .where(_A.key == bindparam("k"))
                .values(duplicate_of=bindparam("o")),
                sorted(wrong, key=lambda row: str(row["k"])),
            )
    return originals
