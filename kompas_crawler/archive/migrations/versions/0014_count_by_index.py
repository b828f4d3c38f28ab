"""Articles of a day and section, and links to an article, are counted by an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.drop_index("ix_articles_section", "articles")
    day = sa.text("substr(key, 1, 8)")
    op.create_index("ix_articles_section_day", "articles", ["section", day])
    op.drop_index("ix_links_target_key", "links")
    op.create_index("ix_links_target_key", "links", ["target_key", "article_id"])
