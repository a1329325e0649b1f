"""The laws of the ledger, and that each can be broken by a fault that it is there for."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from capabilities.points import exchanging, ledger
from capabilities.points.records import Burn, EntryType
from store.points import ledger as points
from tests.store.points.machine import ACCOUNTS, LedgerMachine, walk

QUICK = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    print_blob=False,
    report_multiple_bugs=False,
)


@pytest.fixture
def machine(database):
    made = type("Machine", (LedgerMachine,), {"database": database})()
    yield made
    made.teardown()


def test_the_laws_hold(database):
    machine = type("Machine", (LedgerMachine,), {"database": database})
    run_state_machine_as_test(machine, settings=QUICK)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_laws_hold_on_a_long_way(machine, seed):
    walk(machine, seed, 150)
    kinds = {entry.type for key in ACCOUNTS for entry in machine.entries(key)}
    assert kinds == set(EntryType)


def never_pays(patch):
    whole = ledger.credit

    def credit(account, *args, **kwargs):
        posted = whole(replace(account, owed=0), *args, **kwargs)
        return replace(posted, account=replace(posted.account, owed=account.owed))

    patch.setattr(ledger, "credit", credit)


def burns_too_much(patch):
    whole = ledger._taken

    def taken(burns, amount):
        return tuple(Burn(one.lot, one.amount + 1) for one in whole(burns, amount))

    patch.setattr(ledger, "_taken", taken)


def spends_what_is_pending(patch):
    patch.setattr(ledger, "_spendable", lambda account, _at: list(account.lots))
    patch.setattr(
        "capabilities.points.records.Account.available",
        lambda self, _at: sum(lot.remaining for lot in self.lots) - self.owed,
    )


def writes_a_wish_again(patch):
    async def always(run, who, wish, answer, do):
        return await do()

    patch.setattr(points, "once", always)
    whole = ledger._entry
    numbers = iter(range(10**9))

    def entry(*args):
        return replace(whole(*args), idempotency_key=f"again-{next(numbers)}")

    patch.setattr(ledger, "_entry", entry)


def takes_and_gives_nothing(patch):
    whole = exchanging.exchange

    def exchange(*args):
        done = whole(*args)
        return done[:1] if isinstance(done, tuple) else done

    patch.setattr(exchanging, "exchange", exchange)


def forgets_lots_in_silence(patch):
    def due(account, at, told):
        kept = tuple(replace(lot, remaining=0) if lot.expired(at) else lot for lot in account.lots)
        return ledger.Posted(account=replace(account, lots=kept), entries=())

    patch.setattr(ledger, "due", due)


def dates_entries_back(patch):
    whole = ledger._entry

    def entry(account, *args):
        made = whole(account, *args)
        return replace(made, recorded_at=made.occurred_at.replace(year=2020))

    patch.setattr(ledger, "_entry", entry)


def returns_a_lock_twice(patch):
    patch.setattr(
        ledger,
        "_locks_after",
        lambda locks, entry: (
            locks
            + (
                (
                    ledger.Lock(
                        sequence=entry.sequence, until=entry.pending_until, burns=entry.burns
                    ),
                )
                if entry.type.value == "LOCK" and entry.pending_until
                else ()
            )
        ),
    )


@pytest.mark.parametrize(
    "fault",
    [
        never_pays,
        burns_too_much,
        spends_what_is_pending,
        writes_a_wish_again,
        takes_and_gives_nothing,
        forgets_lots_in_silence,
        dates_entries_back,
        returns_a_lock_twice,
    ],
)
def test_each_fault_breaks_a_law(machine, monkeypatch, fault):
    fault(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever law or guard notices first
        walk(machine, 1, 300)
