"""`santong migrate`: the store's tables, brought to this version."""

from gateway.cli.console import step
from gateway.cli.environment import command_settings

NAME = "migrate"


def run() -> None:
    """Bring the store of SANTONG_DATABASE_URL to this version's tables."""
    from store.migrate import upgrade  # noqa: PLC0415  # only this command needs the store

    with step("migrating the store"):
        upgrade(command_settings().database_url.get_secret_value())
