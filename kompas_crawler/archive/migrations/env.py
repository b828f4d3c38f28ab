"""What Alembic runs: the migrations on the connection it is given."""

from alembic import context

from kompas_crawler.archive.models import Model

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Model.metadata)  # names constraints
with context.begin_transaction():
    context.run_migrations()
