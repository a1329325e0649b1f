"""Sales orders: the marketplaces' own, and copies of some web shop orders a day later."""

from datetime import timedelta
from random import Random
from typing import Final

from demo.sample.baskets import age, basket, deal, later, timetable
from demo.sample.luck import chance
from demo.sample.records import Account, Code, Line, SapOrder, WooOrder

PER_SCALE: Final = 1_200
_HOME: Final = {"MJDC": "20", "MTMC": "30", "MWMC": "40"}
_MIRRORED: Final = 0.25

_ODD: Final[dict[str, dict[str, str]]] = {
    "rejected": {"rejection": "C", "process": "C", "delivery": ""},
    "blocked": {"block": "C", "process": "A", "delivery": "A"},
    "no credit": {"credit": "B", "process": "A", "delivery": "A"},
    "blank": {"delivery": "", "rejection": ""},
    "of a user exit": {"process": "Z"},
    "none": {},
}


def make_sap_orders(
    seed: int,
    scale: int,
    accounts: tuple[Account, ...],
    codes: tuple[Code, ...],
    shop: tuple[WooOrder, ...],
) -> tuple[SapOrder, ...]:
    """Own orders and mirrors together, numbered in the order of their days."""
    rng = Random(f"{seed}:sap orders")
    cards = deal(rng, codes)
    orders: list[SapOrder] = []
    for turn, (placed, account, plain) in enumerate(timetable(rng, accounts, PER_SCALE * scale)):
        channel = ("30", "20", "40")[turn % 3] if plain else _channel(rng, account)
        percent = 10 if chance(rng, 0.2) else 0
        lines = basket(rng, cards, percent=percent)
        known = plain or not chance(rng, 0.1)
        orders.append(
            SapOrder(
                number=0,
                channel=channel,
                kind="ZOS" if plain else rng.choices(("ZOS", "ZRE", "ZKL"), (95, 4, 1))[0],
                account=account if known else None,
                placed=placed,
                changed=later(rng, placed, 20),
                lines=lines,
                reference=f"{channel}{260_000_000_000_000 + rng.randrange(10**13)}",
                **_states(rng, age(placed), plain=plain),
            )
        )
    orders += _mirrors(rng, accounts, codes, shop)
    orders.sort(key=lambda order: (order.placed.date(), order.placed, order.reference))
    return tuple(_numbered(order, row) for row, order in enumerate(orders))


def _numbered(order: SapOrder, row: int) -> SapOrder:
    values = {name: getattr(order, name) for name in order.__struct_fields__}
    return SapOrder(**values | {"number": 4_000_001 + row})


def _channel(rng: Random, account: Account) -> str:
    home = _HOME[account.grouping]
    return home if chance(rng, 0.75) else rng.choice(("20", "30", "40"))


def _states(rng: Random, days: int, *, plain: bool) -> dict[str, str]:
    """The one-letter axes; a blank says nothing, and old rows are blank in places."""
    state = {"process": "C", "delivery": "C", "rejection": "A", "block": "", "credit": ""}
    if days < 4:  # noqa: PLR2004
        state |= {"process": "A", "delivery": "A"}
    elif days < 12:  # noqa: PLR2004
        state |= {"process": "B", "delivery": rng.choice(("B", "C"))}
    if plain:
        return state
    odd = rng.choices(tuple(_ODD), (4, 2, 1, 2, 1, 90))[0]
    return state | _ODD[odd]


def _mirrors(
    rng: Random,
    accounts: tuple[Account, ...],
    codes: tuple[Code, ...],
    shop: tuple[WooOrder, ...],
) -> list[SapOrder]:
    """Copies of web shop orders whose articles SAP knows as well."""
    partners = {account.person.index: account for account in accounts}
    own = {code.product.sku: code for code in codes if code.product}
    made = []
    for order in shop:
        products = [line.code.product for line in order.lines]
        if not all(product and product.sku in own for product in products):
            continue
        if order.status not in {"completed", "processing"} or not chance(rng, _MIRRORED):
            continue
        person = order.account.person.index if order.account else -1
        made.append(
            SapOrder(
                number=0,
                channel="10",
                kind="ZOS",
                account=partners.get(person),
                placed=order.placed + timedelta(days=1),
                changed=order.changed + timedelta(days=1),
                lines=tuple(
                    Line(own[line.code.product.sku], line.milli, line.cents, line.percent)
                    for line in order.lines
                    if line.code.product
                ),
                process="C",
                delivery="C",
                rejection="A",
                block="",
                credit="",
                mirrors=str(order.number),
                reference=f"W{order.number}",
            )
        )
    return made
