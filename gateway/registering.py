"""Registering connectors: a change is checked as a whole before it is added to the history."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from capabilities.declined import Declined
from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorOrigin
from capabilities.registration import (
    ConnectorChange,
    ConnectorDeclined,
    ConnectorInvalid,
    ConnectorOutcome,
    DefinitionFault,
    RegisteredConnector,
    RegistrationAction,
)
from connectors.manifest import ManifestError
from gateway.connector_secrets import ConnectorSecrets, reference_to
from gateway.federation.assembly import dependents
from gateway.federation.definition import Definition, Entry, read_definition
from gateway.federation.estate_file import EstatePlan
from gateway.federation.live_estate import LiveEstate
from gateway.federation.registered import entries_of
from gateway.federation.written import EstateFault
from gateway.opening import Trial
from store.operating.connectors import RegisteredConnectors

_log = logging.getLogger(__name__)
_TRIES = 5
_DEFINITION = ("input", "definition")
_NAME = ("input", "name")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done; `secrets` are values, and leave this process sealed only."""

    action: RegistrationAction
    name: str | None
    definition: str | None = None
    secrets: Mapping[str, str] = {}
    author: str
    reason: str
    idempotency_key: str

    def __repr__(self) -> str:
        return f"Wish({self.action.value}, {self.name!r})"


class Surroundings(msgspec.Struct, frozen=True):
    """What the operator wrote on the machine: the estate file, and the definitions of a folder."""

    base: EstatePlan
    entries: Sequence[Entry]


def written_in(estate: LiveEstate) -> Surroundings:
    """What the operator wrote, as a gateway has read it last."""
    return Surroundings(estate.current.assembled.base, estate.on_this_machine)


class Registering:
    """Every way to change a registered connector.

    `logon` lets a connector that was resumed try its logon again, in somebody's name.
    """

    def __init__(
        self,
        kept: RegisteredConnectors,
        secrets: ConnectorSecrets,
        surroundings: Callable[[], Surroundings],
        trial: Trial,
        logon: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._kept = kept
        self._secrets = secrets
        self._surroundings = surroundings
        self._trial = trial
        self._logon = logon

    async def change(self, wish: Wish) -> ConnectorOutcome:
        """Do what somebody wants, or say why not; the same wish again answers what it did."""
        digest = self._digest(wish)
        for _ in range(_TRIES):
            known = await self._kept.known(wish.author, wish.idempotency_key, digest)
            if known is not None:
                return known
            now = await self._kept.current()
            others = {one.name: one for one in now.connectors}
            change = await self._checked(wish, digest, others)
            if isinstance(change, Declined):
                return change
            done = await self._kept.add(change, now.seen)
            if done is not None:
                told = {"subject": wish.author, "connector": done.name, "action": wish.action.value}
                _log.info("connector changed", extra=told)
                if wish.action is RegistrationAction.RESUME:
                    await self._logon(done.name, wish.author)
                return done
        return ConnectorDeclined(code="CONNECTOR_CHANGED", path=())

    def _digest(self, wish: Wish) -> bytes:
        return self._secrets.wish(
            wish.action.value, wish.name, wish.definition, sorted(wish.secrets.items())
        )

    async def _checked(
        self, wish: Wish, digest: bytes, others: Mapping[str, RegisteredConnector]
    ) -> ConnectorChange | ConnectorInvalid | ConnectorDeclined:
        """The change as it is to be added; a refusal where it may not be."""
        before = others.get(wish.name) if wish.name is not None else None
        if wish.action is not RegistrationAction.REGISTER and before is None:
            return self._unknown(wish, others)
        text = wish.definition if wish.definition is not None else before and before.definition
        paused = before is not None and before.paused
        if wish.action in (RegistrationAction.PAUSE, RegistrationAction.RESUME):
            paused = wish.action is RegistrationAction.PAUSE
        entry = Entry(
            place="definition",
            name=wish.name or "",
            text=text or "",
            origin=ConnectorOrigin.REGISTERED,
            paused=paused,
        )
        try:
            fitting = await self._fitting(wish, entry, others)
        except SantongError as exc:
            code = "CONNECTOR_INVALID"
            return ConnectorInvalid(code=code, path=_DEFINITION, faults=faults_of(exc))
        if isinstance(fitting, ConnectorDeclined):
            return fitting
        name = wish.name if fitting is None else fitting.spec.name
        return ConnectorChange(
            name=name or "",
            action=wish.action,
            definition=entry.text,
            paused=paused,
            author=wish.author,
            reason=wish.reason,
            idempotency_key=wish.idempotency_key,
            wish=digest,
            sealed=self._secrets.seal(name or "", wish.secrets),
        )

    def _unknown(self, wish: Wish, others: Mapping[str, RegisteredConnector]) -> ConnectorDeclined:
        here = self._surroundings()
        written = {one.name for one in here.base.connectors} | {one.name for one in here.entries}
        return ConnectorDeclined(
            code="CONNECTOR_NOT_REGISTERED" if wish.name in written else "CONNECTOR_UNKNOWN",
            path=_NAME,
            valid=tuple(sorted(others)),
        )

    async def _fitting(
        self, wish: Wish, entry: Entry, others: Mapping[str, RegisteredConnector]
    ) -> Definition | ConnectorDeclined | None:
        """The definition as it would be in force; None for a pause, which needs no sense of it.

        SantongError for what is wrong with it, ConnectorDeclined for what others need.
        """
        if wish.action is RegistrationAction.PAUSE:
            return None
        here, kept = self._surroundings(), await self._kept.secrets()
        beside = [*here.entries, *entries_of([*others.values()], kept)]
        new: Definition | None = None
        if wish.action is not RegistrationAction.REMOVE:
            new = await asyncio.to_thread(self._read, entry, kept, wish)
            if wish.action is RegistrationAction.REGISTER and new.spec.name in others:
                return ConnectorDeclined(code="CONNECTOR_EXISTS", path=_DEFINITION)
        place = f"registered {wish.name}"
        if needed := await asyncio.to_thread(dependents, here.base, beside, place, new):
            return ConnectorDeclined(code="CONNECTOR_NEEDED", path=_NAME, valid=needed)
        if new is not None:
            zone = ZoneInfo(here.base.time_zone)
            can = await self._trial(msgspec.structs.replace(new.spec, paused=False), zone)
            _check_abilities(new, can)
        return new

    def _read(
        self, entry: Entry, kept: Mapping[str, Mapping[str, bytes]], wish: Wish
    ) -> Definition:
        """The definition with the secrets that it has already and those that come with it."""
        plain = read_definition(entry)
        name = plain.spec.name
        if wish.name is not None and name != wish.name:
            raise plain.written.fault(["name"], f"this is the definition of {wish.name!r}")
        values = {**kept.get(name, {}), **self._secrets.seal(name, wish.secrets)}
        sealed = {one: reference_to(value) for one, value in values.items()}
        return msgspec.structs.replace(
            plain,
            spec=msgspec.structs.replace(plain.spec, secrets={**plain.spec.secrets, **sealed}),
        )


def faults_of(error: SantongError) -> tuple[DefinitionFault, ...]:
    """What is wrong with a definition, each with its place where it has one."""
    if isinstance(error, ManifestError):
        return tuple(
            DefinitionFault(code=one.code, message=one.message, line=one.line, column=one.column)
            for one in error.faults
        )
    if isinstance(error, EstateFault):
        fault = DefinitionFault(
            code=error.code,
            message=error.reason,
            line=error.line,
            column=error.column,
            key=error.path,
        )
        return (fault,)
    return (DefinitionFault(code=error.code, message=error.message),)


def _check_abilities(new: Definition, can: frozenset[Capability]) -> None:
    """Law 2: EstateFault for a route to what the system cannot answer."""
    for capability in new.spec.channels:
        if capability not in can:
            valid = ", ".join(sorted(one.value for one in can)) or "nothing"
            reason = f"{new.spec.system!r} does not answer {capability.value}; it answers {valid}"
            raise new.written.fault(["channels", capability.value], reason)
