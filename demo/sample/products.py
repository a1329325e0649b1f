"""Products, what each system calls them, and the crosswalk between the two."""

from datetime import date
from random import Random
from typing import Final

from demo.sample.luck import chance
from demo.sample.records import POS, SAP, WOO, Code, CrosswalkRow, Product
from demo.sample.words import BASES, FLAVOURS

SOLD: Final = 194  # articles that one system sells under a code the crosswalk knows
GHOSTS: Final = 6  # codes that it does not know: 6 of 200 are the 3 %
_FIRST: Final = {SAP: 0, WOO: 3, POS: 6}  # the assortments differ a little
_MOVED: Final = date(2026, 1, 1)  # the day when two barcodes passed to a successor
_OLD_BASE: Final = "草莓干"  # still carries short barcodes that begin with zeros
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


def make_products(seed: int) -> tuple[Product, ...]:
    """The retailer's own reference: two hundred articles."""
    rng = Random(f"{seed}:products")
    made = []
    for index in range(len(BASES) * len(FLAVOURS)):
        base, family, unit, cents = BASES[index % len(BASES)]
        flavour = FLAVOURS[index // len(BASES)]
        leading = "00" if base == _OLD_BASE else "69"
        barcodes = [_with_check(f"{leading}{4_500_000_000 + index * 3571:010d}")]
        if chance(rng, 0.1):
            barcodes.append(_with_check(f"69{8_700_000_000 + index * 17:010d}"))
        gone = date(2026, rng.randrange(1, 10), 1) if chance(rng, 0.04) else None
        made.append(
            Product(
                sku=f"BW-{100_123 + index * 7}",
                name=f"百味集{flavour}{base}",
                brand="百味集",
                category_path=("零食", family, base),
                barcodes=tuple(barcodes),
                unit=unit,
                launched_at=date(rng.randrange(2021, 2026), rng.randrange(1, 13), 8),
                discontinued_at=gone,
                cents=cents + rng.randrange(0, 9) * 50,
            )
        )
    return tuple(made)


def make_codes(seed: int, products: tuple[Product, ...]) -> dict[str, tuple[Code, ...]]:
    """Each system's own two hundred codes; the last six belong to nothing."""
    makers = {SAP: _sap_code, WOO: _woo_code, POS: _pos_code}
    made = {}
    for system, maker in makers.items():
        first = _FIRST[system]
        sold: list[Product | None] = [*products[first : first + SOLD], *(None,) * GHOSTS]
        made[system] = tuple(maker(seed, row, product) for row, product in enumerate(sold))
    return made


def make_crosswalk(
    products: tuple[Product, ...], codes: dict[str, tuple[Code, ...]]
) -> tuple[CrosswalkRow, ...]:
    """What the retailer knows of the codes, two of them with a change of owner."""
    rows = []
    for system, known in codes.items():
        for row, code in enumerate(known):
            if code.product is None:
                continue
            moved = system == POS and row in {0, 1}
            until = _MOVED if moved else None
            rows.append(CrosswalkRow(system, code.kind, code.code, code.product.sku, None, until))
            if moved:
                heir = products[-1 - row].sku
                rows.append(CrosswalkRow(system, code.kind, code.code, heir, _MOVED))
            if code.variation:
                own = _woo_sku(code.number)
                rows.append(CrosswalkRow(system, "sku", own, code.product.sku))
    return tuple(rows)


def deck(codes: tuple[Code, ...]) -> list[Code]:
    """A deck that deals every code, popular ones more often, ghosts in 3 % of the cards."""
    cards: list[Code] = []
    for row, code in enumerate(codes):
        cards += [code] * (1 + 2 * (row % 2) if code.product else 2)
    return cards


def _with_check(twelve: str) -> str:
    """EAN-13: weights 1 and 3, the check digit completes to ten."""
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def _sap_code(seed: int, row: int, product: Product | None) -> Code:
    number = 200_000 + (row * 7_919 + seed * 31) % 90_001
    code = str(number)
    return Code(SAP, "matnr", code, code.zfill(18), product, *_face(product, row), number)


def _woo_sku(number: int) -> str:
    return f"WX-{number * 40_503 % 0xFFFFFF:06X}"


def _woo_code(seed: int, row: int, product: Product | None) -> Code:
    """Every third article is a variation, whose sku is its own, its parent's or empty."""
    number = 5_000 + row + seed
    sku = _woo_sku(number)
    if product is None or row % 3:
        return Code(WOO, "sku", sku, sku, product, *_face(product, row), number)
    parent, variation = 7_000 + row // 9, 8_000 + row
    written = (sku, "", _woo_sku(parent))[row // 3 % 3]
    face = _face(product, row)
    return Code(
        WOO, "variation_id", str(variation), written, product, *face, number, parent, variation
    )


def _pos_code(seed: int, row: int, product: Product | None) -> Code:
    """The barcode as text; some lost their zeros as an integer, some were typed sloppily."""
    if product is None:
        code = _with_check(f"69{1_000_000_000 + seed * 1_000 + row:010d}")
        return Code(POS, "item_number", code, code, None, *_face(None, row), row + 1)
    code = product.barcodes[0]
    if code.startswith("0"):
        code = str(int(code))
    written = {20: f"{code} ", 40: f"{code} ", 60: code.translate(_WIDE)}.get(row, code)
    return Code(POS, "item_number", code, written, product, *_face(product, row), row + 1)


def _face(product: Product | None, row: int) -> tuple[str, int, str]:
    """Name, price and unit as a till or order shows them."""
    if product is None:
        return f"联名限定零食{row % 100}号", 1990, "袋"
    return product.name, product.cents, product.unit
