"""Web shop orders and coupons."""

from datetime import timedelta
from random import Random
from typing import Final

from demo.sample.baskets import age, basket, deal, later, timetable
from demo.sample.luck import chance
from demo.sample.people import END
from demo.sample.records import Account, Code, Coupon, Person, WooOrder

PER_SCALE: Final = 1_300
VIAS: Final = ("checkout", "app", "miniprogram", "livestream")
_PAYMENTS: Final = ("wechat", "alipay", "unionpay")
_PUBLIC: Final = (
    ("double11", "双十一全场九折", 10, 0),
    ("nianhuo", "年货节八五折", 15, 9_900),
    ("welcome10", "新客九折", 10, 0),
    ("spring", "春日满减九五折", 5, 5_900),
    ("child61", "六一零食节九折", 10, 0),
    ("midautumn", "中秋礼盒八八折", 12, 19_900),
    ("live95", "直播间九五折", 5, 0),
    ("app92", "App专享九二折", 8, 0),
    ("nuts", "坚果日九折", 10, 6_900),
    ("office", "下午茶九五折", 5, 3_900),
)


def make_coupons(seed: int, accounts: tuple[Account, ...]) -> tuple[Coupon, ...]:
    """Ten public codes, and a personal coupon for every fifth customer."""
    rng = Random(f"{seed}:coupons")
    made = [
        Coupon(
            number=300 + row,
            code=code,
            text=text,
            percent=percent,
            cents=0,
            minimum=minimum,
            created=END - timedelta(days=500 - row * 40, seconds=row),
            expires=None if row % 3 else END + timedelta(days=30 * row - 45),
            email="",
            limit=0,
            used=rng.randrange(0, 900),
        )
        for row, (code, text, percent, minimum) in enumerate(_PUBLIC)
    ]
    owners = [account for account in accounts[::5] if account.email]
    for row, account in enumerate(owners):
        made.append(
            Coupon(
                number=400 + row,
                code=f"bw-{account.number}-{rng.randrange(16**5):05x}",
                text="生日礼券",
                percent=0,
                cents=rng.choice((500, 1_000, 2_000)),
                minimum=rng.choice((0, 4_900)),
                created=END - timedelta(days=rng.randrange(1, 60), seconds=row),
                expires=END + timedelta(days=90)
                if row == 0
                else END + timedelta(days=rng.randrange(-20, 90)),
                email=account.email,
                limit=1,
                used=0 if row == 0 else int(chance(rng, 0.3)),
            )
        )
    return tuple(made)


def make_woo_orders(
    seed: int,
    scale: int,
    *,
    accounts: tuple[Account, ...],
    people: tuple[Person, ...],
    codes: tuple[Code, ...],
    coupons: tuple[Coupon, ...],
) -> tuple[WooOrder, ...]:
    """Orders of all four doors of the shop, a fifth of them by guests."""
    rng = Random(f"{seed}:woo orders")
    cards = deal(rng, codes)
    public = [coupon for coupon in coupons if not coupon.email]
    orders = []
    for row, (placed, account, plain) in enumerate(timetable(rng, accounts, PER_SCALE * scale)):
        guest = None if plain or not chance(rng, 0.2) else rng.choice(people[1:])
        coupon = rng.choice(public) if chance(rng, 0.15) else None
        lines = basket(rng, cards, percent=coupon.percent if coupon else 0)
        status = _status(rng, age(placed), plain=plain)
        orders.append(
            WooOrder(
                number=10_001 + row * 3,
                created_via=VIAS[row % 4] if plain else rng.choices(VIAS, (4, 3, 2, 1))[0],
                status=status,
                account=None if guest else account,
                guest=guest,
                placed=placed,
                changed=later(rng, placed, 14),
                lines=lines,
                shipping=rng.choice((0, 0, 600, 800)),
                payment=rng.choice(_PAYMENTS),
                coupon=coupon,
                refunded=_refund(rng, status, lines[0].after, plain=plain),
                note="请放快递柜" if chance(rng, 0.05) else "",
            )
        )
    return tuple(orders)


def _status(rng: Random, days: int, *, plain: bool) -> str:
    if days < 3:  # noqa: PLR2004
        return "processing" if plain else rng.choice(("processing", "pending", "on-hold"))
    if plain:
        return "completed"
    names = (
        "completed",
        "processing",
        "cancelled",
        "failed",
        "refunded",
        "lay-by",
        "trash",
        "on-hold",
    )
    return rng.choices(names, (80, 4, 5, 3, 3, 1, 2, 2))[0]


def _refund(rng: Random, status: str, first: int, *, plain: bool) -> int:
    """-1 stands for everything; some completed orders gave back their first line."""
    if status == "refunded":
        return -1
    return first if status == "completed" and not plain and chance(rng, 0.03) else 0
