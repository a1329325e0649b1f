"""Tables of a database → an outline; read once with SQLAlchemy's inspector, nothing is written."""

from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline

_PATIENCE_SECONDS = 10


def read_tables(address: str, tables: tuple[str, ...] = ()) -> Outline:
    """The tables of a database, all or those named; DraftError where it cannot be looked at.

    The address is SQLAlchemy's; its password stays out of every message.
    """
    try:
        engine = create_engine(
            _with_driver(address), connect_args={"connect_timeout": _PATIENCE_SECONDS}
        )
        try:
            looking = inspect(engine)
            names = tables or tuple(looking.get_table_names())
            entities = tuple(_entity(looking, name) for name in names)
        finally:
            engine.dispose()
    except SQLAlchemyError as exc:
        reason = type(exc).__name__
        raise DraftError(
            f"the database cannot be looked at ({reason}); is its address right?"
        ) from None
    return Outline(protocol="sql", title="a database", entities=entities)


def _with_driver(address: str) -> str:
    """The driver that is installed, where the address names none."""
    scheme, _, rest = address.partition("://")
    plain = scheme in ("postgres", "postgresql")
    return f"postgresql+psycopg://{rest}" if plain else address


def _entity(looking: Any, table: str) -> Entity:
    columns = looking.get_columns(table)
    keys = looking.get_pk_constraint(table).get("constrained_columns") or ()
    fields = (Found(path=str(one["name"]), holds=_holds(one["type"])) for one in columns)
    return Entity(name=table, place=table, fields=tuple(fields), keys=tuple(keys))


def _holds(kind: Any) -> Holds:
    try:
        python = kind.python_type.__name__
    except NotImplementedError:
        return Holds.TEXT
    if python == "datetime":
        return Holds.INSTANT if getattr(kind, "timezone", False) else Holds.LOCAL
    numbers = dict.fromkeys(("int", "float", "Decimal"), Holds.NUMBER)
    return {"date": Holds.DATE, "bool": Holds.FLAG, **numbers}.get(python, Holds.TEXT)
