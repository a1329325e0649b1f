"""How Alembic runs here: on the connection it is handed, in that connection's transaction."""

from alembic import context

from store.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
