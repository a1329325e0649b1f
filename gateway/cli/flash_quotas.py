"""Quotas on the command line: given to a channel's own cart, tried again, taken back, settled."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.table import Table

from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.store import at_owned

if TYPE_CHECKING:
    from capabilities.flash.quotas import Quota
    from capabilities.product.records import Product
    from gateway.cli.connecting import Desk
    from store.flash.quotas import Quotas, Shop
    from store.owned import Owned

_T = TypeVar("_T")
Sale = Annotated[str, typer.Argument(metavar="SALE", help="Id of the sale.")]
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Channel that sells it.")]


def push(
    sale: Sale,
    channel: Channel,
    units: Annotated[int, typer.Argument(metavar="UNITS", help="How many.")],
    code: Annotated[
        str,
        typer.Option(help="Which of the crosswalk's codes for the product there; else the first."),
    ] = "",
) -> None:
    """Give a channel a quota that it sells in its own cart; it leaves its pool at once."""
    shop = _shop(sale, channel, code)
    _say(_quotas(lambda one: one.push(sale, channel, units, shop, author())))


def push_again(sale: Sale, channel: Channel) -> None:
    """Tell a channel's system once more what failed, behind a look at what stands there."""
    _say(_quotas(lambda one: one.again(sale, channel, author())))


def take_back(sale: Sale, channel: Channel) -> None:
    """Have a channel offer nothing any more; what it did not sell comes back when counted."""
    _say(_quotas(lambda one: one.take_back(sale, channel, author())))


def settle(
    sale: Sale,
    channel: Channel,
    sold: Annotated[int, typer.Argument(metavar="SOLD", help="How many were sold there.")],
) -> None:
    """Say by hand how many a channel sold, where its system cannot be asked any more."""
    _say(_quotas(lambda one: one.settle(sale, channel, sold, author())))


COMMANDS = (push, push_again, take_back, settle)


def show_quotas(sale: str) -> None:
    """A table of a sale's quotas, where it has any."""
    quotas = _quotas(lambda one: one.shown(sale))
    if not quotas:
        return
    table = Table("quota", "state", "units", "sold", "left there", "too many", "reason")
    for one in quotas:
        left = "?" if one.left is None else f"{one.left:,}"
        figures = (f"{one.units:,}", f"{one.sold:,}", left, f"{one.over:,}")
        table.add_row(one.channel, one.state.value, *figures, one.reason or "")
    console.print(table)


def _shop(sale: str, channel: str, code: str) -> "Shop":
    from gateway.cli.connecting import at_the_desk  # noqa: PLC0415  # slow to import
    from gateway.flash.shops import shop_of  # noqa: PLC0415  # as above

    sku, product = at_owned(lambda owned: _product(owned, sale))

    async def work(desk: "Desk") -> "Shop":
        specs = (await desk.all()).plan.connectors
        return shop_of(specs, desk.settings.systems, channel, sku, product, code or None)

    return at_the_desk(work)


async def _product(owned: "Owned", sale: str) -> "tuple[str, Product | None]":
    from store.flash.sales import read_sale  # noqa: PLC0415  # only this command needs it
    from store.product.products import ProductReference  # noqa: PLC0415  # as above

    found = await owned.store.transaction(lambda run: read_sale(run, owned.brand, sale))
    if found is None:
        raise BadInput(f"there is no flash sale {sale!r}", code="FLASH_SALE_UNKNOWN")
    (product,) = await ProductReference(owned.store, owned.brand).products([found.sku])
    return found.sku, product


def _quotas(work: "Callable[[Quotas], Awaitable[_T]]") -> _T:
    from store.flash.quotas import Quotas  # noqa: PLC0415  # only these commands need it

    return at_owned(lambda owned: work(Quotas(owned.store, owned.brand, owned.now)))


def _say(one: "Quota") -> None:
    typer.echo(f"{one.channel}: {one.units:,} units, {one.state.value}")
