"""Till sales: returns, quotes and suspended ones among them, gift cards and kits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from demo.sample.baskets import basket, deal, timetable
from demo.sample.luck import chance
from demo.sample.people import END
from demo.sample.records import Account, Code, GiftCard, Kit, Line, PosSale, Store

PER_SCALE: Final = 1_300
_BUSY: Final = 40
_COMPLETED, _SUSPENDED, _CANCELLED = 0, 1, 2
_SALE, _INVOICE, _WORK_ORDER, _QUOTE, _RETURN = 0, 1, 2, 3, 4
_SHAPES: Final = (  # each is (status, type, whether it is a return, weight)
    (_COMPLETED, _SALE, False, 860),
    (_COMPLETED, _INVOICE, False, 30),
    (_SUSPENDED, _WORK_ORDER, False, 10),
    (_SUSPENDED, _QUOTE, False, 20),
    (_SUSPENDED, _SALE, False, 20),
    (_CANCELLED, _SALE, False, 15),
    (_COMPLETED, _RETURN, True, 30),
    (_COMPLETED, _SALE, True, 15),  # as old versions wrote a return
)
_PAYMENTS: Final = ("现金", "微信支付", "支付宝", "银联卡", "礼品卡")


def make_pos_sales(
    seed: int,
    scale: int,
    accounts: tuple[Account, ...],
    codes: tuple[Code, ...],
    stores: tuple[Store, ...],
) -> tuple[PosSale, ...]:
    """Sales of all stores, exactly a quarter of them without a customer."""
    rng = Random(f"{seed}:pos sales")
    cards = deal(rng, codes)
    plan = timetable(rng, accounts, PER_SCALE * scale)
    nobody = _nobody(rng, [row for row, entry in enumerate(plan) if not entry[2]], len(plan) // 4)
    sales: list[PosSale] = []
    for row, (placed, account, plain) in enumerate(plan):
        shape = _SHAPES[0] if plain else rng.choices(_SHAPES, [entry[3] for entry in _SHAPES])[0]
        owner = None if row in nobody else account
        store = _store(rng, stores, len(sales) % 4 if plain else -1)
        sales.append(
            _sale(
                rng, cards, number=row + 1, store=store, account=owner, placed=placed, shape=shape
            )
        )
    return tuple(sales)


def make_gift_cards(seed: int, accounts: tuple[Account, ...]) -> tuple[GiftCard, ...]:
    """A gift card for every eighth store customer."""
    rng = Random(f"{seed}:gift cards")
    return tuple(
        GiftCard(
            number=row + 1,
            text=f"GC{70_000_000 + row * 37}",
            account=account,
            cents=rng.choice((0, 5_000, 10_000, 20_000)) if row else 10_000,
            recorded=END - timedelta(days=rng.randrange(5, 300)),
        )
        for row, account in enumerate(accounts[::8])
    )


def make_kits(seed: int, codes: tuple[Code, ...]) -> tuple[Kit, ...]:
    """Twelve bundles at a discount."""
    rng = Random(f"{seed}:kits")
    known = [code for code in codes if code.product]
    return tuple(
        Kit(
            number=row + 1,
            code=f"KIT{row + 1:03d}",
            name=f"{rng.choice(('追剧', '下午茶', '出游', '加班', '年货'))}组合{row + 1}号",
            percent=rng.choice((10, 15, 20)),
            parts=tuple((code, rng.choice((1, 1, 2))) for code in rng.sample(known, 3)),
        )
        for row in range(12)
    )


def _nobody(rng: Random, rows: list[int], count: int) -> set[int]:
    return set(rng.sample(rows, count))


def _store(rng: Random, stores: tuple[Store, ...], turn: int) -> Store:
    """Half of the sales in a few busy stores; the demo's person visits all kinds."""
    if turn >= 0:
        first = {
            letter: row for row, letter in reversed([(r, s.code[0]) for r, s in enumerate(stores)])
        }
        return stores[(first["M"], first["T"], first["P"], first["M"] + 1)[turn]]
    if chance(rng, 0.5):
        step = len(stores) // _BUSY
        return stores[rng.randrange(_BUSY) * step]
    return rng.choice(stores)


def _sale(
    rng: Random,
    cards: Iterator[Code],
    *,
    number: int,
    store: Store,
    account: Account | None,
    placed: datetime,
    shape: tuple[int, int, bool, int],
) -> PosSale:
    status, kind, returned, _ = shape
    lines = basket(rng, cards, weighed=True)
    lines = tuple(_reduced(rng, line, returned=returned) for line in lines)
    points = sum(line.after for line in lines) // 100 if account and not returned else 0
    return PosSale(
        number=number,
        store=store,
        account=account,
        placed=placed,
        status=status,
        kind=kind,
        lines=lines,
        payment=rng.choice(_PAYMENTS),
        employee=1 + rng.randrange(20),
        tax_added=store.code[0] == "P",
        earned=points,
        used=rng.randrange(0, 200) if points and chance(rng, 0.1) else 0,
        comment=rng.choice(("", "", "", "送礼盒", "老顾客")),
    )


def _reduced(rng: Random, line: Line, *, returned: bool) -> Line:
    """A discount in percent, one per unit, or mostly none."""
    kind = rng.choices(("none", "percent", "off"), (75, 15, 10))[0]
    percent = rng.choice((5, 10, 15)) if kind == "percent" else 0
    off = rng.choice((50, 100, 200)) if kind == "off" else 0
    return Line(line.code, -line.milli if returned else line.milli, line.cents, percent, off)
