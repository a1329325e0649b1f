"""`santong migrate`: the store's tables, brought to this version."""

from capabilities.errors import BadInput, StoreUnavailable
from gateway.cli.console import step
from gateway.cli.environment import command_settings

NAME = "migrate"


def run() -> None:
    """Bring the store of SANTONG_DATABASE_URL to this version's tables."""
    from sqlalchemy.exc import ArgumentError, OperationalError  # noqa: PLC0415  # as below

    from store.migrate import upgrade  # noqa: PLC0415  # only this command needs the store

    database_url = command_settings().database_url.get_secret_value()
    try:
        with step("migrating the store"):
            upgrade(database_url)
    except ArgumentError as error:
        raise BadInput("SANTONG_DATABASE_URL is no URL like postgresql://host/name") from error
    except OperationalError as error:
        told = " ".join(str(error.orig).split())  # libpq writes several lines
        raise StoreUnavailable(f"SANTONG_DATABASE_URL: {told}") from error
