"""How operations run a flash sale: every step one transaction, with a row of the audit trail."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from sqlalchemy import Row, text

from capabilities.audit import Entry
from capabilities.caller import Person
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import (
    CONFIRMED,
    Proposal,
    SaleDeclined,
    Step,
    check_definition,
    check_rate,
    check_second,
    check_top_up,
    check_waiting,
    second_person,
    state_after,
)
from capabilities.flash.records import FlashSale, Supply
from capabilities.flash.supply import check_supply, check_transfer, stock_short
from store.access.audit import audited
from store.engine import Run, Store
from store.flash.audit import audit
from store.flash.movements import Account, Place, move
from store.flash.quota_rows import quotas_out
from store.flash.rooms import change_rate
from store.flash.sales import (
    change_state,
    change_supply,
    define,
    read_sale,
    read_sales,
    restocked,
    return_unsold,
    top_up,
)
from store.flash.supply import check_sellable

_PROPOSE = text("""
  INSERT INTO flash_proposals (brand, id, sale, step, pool, units, version, proposed_by,
                               proposed_at)
  VALUES (:brand, :id, :sale, :step, :pool, :units, :version, :by, clock_timestamp())
  RETURNING *
""")
_PROPOSED = text("""
  SELECT * FROM flash_proposals WHERE brand = :brand AND id = :id FOR UPDATE
""")
_WAITING = text("""
  SELECT * FROM flash_proposals
  WHERE brand = :brand AND confirmed_by IS NULL
    AND (CAST(:sale AS text) IS NULL OR sale = :sale)
  ORDER BY proposed_at DESC LIMIT 100
""")
_WITHDRAW = text("DELETE FROM flash_proposals WHERE brand = :brand AND id = :id")
_CONFIRM = text("""
  UPDATE flash_proposals SET confirmed_by = :by, confirmed_at = clock_timestamp()
  WHERE brand = :brand AND id = :id
""")
T = TypeVar("T")


class Transaction(Protocol):
    """How the one transaction of a step is run."""

    async def __call__(self, work: Callable[[Run], Awaitable[T]]) -> T:
        """What `work` gives."""


class Running:
    """The sales of one brand, as operations run them; `by` is the subject of who does it.

    What takes two people takes a `Person` twice: nobody proposes or confirms by a name alone.

    `role` is what she is, for the audit trail; `transaction` runs a step otherwise than the store
    does: under an idempotency key.
    """

    def __init__(
        self,
        store: Store,
        brand: str,
        *,
        role: str | None = None,
        transaction: Transaction | None = None,
    ) -> None:
        self._store = store
        self._brand = brand
        self._role = role
        self._transaction = transaction or store.transaction

    async def sales(self) -> Sequence[FlashSale]:
        """Every sale, the newest first."""
        return await self._store.transaction(lambda run: read_sales(run, self._brand))

    async def waiting(self, sale: str | None = None) -> Sequence[Proposal]:
        """What waits for a second person, of one sale or of all."""
        rows = await self._store.rows(_WAITING, {"brand": self._brand, "sale": sale})
        return [_proposal(row) for row in rows]

    async def define(self, sale: FlashSale, by: str) -> FlashSale:
        """Write a sale down, with its stock; it sells nothing yet."""
        check_definition(sale)
        if sale.supply is not None:
            check_supply(sale.supply)

        async def work(run: Run) -> FlashSale:
            if await read_sale(run, self._brand, sale.id) is not None:
                raise SaleDeclined("there is a sale of this id", code="FLASH_SALE_TAKEN")
            await define(run, self._brand, sale)
            await check_sellable(run, self._brand, sale.id)
            await self._audited(run, "flash.defined", sale.id, by, units=sum(sale.pools.values()))
            return await self._known(run, sale.id)

        return await self._transaction(work)

    async def take(self, sale: str, step: Step, by: str) -> FlashSale:
        """Take a step that needs nobody else; the sale afterwards."""
        if step in CONFIRMED:
            raise second_person("a second person confirms this")

        async def work(run: Run) -> FlashSale:
            if step is Step.RECONCILE:
                await self._settle(run, sale)
            return await self._moved(run, sale, step, by)

        return await self._transaction(work)

    async def propose(
        self, sale: str, step: Step, by: Person, *, pool: str = "", units: int = 0
    ) -> Proposal:
        """Ask a second person for a step; nothing happens before she confirms it."""

        async def work(run: Run) -> Proposal:
            found = await self._known(run, sale)
            state_after(step, found.state)
            if step is Step.TOP_UP:
                check_top_up(found, pool, units)
            named = {"brand": self._brand, "id": uuid4().hex, "sale": sale, "step": step.value}
            told = {"pool": pool, "units": units, "version": found.version, "by": by.subject}
            (row,) = await run(_PROPOSE, {**named, **told})
            facts: dict[str, str | int] = {"step": step.value, "units": units}
            await self._audited(run, "flash.proposed", sale, by.subject, **facts)
            return _proposal(row)

        return await self._transaction(work)

    async def confirm(self, proposal: str, by: Person) -> FlashSale:
        """Confirm what somebody else proposed, and do it."""

        async def work(run: Run) -> FlashSale:
            found = await self._proposed(run, proposal)
            check_second(found, by)
            await run(_CONFIRM, {"brand": self._brand, "id": proposal, "by": by.subject})
            return await self._confirmed(run, found, by.subject)

        return await self._transaction(work)

    async def withdraw(self, proposal: str, by: str) -> FlashSale:
        """Take back what waits for a second person, whoever proposed it; the sale as it stands."""

        async def work(run: Run) -> FlashSale:
            found = await self._proposed(run, proposal)
            check_waiting(found)
            await run(_WITHDRAW, {"brand": self._brand, "id": proposal})
            facts = {"step": found.step.value, "proposed_by": found.proposed_by}
            await self._audited(run, "flash.withdrawn", found.sale, by, **facts)
            return await self._known(run, found.sale)

        return await self._transaction(work)

    async def change_rate(self, sale: str, rate: float, by: str) -> FlashSale:
        """Let in so many a second from now on."""
        check_rate(rate)

        async def work(run: Run) -> FlashSale:
            await self._known(run, sale)
            await change_rate(run, self._brand, sale, rate)
            await self._audited(run, "flash.rate", sale, by, rate=str(rate))
            return await self._known(run, sale)

        return await self._transaction(work)

    async def transfer(self, sale: str, source: str, target: str, units: int, by: str) -> FlashSale:
        """Move stock from one pool to another, also while it is sold; the sale afterwards."""

        async def work(run: Run) -> FlashSale:
            check_transfer(await self._known(run, sale), source, target, units)
            here, there = Account(Place.POOL, source), Account(Place.POOL, target)
            if not await move(run, self._brand, sale, here, there, units):
                raise stock_short(f"{source or 'what all share'} has no {units:,} units left")
            await check_sellable(run, self._brand, sale)
            await restocked(run, self._brand, sale)
            facts = {"source": source, "target": target}
            await self._audited(run, "flash.transferred", sale, by, units=units, **facts)
            return await self._known(run, sale)

        return await self._transaction(work)

    async def change_supply(self, sale: str, supply: Supply, by: str) -> FlashSale:
        """Say anew what a sale's stock is taken from; the sale afterwards.

        Also where it is less than is offered: the auditor says so then.
        """
        check_supply(supply)

        async def work(run: Run) -> FlashSale:
            await self._known(run, sale)
            await change_supply(run, self._brand, sale, supply)
            figures = {"on_hand": supply.on_hand, "safety": supply.safety}
            facts = {**figures, "elsewhere": supply.elsewhere}
            await self._audited(run, "flash.supply", sale, by, **facts)
            return await self._known(run, sale)

        return await self._transaction(work)

    async def _proposed(self, run: Run, proposal: str) -> Proposal:
        rows = await run(_PROPOSED, {"brand": self._brand, "id": proposal})
        if not rows:
            raise SaleDeclined("there is no such proposal", code="FLASH_SALE_UNKNOWN")
        return _proposal(rows[0])

    async def _confirmed(self, run: Run, found: Proposal, by: str) -> FlashSale:
        facts = {"proposed_by": found.proposed_by, "confirmed_by": by}
        if found.step is Step.OPEN:
            return await self._moved(run, found.sale, found.step, by, found.version, **facts)
        sale = await self._known(run, found.sale)
        state_after(found.step, sale.state)
        await top_up(run, self._brand, found.sale, found.pool, found.units)
        await check_sellable(run, self._brand, found.sale)
        facts["pool"] = found.pool
        await self._audited(run, "flash.top_up", found.sale, by, units=found.units, **facts)
        return await self._known(run, found.sale)

    async def _moved(
        self,
        run: Run,
        sale: str,
        step: Step,
        by: str,
        version: int | None = None,
        **facts: str,
    ) -> FlashSale:
        found = await self._known(run, sale)
        after = state_after(step, found.state)
        seen = found.version if version is None else version
        if await change_state(run, self._brand, sale, after, seen) is None:
            raise SaleDeclined("the sale was changed meanwhile", code="FLASH_SALE_MOVED")
        await self._audited(run, f"flash.{step.value.lower()}", sale, by, **facts)
        return await self._known(run, sale)

    async def _settle(self, run: Run, sale: str) -> None:
        """What nobody bought leaves the sale; SaleDeclined while its rows do not allow it."""
        if out := await quotas_out(run, self._brand, sale):
            raise SaleDeclined(f"the quotas of {', '.join(out)} are not back yet")
        await return_unsold(run, self._brand, sale)
        found = await audit(run, self._brand, sale)
        if found.faults:
            raise SaleDeclined(f"the auditor: {found.faults[0]}")
        if found.standing != found.paid:
            raise SaleDeclined(f"{found.standing - found.paid} units are reserved and not paid yet")

    async def _known(self, run: Run, sale: str) -> FlashSale:
        found = await read_sale(run, self._brand, sale)
        if found is None:
            raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
        return found

    async def _audited(self, run: Run, action: str, sale: str, by: str, **facts: str | int) -> None:
        entry = Entry(action=action, actor=by, role=self._role, facts={"sale": sale, **facts})
        await audited(run, self._brand, entry)


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(
        id=row.id,
        sale=row.sale,
        step=Step(row.step),
        pool=row.pool,
        units=row.units,
        version=row.version,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        confirmed_by=row.confirmed_by,
    )
