"""Views for other programs: times in Jakarta, names of people, counts by day."""

import re
from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

_WIB = {"sqlite": r"datetime(\1, '+7 hours')", "postgresql": r"\1 at time zone 'Asia/Jakarta'"}
VIEWS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split("\n\n")
"""The views, with a comment for each column: docs/reference/tables.md shows them."""


def upgrade() -> None:
    for view in VIEWS:
        op.execute(re.sub(r"wib\((\w+)\)", _WIB[op.get_bind().dialect.name], view))


def downgrade() -> None:
    for name in ("daily_counts", "article_people_names", "articles_wib"):
        op.execute(f"drop view {name}")
