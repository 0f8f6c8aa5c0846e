"""Alembic's entry: writes the steps between two revisions as SQL, for the relay to run in one transaction."""

from alembic import context

context.configure(
    dialect_name=context.config.attributes["dialect_name"],
    output_buffer=context.config.attributes["output"],
    transactional_ddl=False,  # the relay opens the transaction itself
)
context.run_migrations()
