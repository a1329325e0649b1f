"""The fields of a contract beside what was counted of them."""

from collections.abc import Iterable, Mapping, Sequence

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from capabilities.usage.client import Client
from capabilities.usage.records import FieldChoice, FieldUsage, OperationKey, OperationUsage

Coordinates = Mapping[OperationKey, Sequence[str]]


def fields_of(schema: GraphQLSchema) -> dict[str, str | None]:
    """Every field of a contract by its coordinate, with the reason of one that is deprecated."""
    return {
        f"{kind.name}.{name}": field.deprecation_reason
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        and not kind.name.startswith("__")
        for name, field in kind.fields.items()
    }


def field_usage(
    fields: Mapping[str, str | None],
    operations: Sequence[OperationUsage],
    coordinates: Coordinates,
) -> list[FieldUsage]:
    """How often each field was selected, the most used first and the unused by name.

    Runs are multiplied out here, when somebody asks, and nowhere before.
    """
    counts: dict[str, int] = {}
    latest: dict[str, OperationUsage] = {}
    clients: dict[str, set[Client]] = {}
    for one in operations:
        for coordinate in coordinates.get(one.key, ()):
            if coordinate in fields:
                counts[coordinate] = counts.get(coordinate, 0) + one.count
                clients.setdefault(coordinate, set()).add(one.client)
                last = latest.get(coordinate)
                if last is None or last.last_used_at < one.last_used_at:
                    latest[coordinate] = one
    found = [
        FieldUsage(
            coordinate=coordinate,
            count=counts.get(coordinate, 0),
            last_used_at=latest[coordinate].last_used_at if coordinate in latest else None,
            clients=_sorted(clients.get(coordinate, ())),
            deprecated=reason,
        )
        for coordinate, reason in fields.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.coordinate))


def chosen_fields(found: Sequence[FieldUsage], which: FieldChoice) -> list[FieldUsage]:
    """Those that were chosen: all, those nobody selects, or those that are deprecated and read."""
    if which is FieldChoice.UNUSED:
        return [one for one in found if one.count == 0]
    if which is FieldChoice.DEPRECATED:
        return [one for one in found if one.deprecated is not None and one.count > 0]
    return list(found)


def _sorted(clients: Iterable[Client]) -> tuple[Client, ...]:
    return tuple(sorted(clients, key=lambda one: (one.credential, one.name)))
