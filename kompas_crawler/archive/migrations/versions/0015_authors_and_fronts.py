"""Count the articles of an author by an index alone; keep what a reading of a front has to meet."""

from alembic import op

from kompas_crawler.archive.migrations.columns import JSON, nullable

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.drop_index("ix_article_people_person_id", "article_people")
    op.create_index("ix_article_people_person_id", "article_people", ["person_id", "role"])
    for column in nullable(JSON, "newest", "to_meet"):
        op.add_column("fronts", column)
