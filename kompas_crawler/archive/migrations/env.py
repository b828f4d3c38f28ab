"""What Alembic runs: the migrations on the connection it is given."""

import sqlalchemy as sa
from alembic import context

from kompas_crawler.archive.migrations.columns import NAMES

names = sa.MetaData(naming_convention=NAMES)
context.configure(connection=context.config.attributes["connection"], target_metadata=names)
with context.begin_transaction():
    context.run_migrations()
