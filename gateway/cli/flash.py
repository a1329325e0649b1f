"""`santong flash`: flash sales are defined, opened, watched and closed."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer
from rich.table import Table

from capabilities.caller import Person
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import Proposal, Step
from capabilities.flash.records import FlashSale, Supply
from capabilities.flash.settled import SaleFigures
from gateway.cli.console import console
from gateway.cli.flash_quotas import COMMANDS, show_quotas
from gateway.cli.flash_rehearse import rehearse
from gateway.cli.given import author
from gateway.cli.proven import TokenFile, at_person
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.written import read_written

if TYPE_CHECKING:
    from store.flash.running import Running
    from store.owned import Owned

app = typer.Typer(name="flash", help="Flash sales.", no_args_is_help=True)
_T = TypeVar("_T")
Sale = Annotated[str, typer.Argument(metavar="SALE", help="Id of the sale.")]


@app.command(name="list")
def show_sales() -> None:
    """Show every sale, and what waits for a second person."""
    sales, waiting = _running(_all)
    table = Table("sale", "state", "sku", "opens", "closes", "stock", "a second")
    for one in sales:
        window = (f"{one.opens_at:%Y-%m-%d %H:%M:%S}Z", f"{one.closes_at:%Y-%m-%d %H:%M:%S}Z")
        stock = ", ".join(f"{pool or 'shared'} {units:,}" for pool, units in one.pools.items())
        rate = f"{one.admission_rate:g}" if one.admission_rate else "all"
        table.add_row(one.id, one.state.value, one.sku, *window, stock, rate)
    console.print(table)
    for proposal in waiting:
        _say_proposed(proposal)


@app.command()
def define(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The sale in YAML.")],
) -> None:
    """Write a sale down, with its stock; it sells nothing before it is opened."""
    sale = read_written(file, FlashSale, "FLASH_SALE_INVALID")
    draft = FlashSale(
        **{
            name: getattr(sale, name)
            for name in FlashSale.__struct_fields__
            if name not in ("state", "version")
        }
    )
    _running(lambda one: one.define(draft, author()))
    typer.echo(f"{draft.id} is written down")


@app.command()
def preload(sale: Sale) -> None:
    """Let processes that sell get ready for a sale."""
    _take(sale, Step.PRELOAD)


@app.command(name="open")
def propose_open(sale: Sale, token_file: TokenFile = None) -> None:
    """Ask a second person to open a sale; it sells within its window then."""
    _say_proposed(
        _by(token_file, "openFlashSale", lambda one, by: one.propose(sale, Step.OPEN, by))
    )


@app.command()
def top_up(
    sale: Sale,
    units: Annotated[int, typer.Argument(metavar="UNITS", help="How many more.")],
    pool: Annotated[str, typer.Option(help="Channel whose quota it is; else all share it.")] = "",
    token_file: TokenFile = None,
) -> None:
    """Ask a second person to put more stock into a sale."""

    async def do(one: "Running", by: Person) -> Proposal:
        return await one.propose(sale, Step.TOP_UP, by, pool=pool, units=units)

    _say_proposed(_by(token_file, "topUpFlashSale", do))


@app.command()
def confirm(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="What was proposed.")],
    token_file: TokenFile = None,
) -> None:
    """Confirm what somebody else proposed, and do it."""
    _say(_by(token_file, "confirmFlashSale", lambda one, by: one.confirm(proposal, by)))


@app.command()
def withdraw(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="What was proposed.")],
) -> None:
    """Take back what waits for a second person."""
    sale = _running(lambda one: one.withdraw(proposal, author()))
    typer.echo(f"{sale.id}: taken back")


@app.command()
def pause(sale: Sale) -> None:
    """Sell nothing for a while; who waits keeps her place."""
    _take(sale, Step.PAUSE)


@app.command()
def resume(sale: Sale) -> None:
    """Go on with a sale that was paused."""
    _take(sale, Step.RESUME)


@app.command()
def rate(
    sale: Sale,
    rate: Annotated[float, typer.Argument(metavar="RATE", min=0, help="Members a second.")],
) -> None:
    """Let in so many members a second from now on; 0 lets in all."""
    _running(lambda one: one.change_rate(sale, rate, author()))
    typer.echo(f"{sale} lets in {rate:g} a second")


@app.command()
def close(sale: Sale) -> None:
    """End a sale; who has a reservation may still pay."""
    _take(sale, Step.CLOSE)


@app.command()
def reconcile(sale: Sale) -> None:
    """Give back what nobody bought, where the auditor finds nothing and all is paid or lapsed."""
    _take(sale, Step.RECONCILE)


@app.command()
def transfer(
    sale: Sale,
    units: Annotated[int, typer.Argument(metavar="UNITS", help="How many.")],
    source: Annotated[str, typer.Option("--from", help="Channel that gives; else all.")] = "",
    target: Annotated[str, typer.Option("--to", help="Channel that gets; else all.")] = "",
) -> None:
    """Move stock between quotas and what all share, also while it is sold."""
    _running(lambda one: one.transfer(sale, source, target, units, author()))
    typer.echo(f"{units:,} units went from {source or 'shared'} to {target or 'shared'}")


@app.command()
def supply(
    sale: Sale,
    on_hand: Annotated[int, typer.Option(help="Pieces in the house.")],
    safety: Annotated[int, typer.Option(help="Of them, never offered.")] = 0,
    elsewhere: Annotated[int, typer.Option(help="Of them, promised outside of sales.")] = 0,
) -> None:
    """Say anew what a sale's stock is taken from; it never offers more."""
    given = Supply(on_hand=on_hand, safety=safety, elsewhere=elsewhere)
    _running(lambda one: one.change_supply(sale, given, author()))
    typer.echo(f"{sale} may offer {given.sellable:,}, with all sales of its product")


@app.command()
def show(sale: Sale) -> None:
    """Show a sale's stock: its pools, and the quotas that channels sell in their own carts."""
    from store.flash.stock import read_pools  # noqa: PLC0415  # only this command needs it

    pools = at_owned(lambda owned: read_pools(owned.store, owned.brand, sale))
    table = Table("pool", "allocated", "left")
    for one in pools:
        table.add_row(one.channel or "shared", f"{one.allocated:,}", f"{one.remaining:,}")
    console.print(table)
    show_quotas(sale)


def _take(sale: str, step: Step) -> None:
    _say(_running(lambda one: one.take(sale, step, author())))


def _by(
    token_file: Path | None, field: str, work: "Callable[[Running, Person], Awaitable[_T]]"
) -> _T:
    """A step of somebody who proves who she is, as the graph's `field` would let her take it."""
    from store.flash.running import Running  # noqa: PLC0415  # only these commands need it

    def do(owned: "Owned", by: Person) -> Awaitable[_T]:
        return work(Running(owned.store, owned.brand, role=by.role.value), by)

    return at_person(token_file, field, do)


def _running(work: "Callable[[Running], Awaitable[_T]]") -> _T:
    from store.flash.running import Running  # noqa: PLC0415  # only these commands need it

    return at_owned(lambda owned: work(Running(owned.store, owned.brand)), seconds=LONG_SECONDS)


async def _all(one: "Running") -> tuple[list[FlashSale], list[Proposal]]:
    return list(await one.sales()), list(await one.waiting())


def _say(sale: FlashSale) -> None:
    typer.echo(f"{sale.id} is {sale.state.value}")


def _say_proposed(one: Proposal) -> None:
    what = one.step.value + (f" {one.units:,} {one.pool or 'shared'}" if one.units else "")
    typer.echo(f"{one.sale}: {what}, proposed by {one.proposed_by}; a second person runs")
    typer.echo(f"  santong flash confirm {one.id}")


@app.command()
def audit(
    sale: Annotated[str, typer.Argument(help="Id of the sale.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check that a sale's rows agree with one another; it may be selling meanwhile."""
    found = at_owned(lambda owned: _audited(owned, sale), seconds=LONG_SECONDS)
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        _show(sale, found)
    if found.faults:
        raise typer.Exit(1)


async def _audited(owned: "Owned", sale: str) -> SaleFigures:
    from store.flash.audit import audit as audited  # noqa: PLC0415  # only this command needs it
    from store.flash.sales import read_sale  # noqa: PLC0415  # as above

    store, brand = owned.store, owned.brand
    if await store.transaction(lambda run: read_sale(run, brand, sale)) is None:
        raise BadInput(f"there is no flash sale {sale!r}", code="FLASH_SALE_UNKNOWN")
    return await store.transaction(lambda run: audited(run, brand, sale))


def _show(sale: str, found: SaleFigures) -> None:
    table = Table("units", "count", title=f"flash sale {sale}")
    names = ("allocated", "remaining", "standing", "paid", "pushed", "sold_outside")
    for name in (*names, "orders", "unordered"):
        table.add_row(name, f"{getattr(found, name):,}")
    console.print(table)
    for fault in found.faults or ("everything agrees",):
        console.print(fault)


for _command in (*COMMANDS, rehearse):
    app.command()(_command)
