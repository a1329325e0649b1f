"""`santong migrate`: the store's tables, brought to this version."""

from gateway.cli.console import aside, step
from gateway.cli.environment import command_settings

NAME = "migrate"


def run() -> None:
    """Bring the store of SANTONG_DATABASE_URL to this version's tables."""
    from store.migrate import Patience, upgrade  # noqa: PLC0415  # only this command needs the store

    settings = command_settings()
    patience = Patience(settings.migrate_lock_seconds, settings.migrate_seconds)
    url = settings.database_url.get_secret_value()
    with step("migrating the store"):
        upgrade(url, patience=patience, told=lambda what: aside.print(what, markup=False))
