"""Steering: a person's wish about a pair, decided on its evidence, once per idempotency key."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import TypeAlias

from msgspec import Struct

from capabilities.adoption import deciding
from capabilities.adoption.bounds import PRODUCTION, STANDARD, GateTable, Profile
from capabilities.adoption.deciding import Routing, Step, Wanted
from capabilities.adoption.defining import version_of
from capabilities.adoption.demotion import Demotion, demotion
from capabilities.adoption.evidence import SIGNED, Basis, Evidence, Fact, Known
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Share
from capabilities.audit import Entry
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from store.access.audit import audited
from store.adoption.evidence import EvidenceRows
from store.adoption.guards import guards_of
from store.adoption.halting import Halting
from store.adoption.outbox import Outbox
from store.adoption.standings import Standings
from store.engine import Run
from store.owned import Owned
from store.syncing.copied_channels import CopiedChannel, CopiedChannels, stands_in
from store.wishes import KeyReused, once

AdoptionOutcome: TypeAlias = Standing | AdoptionDeclined | IdempotencyKeyReused
# More approvals than ever stand in a row.
_MOST_APPROVALS = 10
# Whoever approved by her user's name on a machine, as was once taken.
_UNPROVEN = re.compile("cli(:|$)")


class Pair(Struct, frozen=True):
    """A capability of a channel."""

    channel: str
    capability: Capability


class _Refused(Exception):
    """Ends a transaction that is to leave nothing, not even its key."""

    def __init__(self, declined: AdoptionDeclined) -> None:
        super().__init__(declined.code)
        self.declined = declined


class Steering:
    """The steps of pairs under a retailer's gates.

    The definitions in force are those that a gateway told with its last look at the connector.
    """

    def __init__(
        self,
        owned: Owned,
        table: GateTable = STANDARD,
    ) -> None:
        self._owned = owned
        self._table = table
        self._guards = guards_of(owned.store, owned.brand)
        self._copied = CopiedChannels(owned.store, owned.brand)
        self.halting = Halting(owned)
        self.outbox = Outbox(owned.store, owned.brand)
        self.standings = Standings(owned)
        self.evidence = EvidenceRows(owned.store, owned.brand)

    def now(self) -> datetime:
        """The moment by the clock of all rules."""
        return self._owned.now()

    async def promote(
        self, pair: Pair, target: AdoptionState | None, profile: Profile, wanted: Wanted
    ) -> AdoptionOutcome:
        """One step up."""
        wish = ("promoteAdoption", pair, target, profile.name)
        return await self._once(
            wish, pair, wanted, lambda case: deciding.promoted(case, target, wanted), profile
        )

    async def rollback(
        self, pair: Pair, target: AdoptionState | None, wanted: Wanted
    ) -> AdoptionOutcome:
        """Any step down; the one below where none is named."""
        wish = ("rollbackAdoption", pair, target)
        return await self._once(
            wish, pair, wanted, lambda case: deciding.rolled_back(case, target, wanted)
        )

    async def halt(self, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        """The kill switch of a pair: it waits for no write that is under way."""
        wish = ("haltAdoption", pair)
        return await self._once(
            wish, pair, wanted, lambda case: deciding.halted(case, wanted), keeps_leaders=True
        )

    async def resume(
        self, pair: Pair, target: AdoptionState, profile: Profile, wanted: Wanted
    ) -> AdoptionOutcome:
        """Out of a halt."""
        wish = ("resumeAdoption", pair, target, profile.name)
        return await self._once(
            wish, pair, wanted, lambda case: deciding.resumed(case, target, wanted), profile
        )

    async def stay(self, pair: Pair, review_on: date, wanted: Wanted) -> AdoptionOutcome:
        """The legacy keeps it."""
        wish = ("keepLegacy", pair, review_on.isoformat())
        return await self._once(
            wish, pair, wanted, lambda case: deciding.stayed(case, review_on, wanted)
        )

    async def share(
        self, pair: Pair, of: Share, points: int, profile: Profile, wanted: Wanted
    ) -> AdoptionOutcome:
        """Another percentage."""
        wish = ("setAdoptionPercent", pair, of, points, profile.name)
        return await self._once(
            wish, pair, wanted, lambda case: deciding.shared(case, of, points, wanted), profile
        )

    async def route(self, pair: Pair, routing: Routing, wanted: Wanted) -> AdoptionOutcome:
        """Other lists, fields or another conflict policy."""
        wish = ("routeAdoption", pair, _sorted(routing))
        return await self._once(
            wish, pair, wanted, lambda case: deciding.routed(case, routing, wanted)
        )

    async def sign(self, pair: Pair, fact: Fact, wanted: Wanted) -> AdoptionOutcome:
        """A person vouches for what nobody can measure; ValueError for what is measured."""
        if fact not in SIGNED:
            raise ValueError(f"{fact.value} is measured, not signed")
        at = self._owned.now()
        signed = Evidence(fact=fact, value=1, at=at, query=wanted.reason, author=wanted.author)

        async def do(run: Run) -> Standing:
            before = await self.standings.one_in(run, pair.channel, pair.capability)
            if (refused := deciding.moved_on(before, wanted)) is not None:
                raise _Refused(refused)
            await self.evidence.keep_in(run, pair.channel, pair.capability, signed)
            await audited(run, self._owned.brand, _signing(pair, fact, wanted))
            return before

        return await self._answered(("signAdoption", pair, fact), wanted, do)

    async def demote(self, pair: Pair, seen: int, cause: Demotion) -> Standing | AdoptionDeclined:
        """Down for a cause that this process saw at a version; once among all processes."""

        async def decide(run: Run, before: Standing) -> Step:
            case = await self._case(run, pair, before, PRODUCTION)
            return deciding.demoted(before, seen, cause, case)

        # who saw another version is declined, whatever it would have changed
        rows = self._owned.store.rows
        now = await self.standings.one_in(rows, pair.channel, pair.capability)
        same = now.led_as(moved(now, cause.target, self.now(), frozen=cause.frozen))
        return await self.standings.move(
            pair.channel, pair.capability, decide, self._guards, keeps_leaders=same
        )

    async def due(self, standing: Standing) -> Demotion | None:
        """Whether the evidence that is kept sends a pair down."""
        pair = Pair(standing.channel, standing.capability)
        return demotion(await self._case(self._owned.store.rows, pair, standing, PRODUCTION))

    async def case(self, standing: Standing, profile: Profile) -> Case:
        """All that a verdict on a pair is read from now."""
        pair = Pair(standing.channel, standing.capability)
        return await self._case(self._owned.store.rows, pair, standing, profile)

    async def cases(self, standings: Sequence[Standing], profile: Profile) -> Sequence[Case]:
        """As `case`, of many pairs at once."""
        known = await self.evidence.all()
        copies = {(one.capability, one.channel): one for one in await self._copied.all()}
        keys = [(one.capability, one.channel) for one in standings]
        return [
            self._made(one, known.get(key, {}), profile, copied=copies.get(key))
            for one, key in zip(standings, keys, strict=True)
        ]

    async def _once(
        self,
        wish: tuple[object, ...],
        pair: Pair,
        wanted: Wanted,
        decide: Callable[[Case], Step],
        profile: Profile = PRODUCTION,
        *,
        keeps_leaders: bool = False,
    ) -> AdoptionOutcome:
        async def decided(run: Run, before: Standing) -> Step:
            return decide(await self._case(run, pair, before, profile))

        async def do(run: Run) -> Standing:
            found = await self.standings.move_in(
                run,
                pair.channel,
                pair.capability,
                decided,
                self._guards,
                keeps_leaders=keeps_leaders,
            )
            if isinstance(found, AdoptionDeclined):
                raise _Refused(found)
            return found

        return await self._answered(wish, wanted, do)

    async def _answered(
        self, wish: tuple[object, ...], wanted: Wanted, do: Callable[[Run], Awaitable[Standing]]
    ) -> AdoptionOutcome:
        """A wish that was refused left nothing and may come again under its key."""
        who = (self._owned.brand, wanted.author, wanted.key)
        whole = (*wish, wanted.reason, wanted.version)

        async def work(run: Run) -> Standing:
            return await once(run, who, whole, Standing, lambda: do(run))

        try:
            return await self._owned.store.transaction(work)
        except _Refused as exc:
            return exc.declined
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    async def _case(self, run: Run, pair: Pair, standing: Standing, profile: Profile) -> Case:
        channel, capability = pair.channel, pair.capability
        approved: frozenset[str] = frozenset()
        if standing.state is AdoptionState.MIDDLE_OWNED:
            steps = await self.standings.history_in(run, channel, capability, _MOST_APPROVALS)
            last = takewhile(lambda one: one.action is Action.APPROVE, steps)
            approved = frozenset(one.author for one in last if not _UNPROVEN.match(one.author))
        known = await self.evidence.of_in(run, channel, capability)
        copied = await stands_in(run, self._owned.brand, capability, channel)
        return self._made(standing, known, profile, approved, copied)

    def _made(
        self,
        standing: Standing,
        known: Known,
        profile: Profile,
        approved: frozenset[str] = frozenset(),
        copied: CopiedChannel | None = None,
    ) -> Case:
        told = known.get(Fact.CONFIG_VALID)
        return Case(
            standing=standing,
            known=known,
            basis=Basis() if told is None else told.basis,
            bounds=self._table.of(standing.channel, standing.capability),
            profile=profile,
            now=self._owned.now(),
            approved_by=approved,
            filling=standing.compares and _is_filling(known, copied),
        )


def _is_filling(known: Known, copied: CopiedChannel | None) -> bool:
    """Whether the copy does not stand whole under the definition that is in force."""
    if copied is None:  # it was not begun
        return Fact.COMPARISONS not in known
    told = known.get(Fact.CONFIG_VALID)
    if told is None:
        return copied.made_under is None
    return copied.made_under != version_of(told.basis)


def _signing(pair: Pair, fact: Fact, wanted: Wanted) -> Entry:
    pair_facts = {"channel": pair.channel, "capability": pair.capability.value}
    return Entry(
        action="adoption.signed",
        actor=wanted.author,
        role=wanted.role,
        reason=wanted.reason,
        facts={**pair_facts, "fact": fact.value},
    )


def _sorted(routing: Routing) -> list[object]:
    """As a wish is hashed: tables in one order."""
    fields = None if routing.fields is None else sorted(routing.fields.items())
    lists = (routing.stores, routing.members, routing.labels)
    return [*lists, fields, routing.conflict_policy]
