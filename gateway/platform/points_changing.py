"""Changes of points in one caller's name: idempotent, decided by pure rules, answered by value."""

from collections.abc import Sequence
from datetime import datetime
from datetime import time as clock
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities import audit
from capabilities.caller import Caller, MembershipKey, Role
from capabilities.errors import Forbidden
from capabilities.member.records import Membership
from capabilities.operations import IdempotencyKeyReused
from capabilities.points import exchanging, ledger
from capabilities.points.exchanging import Bargain
from capabilities.points.ledger import Posted
from capabilities.points.policy import ExchangeRule
from capabilities.points.records import (
    Account,
    AccountKey,
    Entry,
    EntryType,
    InsufficientPoints,
    PointsDeclined,
    PolicyRef,
    Refusal,
    Told,
)
from capabilities.points.shown import PointsChange, PointsCurrency, PointsMoved, own_points
from gateway.federation.asking import Request
from gateway.platform.points import CURRENCIES, Ours, PointsReading
from gateway.platform.programmes import KnownProgrammes
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.owned import Owned
from store.points.ledger import Accounts, Decide, Then, Wish

_SOURCE = "graph"


class _Meant(Struct, frozen=True):
    """A membership whose points the platform decides, and its programme."""

    membership: MembershipKey
    ours: Ours


class CallersPoints(PointsReading):
    """Implements `schema.points_part.PointsPart`."""

    def __init__(
        self, owned: Owned, caller: Caller, request: Request, known: KnownProgrammes
    ) -> None:
        super().__init__(owned, request, known)
        self._caller = caller

    async def earn(
        self, membership: Membership | None, amount: int, reason: str, idempotency_key: str
    ) -> PointsChange:
        """Give points that are valid as long as the policy says."""
        meant = await self._meant(membership)
        if isinstance(meant, PointsDeclined):
            return meant
        key, told = AccountKey.of(meant.membership), self._told(idempotency_key, reason)
        ends = _ends(meant.ours)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted]:
            kind = EntryType.EARN
            return [ledger.credit(accounts[key], kind, amount, told, at, expires_at=ends)]

        wish = self._wish(idempotency_key, "earnPoints", key, amount, reason)
        return await self._changed(meant, [key], decide, wish)

    async def redeem(
        self,
        membership: Membership | None,
        amount: int,
        lock: int | None,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Spend points; of a lock, what is not spent comes back: its holder opens none herself."""
        if lock is not None and self._caller.role is Role.CONSUMER:
            raise Forbidden("What was put aside is spent by whoever put it aside.")
        meant = await self._meant(membership)
        if isinstance(meant, PointsDeclined):
            return meant
        key, told = AccountKey.of(meant.membership), self._told(idempotency_key, reason)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted] | Refusal:
            if lock is None:
                return _listed(ledger.spend(accounts[key], EntryType.SPEND, amount, told, at))
            return _listed(ledger.spend_locked(accounts[key], lock, amount, told, at))

        wish = self._wish(idempotency_key, "redeemPoints", key, amount, lock, reason)
        return await self._changed(meant, [key], decide, wish)

    async def adjust(
        self,
        membership: Membership | None,
        amount: int,
        currency: PointsCurrency,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Correct a balance; who, by how much and why stand in the audit trail as well."""
        meant = await self._meant(membership)
        if isinstance(meant, PointsDeclined):
            return meant
        key = AccountKey.of(meant.membership, CURRENCIES[currency])
        told = self._told(idempotency_key, reason)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted] | Refusal:
            if amount > 0:
                return [ledger.credit(accounts[key], EntryType.ADJUST, amount, told, at)]
            return _listed(ledger.spend(accounts[key], EntryType.ADJUST, -amount, told, at))

        wish = self._wish(idempotency_key, "adjustPoints", key, amount, reason)
        return await self._changed(meant, [key], decide, wish, partial(self._audit, reason))

    async def exchange(
        self,
        source: Membership | None,
        target: Membership | None,
        amount: int,
        idempotency_key: str,
    ) -> PointsChange:
        """A pair of entries of one transaction, by a rule of the programme that gives."""
        meant, theirs = await self._meant(source, "source"), await self._meant(target, "target")
        if isinstance(meant, PointsDeclined):
            return meant
        if isinstance(theirs, PointsDeclined):
            return theirs
        bargain = _bargain(meant.ours, theirs.ours, amount)
        if bargain is None:
            return PointsDeclined(code="EXCHANGE_NOT_OFFERED", path=("input",))
        keys = [AccountKey.of(meant.membership), AccountKey.of(theirs.membership)]
        told = self._told(idempotency_key, None, meant.ours.version.ref)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted] | Refusal:
            out, in_ = accounts[keys[0]], accounts[keys[1]]
            return exchanging.exchange(out, in_, bargain, told, told, at)

        wish = self._wish(idempotency_key, "exchangePoints", *keys, amount)
        return await self._changed(meant, keys, decide, wish)

    async def lock(
        self,
        membership: Membership | None,
        amount: int,
        until: datetime,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Put points aside; a moment that has passed is refused."""
        meant = await self._meant(membership)
        if isinstance(meant, PointsDeclined):
            return meant
        key, told = AccountKey.of(meant.membership), self._told(idempotency_key, reason)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted] | Refusal:
            if until <= at:
                return PointsDeclined(code="LOCK_ENDED", path=("input", "until"))
            return _listed(ledger.lock(accounts[key], amount, until, told, at))

        wish = self._wish(idempotency_key, "lockPoints", key, amount, until, reason)
        return await self._changed(meant, [key], decide, wish)

    async def unlock(
        self, membership: Membership | None, lock: int, idempotency_key: str
    ) -> PointsChange:
        """Give back what was put aside."""
        meant = await self._meant(membership)
        if isinstance(meant, PointsDeclined):
            return meant
        key, told = AccountKey.of(meant.membership), self._told(idempotency_key, None)

        def decide(accounts: Accounts, at: datetime) -> Sequence[Posted] | Refusal:
            return _listed(ledger.unlock(accounts[key], lock, told, at))

        wish = self._wish(idempotency_key, "unlockPoints", key, lock)
        return await self._changed(meant, [key], decide, wish)

    async def _meant(
        self, membership: Membership | None, name: str = "membership"
    ) -> _Meant | PointsDeclined:
        """A membership with its programme, or why its points are not moved here."""
        if membership is None:
            return PointsDeclined(code="MEMBERSHIP_UNKNOWN", path=("input", name))
        found = await self.ours(membership.channel)
        if found is None:
            return PointsDeclined(code="POINTS_NOT_OURS", path=("input", name))
        return _Meant(membership.key, found)

    async def _changed(
        self,
        meant: _Meant,
        keys: Sequence[AccountKey],
        decide: Decide,
        wish: Wish,
        then: Then | None = None,
    ) -> PointsChange:
        done = await self.accounts.change(keys, decide, wish, then=then)
        if isinstance(done, InsufficientPoints | PointsDeclined | IdempotencyKeyReused):
            return done
        account: Account
        (account,) = await self.accounts.accounts([AccountKey.of(meant.membership)])
        points = own_points(account, meant.ours.programme.code, self.owned.now())
        return PointsMoved(entries=done, points=points)

    async def _audit(self, reason: str, run: Run, entries: Sequence[Entry]) -> None:
        for entry in entries:
            facts: dict[str, str | int | bool | None] = {
                "channel": entry.account.channel,
                "number": entry.account.number,
                "currency": entry.account.currency,
                "sequence": entry.sequence,
                "amount": entry.signed,
            }
            row = audit.Entry(
                action="points.adjust",
                actor=self._caller.subject,
                role=self._caller.role.value,
                reason=redacted_text(reason),
                facts=facts,
            )
            await audited(run, self.owned.brand, row)

    def _told(self, key: str, reason: str | None, policy: PolicyRef | None = None) -> Told:
        return Told(
            source=_SOURCE,
            author=self._caller.subject,
            idempotency_key=key,
            occurred_at=self.owned.now(),
            reason=None if reason is None else redacted_text(reason),
            policy=policy,
        )

    def _wish(self, key: str, *what: object) -> Wish:
        return Wish(author=self._caller.subject, key=key, what=what)


def _listed(done: Posted | Refusal) -> Sequence[Posted] | Refusal:
    return [done] if isinstance(done, Posted) else done


def _bargain(ours: Ours, theirs: Ours, amount: int) -> Bargain | None:
    """What the rule in force today makes of so many points; None where it offers nothing."""
    rules = ours.version.policy.exchange
    rule: ExchangeRule | None = next(
        (one for one in rules if one.to == theirs.programme.code and one.open_on(ours.today)), None
    )
    if rule is None or amount < rule.least or amount % rule.gives:
        return None
    gets = amount // rule.gives * rule.gets
    return Bargain(gives=amount, gets=gets, expires_at=_ends(theirs))


def _ends(ours: Ours) -> datetime | None:
    """When points that come today expire: at the end of a local day."""
    valid, zone = ours.version.policy.earn.valid, ZoneInfo(ours.version.policy.time_zone)
    if valid is None:
        return None
    return datetime.combine(valid.after(ours.today), clock.max, tzinfo=zone)
