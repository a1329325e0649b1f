"""What another contract would break, and for whom: its changes beside what was counted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from msgspec import Struct

from capabilities.operations import operation_hash
from capabilities.usage.client import Client
from capabilities.usage.records import OperationKey, OperationUsage
from gateway.usage.changes import Change, Severity, changes_between
from gateway.usage.coordinates import coordinates_of

_MOST_FAULTS = 5


class Affected(Struct, frozen=True, kw_only=True):
    """An operation that notices a change, and one application that asks it.

    Without a client it is registered, and nobody asked it in the days that were looked at.
    """

    operation: str
    document_id: str
    registered: bool
    client: Client | None = None
    count: int = 0
    last_used_at: datetime | None = None


class Noticed(Struct, frozen=True, kw_only=True):
    """One change, and who notices it; those that ask most first."""

    change: Change
    affected: tuple[Affected, ...]

    @property
    def used(self) -> bool:
        """Whether somebody asked what it changes."""
        return any(one.count for one in self.affected)


class Unfit(Struct, frozen=True, kw_only=True):
    """A registered operation that would be refused under the other contract."""

    faults: tuple[str, ...]
    affected: tuple[Affected, ...]

    @property
    def used(self) -> bool:
        """Whether somebody asked it."""
        return any(one.count for one in self.affected)


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything that another contract changes for those who ask.

    `safe` are breaking changes of what nobody asked.
    """

    breaking: tuple[Noticed, ...]
    unfit: tuple[Unfit, ...]
    dangerous: tuple[Noticed, ...]
    safe: tuple[Noticed, ...]

    @property
    def breaks(self) -> bool:
        """Whether somebody who asks today would be answered otherwise or not at all."""
        return bool(self.breaking) or any(one.used for one in self.unfit)


class Known(Struct, frozen=True, kw_only=True):
    """What is known of those who ask: what was counted, and the texts that are registered."""

    ran: Sequence[OperationUsage]
    coordinates: Mapping[OperationKey, Sequence[str]]
    registered: Sequence[str] = ()


def check_contract(old: GraphQLSchema, new: GraphQLSchema, known: Known) -> Verdict:
    """What the new contract does to who asks the old one."""
    texts = {operation_hash(text): text for text in known.registered}
    parsed = {sha256: parse(text) for sha256, text in texts.items()}
    used = dict(known.coordinates) | _of_registered(old, parsed, known.coordinates)
    asked = _asked(known.ran, used, texts)
    noticed = [
        Noticed(change=change, affected=_by(asked, change, used))
        for change in changes_between(old, new)
    ]
    breaking = [one for one in noticed if one.change.severity is Severity.BREAKING]
    dangerous = [one for one in noticed if one.change.severity is Severity.DANGEROUS]
    return Verdict(
        breaking=tuple(one for one in breaking if one.used),
        unfit=tuple(_unfit(old, new, parsed, asked)),
        dangerous=tuple(one for one in dangerous if one.used),
        safe=tuple(one for one in breaking if not one.used),
    )


def _of_registered(
    schema: GraphQLSchema,
    parsed: Mapping[str, DocumentNode],
    counted: Mapping[OperationKey, Sequence[str]],
) -> dict[OperationKey, Sequence[str]]:
    """What registered operations use that were never asked, where they fit the contract."""
    found: dict[OperationKey, Sequence[str]] = {}
    for sha256, document in parsed.items():
        if validate(schema, document, max_errors=1):
            continue  # such as one of a system's own types: these are no part of the contract
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                key = OperationKey(sha256, node.name.value if node.name else "")
                if key not in counted:
                    found[key] = coordinates_of(schema, document, node)
    return found


def _asked(
    ran: Sequence[OperationUsage], used: Iterable[OperationKey], texts: Mapping[str, str]
) -> dict[OperationKey, list[Affected]]:
    """Every known operation with everybody who asked it."""
    found: dict[OperationKey, list[Affected]] = {}
    for one in ran:
        found.setdefault(one.key, []).append(
            Affected(
                operation=one.name,
                document_id=one.document_id,
                registered=one.key.sha256 in texts,
                client=one.client,
                count=one.count,
                last_used_at=one.last_used_at,
            )
        )
    for key in used:
        if key not in found:
            waiting = Affected(operation=key.name, document_id=key.document_id, registered=True)
            found[key] = [waiting]
    return found


def _by(
    asked: Mapping[OperationKey, Sequence[Affected]],
    change: Change,
    used: Mapping[OperationKey, Sequence[str]],
) -> tuple[Affected, ...]:
    found = [
        one
        for key, askers in asked.items()
        if change.is_noticed(used.get(key, ()))
        for one in askers
    ]
    return _sorted(found)


def _unfit(
    old: GraphQLSchema,
    new: GraphQLSchema,
    parsed: Mapping[str, DocumentNode],
    asked: Mapping[OperationKey, Sequence[Affected]],
) -> Iterable[Unfit]:
    """The registered documents that fit the old contract and not the new one."""
    for sha256, document in parsed.items():
        faults = validate(new, document, max_errors=_MOST_FAULTS)
        if faults and not validate(old, document, max_errors=1):
            affected = [one for key in asked if key.sha256 == sha256 for one in asked[key]]
            told = tuple(_fault(one) for one in faults[:_MOST_FAULTS])
            yield Unfit(faults=told, affected=_sorted(affected))


def _fault(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return error.message if place is None else f"{place.line}:{place.column}: {error.message}"


def _sorted(found: Iterable[Affected]) -> tuple[Affected, ...]:
    return tuple(sorted(found, key=lambda one: (-one.count, one.operation, one.document_id)))
