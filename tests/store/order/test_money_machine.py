"""Whatever is paid, late, too much, cancelled and returned: paid orders = payments − refunds."""

import asyncio
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from capabilities.events import Subject
from capabilities.order import changing
from capabilities.order.changing import OrderDeclined, Part
from capabilities.order.history import OrderAction
from capabilities.order.payments import DESK, Contradicted, shown_name, wished_name
from gateway.embedded import EmbeddedPostgres
from store.engine import Store
from store.order.held import Done
from tests.migrated import migrated
from tests.store.order.holding import NOW, Books, confirmation, order
from tests.store.order.money_oracle import Account, Oracle

_NUMBERS = ["1", "2", "3"]
_PICK = st.sampled_from(_NUMBERS)
_AMOUNT = st.sampled_from([580, 1_290, 2_580, 3_000])
_NAME = st.sampled_from(["t1", "t2", "t3", "t4", "t5", "t6"])
_TOLD = st.tuples(_NAME, _PICK, _AMOUNT, st.sampled_from(["CNY", "CNY", "CNY", "HKD"]))
_STANDS = """
  SELECT o.number, o.paid, o.refunded, o.closed,
    (SELECT coalesce(sum(p.amount), 0) FROM order_payments p
     WHERE p.brand = o.brand AND p.number = o.number
       AND p.outcome IN ('CONFIRMED', 'OVERPAID', 'LATE')) AS payments,
    (SELECT coalesce(sum(r.amount), 0) FROM order_refunds r
     WHERE r.brand = o.brand AND r.number = o.number) AS refunds,
    (SELECT coalesce(sum(c.amount), 0) FROM order_changes c
     WHERE c.brand = o.brand AND c.number = o.number AND c.action = 'PAID') AS past,
    (SELECT f.paid - f.refunded FROM order_facts f
     WHERE f.brand = o.brand AND f.number = o.number) AS fact
  FROM platform_orders o WHERE o.brand = :brand
"""
_TOLD_ROWS = (
    "SELECT transaction, outcome FROM order_payments WHERE brand = :brand AND provider = 'pay'"
)


class Machine(RuleBasedStateMachine):
    database: str
    count = 0

    @initialize()
    def begin(self):
        self.loop = asyncio.new_event_loop()
        Machine.count += 1
        store = Store.open(self.database, deadline_seconds=60)
        self.books = Books(store, f"b{Machine.count}")
        self.oracle = Oracle({number: Account() for number in _NUMBERS})
        self.keys = 0
        self.place("1")

    def run(self, work):
        return self.loop.run_until_complete(work)

    @rule(number=_PICK)
    def place(self, number):
        done = self.run(self.books.place(order(number=number)))
        assert done is not self.oracle.orders[number].placed
        self.oracle.orders[number].placed = True

    @rule(told=st.lists(_TOLD, min_size=1, max_size=4))
    def confirm_twice_at_once(self, told):
        made = [
            confirmation(order(number=number), amount, name, currency)
            for name, number, amount, currency in told
        ]
        answers = self.run(self.books.payments.confirm(made, NOW))
        for one, answer in zip(told, answers, strict=True):
            outcome, again = self.oracle.confirmed(*one)
            if isinstance(answer, Contradicted):
                assert outcome == "CONTRADICTED"
            else:
                assert (answer.outcome.value, answer.duplicate) == (outcome, again)
        both = [self.books.payments.confirm(made, NOW) for _ in range(2)]
        for again in self.run(_together(both)):
            assert all(isinstance(one, Contradicted) or one.duplicate for one in again)

    @rule(number=_PICK, amount=_AMOUNT, name=_NAME, desk_first=st.booleans())
    def bring_the_same_money_twice(self, number, amount, name, desk_first):
        """A desk and the provider tell of one payment, in either order."""
        told = [(name, number, amount, "CNY")]
        if desk_first:
            self.take_at_a_desk(number, amount, name)
            self.confirm_twice_at_once(told)
        else:
            self.confirm_twice_at_once(told)
            self.take_at_a_desk(number, amount, name)

    @rule()
    def match_what_came_first(self):
        assert self.run(self.books.payments.match(NOW)) == self.oracle.matched()

    @rule(number=_PICK, amount=_AMOUNT, slip=st.none() | _NAME)
    def take_at_a_desk(self, number, amount, slip):
        self.keys += 1
        name = wished_name("ada", str(self.keys))
        name = name if slip is None else shown_name("mini", number, slip)

        async def pay(run, held):
            after = changing.paid(held, amount, NOW)
            if isinstance(after, OrderDeclined):
                return False
            told = confirmation(held, amount, name, provider=DESK)
            if not await self.books.payments.claim(run, told, NOW):
                return False
            done = Done(action=OrderAction.PAID, author="ada", amount=amount)
            await self.books.orders.put(run, [after], [done])
            return True

        assert self.change(number, pay) is self.oracle.taken(number, amount, slip)

    @rule(number=_PICK)
    def cancel(self, number):
        async def work(run, held):
            return await self.back(run, changing.cancelled(held, NOW), OrderAction.CANCELLED)

        assert self.change(number, work) is self.oracle.cancelled(number)

    @rule(number=_PICK)
    def send(self, number):
        async def work(run, held):
            found = changing.fulfilled(held, None, NOW, delivered=True)
            if isinstance(found, OrderDeclined):
                return False
            done = Done(action=OrderAction.FULFILLED, author="ada")
            await self.books.orders.fulfil(run, *found, done, delivered=True)
            return True

        assert self.change(number, work) is self.oracle.sent(number)

    @rule(number=_PICK, pieces=st.integers(0, 2), money=st.none() | st.sampled_from([420, 2_580]))
    def give_back(self, number, pieces, money):
        if not pieces and money is None:
            return
        parts = [Part(ref="1", quantity=Decimal(pieces))] if pieces else []

        async def work(run, held):
            given = changing.returned(held, parts, money, NOW)
            return await self.back(run, given, OrderAction.RETURNED)

        assert self.change(number, work) is self.oracle.given_back(number, pieces, money)

    async def back(self, run, given, action):
        if isinstance(given, OrderDeclined):
            return False
        done = Done(action=action, author="ada", amount=given.amount)
        await self.books.orders.give_back(run, given, done, restock=False)
        return True

    def change(self, number, do):
        async def work(run):
            (held,) = await self.books.orders.locked(run, [Subject(key=number, channel="mini")])
            return False if held is None else await do(run, held)

        return self.run(self.books.store.transaction(work))

    @invariant()
    def paid_orders_are_payments_less_refunds(self):
        if not hasattr(self, "oracle"):
            return
        rows = self.run(self.books.rows(_STANDS))
        stands = {row.number: (row.paid, row.refunded, row.closed) for row in rows}
        assert stands == {
            number: (one.paid, one.refunded, one.closed)
            for number, one in self.oracle.orders.items()
            if one.placed
        }
        for row in rows:
            assert (row.payments, row.refunds, row.past) == (row.paid, row.refunded, row.paid), row
            assert row.fact == row.paid - row.refunded
        told = {row.transaction: row.outcome for row in self.run(self.books.rows(_TOLD_ROWS))}
        assert told == self.oracle.outcomes

    def teardown(self):
        if hasattr(self, "loop"):
            self.run(self.books.store.aclose())
            self.loop.close()


async def _together(asked):
    return await asyncio.gather(*asked)


def test_money_is_conserved(postgres: EmbeddedPostgres):
    Machine.database = migrated(postgres, "money_machine")
    test = Machine.TestCase()
    test.settings = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    test.runTest()
