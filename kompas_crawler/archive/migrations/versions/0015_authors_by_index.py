"""The articles of an author are counted by an index alone."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.drop_index("ix_article_people_person_id", "article_people")
    op.create_index("ix_article_people_person_id", "article_people", ["person_id", "role"])
