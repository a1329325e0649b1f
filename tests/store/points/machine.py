"""The ledger as a state machine over a real PostgreSQL; what must hold is told apart from how.

What may be spent is told here by brute force from the entries alone, in another way than the code
does it.
"""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from capabilities.operations import IdempotencyKeyReused
from capabilities.points import exchanging, ledger
from capabilities.points.records import AccountKey, EntryType, OrderRef, Told
from store.engine import Store
from store.points.ledger import PointsLedger, Wish

START = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS = (AccountKey("shop", "7001"), AccountKey("store", "C-9"))
AMOUNTS = st.integers(1, 60)
WHOSE = st.sampled_from(ACCOUNTS)
PICK = st.integers(0, 10_000)
_BRANDS = count()


class LedgerMachine(RuleBasedStateMachine):
    """Every way to change two accounts, in any order, with a clock that only the rules move."""

    database = ""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.runner.run(_opened(self.database))
        self.now = START
        self.points = PointsLedger(self.store, f"b{next(_BRANDS)}", lambda: self.now)
        self.numbers = count()
        self.wishes = []
        self.seen = dict.fromkeys(ACCOUNTS, 0)
        self.past, self.locks = [], []

    def teardown(self):
        self.runner.run(self.store.aclose())
        self.runner.close()

    @initialize(key=WHOSE)
    def somebody_has_points(self, key):
        self.post([key], lambda a, told, at: ledger.credit(a, EntryType.ADJUST, 50, told, at))

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours):
        for key in ACCOUNTS:
            self.past.append((key, self.now, self.sum_of(key)))
        self.now += timedelta(hours=hours)

    @rule(key=WHOSE, amount=AMOUNTS, order=st.integers(1, 4), wait=st.integers(0, 100))
    def earn(self, key, amount, order, wait):
        ends = self.now + timedelta(hours=wait + 150)
        until = self.now + timedelta(hours=wait) if wait else None

        def decide(account, told, at):
            told = _of_order(told, order)
            return ledger.credit(
                account, EntryType.EARN, amount, told, at, pending_until=until, expires_at=ends
            )

        self.post([key], decide)

    @rule(key=WHOSE, pick=PICK)
    def spend(self, key, pick):
        amount, could = self.some_amount(key, pick)
        done = self.post(
            [key], lambda a, told, at: ledger.spend(a, EntryType.SPEND, amount, told, at)
        )
        assert isinstance(done, tuple) == could

    @rule(key=WHOSE, amount=AMOUNTS, order=st.integers(1, 4))
    def reverse(self, key, amount, order):
        def decide(account, told, at):
            return ledger.reverse(account, EntryType.REVERSE, amount, _of_order(told, order), at)

        (entry,) = self.post([key], decide)
        assert entry.flagged == (entry.owed > 0)

    @rule(key=WHOSE, pick=PICK, hours=st.integers(1, 100))
    def lock(self, key, pick, hours):
        amount, could = self.some_amount(key, pick)
        until = self.now + timedelta(hours=hours)
        done = self.post([key], lambda a, told, at: ledger.lock(a, amount, until, told, at))
        assert isinstance(done, tuple) == could
        self.locks += [key] if could else []

    @precondition(lambda self: self.locks)
    @rule(amount=AMOUNTS, pick=PICK)
    def spend_locked(self, amount, pick):
        key = self.locks[pick % len(self.locks)]
        which, held = self.some_lock(key, pick)
        done = self.post([key], lambda a, told, at: ledger.spend_locked(a, which, amount, told, at))
        assert held or not isinstance(done, tuple)

    @precondition(lambda self: self.locks)
    @rule(pick=PICK)
    def unlock(self, pick):
        key = self.locks[pick % len(self.locks)]
        which, held = self.some_lock(key, pick)
        done = self.post([key], lambda a, told, at: ledger.unlock(a, which, told, at))
        assert isinstance(done, tuple) == held

    @rule(way=st.permutations(ACCOUNTS), gives=st.integers(1, 20), rate=st.integers(1, 3))
    def exchange(self, way, gives, rate):
        source, target = way
        before = [self.sum_of(key) for key in way]
        bargain = exchanging.Bargain(gives=gives, gets=gives * rate)
        wish, told = self.wished(("exchange", tuple(way), gives, rate))

        def decide(accounts, at):
            return exchanging.exchange(accounts[source], accounts[target], bargain, told, told, at)

        done = self.runner.run(self.points.change(way, decide, wish))
        after = [self.sum_of(key) for key in way]
        moved = (before[0] - after[0], after[1] - before[1])
        assert moved == ((gives, gives * rate) if isinstance(done, tuple) else (0, 0))
        self.note(wish, way, decide, done)

    @rule(key=WHOSE)
    def time_is_up(self, key):
        """What is due is written once: a second run finds nothing."""

        def decide(accounts, at):
            return [ledger.due(accounts[key], at, lambda a, why: _told(f"{why}-{a.sequence}"))]

        self.runner.run(self.points.change([key], decide))
        assert self.runner.run(self.points.change([key], decide)) == ()
        account = self.account(key)
        assert not [lot for lot in account.lots if lot.remaining and lot.expired(self.now)]
        assert not [held for held in account.locks if held.until <= self.now]

    @precondition(lambda self: self.wishes)
    @rule(pick=PICK)
    def repeat(self, pick):
        """The same wish answers its first entries; another under its key is refused."""
        wish, keys, decide, done = self.wishes[pick % len(self.wishes)]
        assert self.runner.run(self.points.change(keys, decide, wish)) == done
        other = Wish(author=wish.author, key=wish.key, what="other")
        refused = self.runner.run(self.points.change(keys, decide, other))
        assert isinstance(refused, IdempotencyKeyReused)

    @invariant()
    def the_laws_hold(self):
        for key in ACCOUNTS:
            account, entries = self.account(key), self.entries(key)
            left = sum(lot.remaining for lot in account.lots)
            assert account.balance == sum(entry.signed for entry in entries)
            assert all(lot.remaining >= 0 for lot in account.lots)
            assert account.balance == left - account.owed
            assert not (account.owed and left)
            assert account.available(self.now) == _spendable(entries, self.now)
            assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
            times = [entry.recorded_at for entry in entries]
            assert times == sorted(times)
            assert len(entries) >= self.seen[key]
            self.seen[key] = len(entries)

    @rule(key=WHOSE)
    def the_cache_is_what_entries_make(self, key):
        assert self.runner.run(self.points.check(key)) == []

    @precondition(lambda self: self.past)
    @rule(pick=PICK)
    def every_past_balance_stays(self, pick):
        key, at, balance = self.past[pick % len(self.past)]
        assert self.runner.run(self.points.balance_at(key, at)) == balance

    def post(self, keys, rule_of_one):
        wish, told = self.wished((keys, rule_of_one.__code__.co_name, next(self.numbers)))

        def decide(accounts, at):
            posted = rule_of_one(accounts[keys[0]], told, at)
            return [posted] if isinstance(posted, ledger.Posted) else posted

        done = self.runner.run(self.points.change(keys, decide, wish))
        self.note(wish, keys, decide, done)
        return done

    def some_amount(self, key, pick):
        """An amount, and whether so much can be spent."""
        there = self.spendable(key)
        amount = 1 + pick % (max(there, 1) + 3)
        return amount, amount <= there

    def some_lock(self, key, pick):
        """A LOCK, or any other number, and whether its points are put aside still."""
        entries = self.entries(key)
        made = [entry.sequence for entry in entries if entry.type is EntryType.LOCK]
        which = [*made, 99][pick % (len(made) + 1)]
        ended = {entry.undoes for entry in entries}
        return which, which in made and which not in ended

    def note(self, wish, keys, decide, done):
        if isinstance(done, tuple):
            self.wishes.append((wish, keys, decide, done))

    def wished(self, what):
        key = f"k{next(self.numbers)}"
        return Wish(author="ada", key=key, what=repr(what)), self.told(key)

    def told(self, key):
        return Told(source="test", author="ada", idempotency_key=key, occurred_at=self.now)

    def account(self, key):
        return self.runner.run(self.points.accounts([key]))[0]

    def entries(self, key):
        return self.runner.run(self.points.every_entry(key))

    def sum_of(self, key):
        return sum(entry.signed for entry in self.entries(key))

    def spendable(self, key):
        return _spendable(self.entries(key), self.now)


async def _opened(database):
    return Store.open(database, deadline_seconds=20.0, connections=2)


def _told(key):
    return Told(source="expiry", author="clock", idempotency_key=key, occurred_at=START)


def _of_order(told, order):
    return Told(
        source=told.source,
        author=told.author,
        idempotency_key=told.idempotency_key,
        occurred_at=told.occurred_at,
        order=OrderRef("shop", str(order)),
    )


def _open(entry, now):
    waits = entry.pending_until is not None and entry.pending_until > now
    return not waits and (entry.expires_at is None or entry.expires_at > now)


def _spendable(entries, now):
    """By brute force: every credit's units, and which of them each entry took or gave back."""
    left, owed = {}, 0
    for entry in entries:
        if entry.type is EntryType.UNLOCK:
            for burn in entry.burns:
                left[burn.lot][0] += burn.amount
            owed -= entry.owed
        elif entry.signed > 0:
            left[entry.sequence] = [entry.amount - entry.owed, entry]
            owed -= entry.owed
        else:
            for burn in entry.burns:
                left[burn.lot][0] -= burn.amount
            owed += entry.amount - sum(burn.amount for burn in entry.burns)
    return sum(units for units, entry in left.values() if _open(entry, now)) - owed


# What a walk may do, with the arguments of each step.
STEPS = {
    "time_passes": lambda dice: {"hours": dice.randint(1, 200)},
    "earn": lambda dice: {
        "key": dice.choice(ACCOUNTS),
        "amount": dice.randint(1, 60),
        "order": dice.randint(1, 4),
        "wait": dice.choice([0, 0, dice.randint(1, 100)]),
    },
    "spend": lambda dice: {**_whose(dice)},
    "reverse": lambda dice: {
        "key": dice.choice(ACCOUNTS),
        "amount": dice.randint(1, 60),
        "order": dice.randint(1, 4),
    },
    "lock": lambda dice: {**_whose(dice), "hours": dice.randint(1, 100)},
    "spend_locked": lambda dice: {"amount": dice.randint(1, 60), "pick": dice.randint(0, 10_000)},
    "unlock": lambda dice: {"pick": dice.randint(0, 10_000)},
    "exchange": lambda dice: {
        "way": dice.sample(ACCOUNTS, 2),
        "gives": dice.randint(1, 20),
        "rate": dice.randint(1, 3),
    },
    "time_is_up": lambda dice: {"key": dice.choice(ACCOUNTS)},
    "the_cache_is_what_entries_make": lambda dice: {"key": dice.choice(ACCOUNTS)},
    "repeat": lambda dice: {"pick": dice.randint(0, 10_000)},
    "every_past_balance_stays": lambda dice: {"pick": dice.randint(0, 10_000)},
}


def _whose(dice):
    return {"key": dice.choice(ACCOUNTS), "pick": dice.randint(0, 10_000)}


def walk(machine, seed, steps):
    """A long way through the machine, the same for every run with this seed."""
    dice = random.Random(seed)  # noqa: S311 - a walk, no secret
    needs = {"unlock": "locks", "spend_locked": "locks", "repeat": "wishes"}
    needs["every_past_balance_stays"] = "past"
    machine.somebody_has_points(ACCOUNTS[0])
    for _ in range(steps):
        step = dice.choice([one for one in STEPS if getattr(machine, needs.get(one, "seen"))])
        getattr(machine, step)(**STEPS[step](dice))
        machine.the_laws_hold()
