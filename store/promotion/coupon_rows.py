"""Rows of coupons: how codes are kept, and what is read back."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.promotion.coupons import CouponState, CouponTemplate, HeldCoupon
from capabilities.time import from_micros
from store.engine import Run
from store.owned import Owned

COLUMNS = """
  c.id, c.template AS template_id, c.sealed, c.state, c.one_id, c.unit, c.locked_until, c.issued,
  c.expires_at, t.template
"""
JOINED = "coupons c JOIN coupon_templates t ON t.brand = c.brand AND t.id = c.template"
_STEP = text("""
  INSERT INTO coupon_steps (brand, coupon, sequence, action, unit, order_channel, order_number,
                            author, at)
  SELECT :brand, a.coupon,
         (SELECT coalesce(max(s.sequence), 0) + 1 FROM coupon_steps s
          WHERE s.brand = :brand AND s.coupon = a.coupon),
         :action, CAST(:unit AS text), CAST(:channel AS text), CAST(:number AS text), :author, :at
  FROM unnest(CAST(:ids AS text[])) AS a (coupon)
""")


def new_id() -> str:
    """An id that is no code and that nobody guesses either."""
    return secrets.token_hex(12)


def code_hash(owned: Owned, code: str) -> bytes:
    """What a code is found by."""
    return hmac.digest(owned.key, b"coupon:" + owned.brand.encode() + code.encode(), "sha256")


def seal_code(owned: Owned, coupon: str, code: str) -> bytes:
    """The code, for whoever may have it."""
    return owned.sealer.seal(code, place_of_coupon(owned.brand, coupon))


def open_code(owned: Owned, coupon: str, sealed: bytes) -> str:
    """The code whole."""
    return owned.sealer.open(bytes(sealed), place_of_coupon(owned.brand, coupon))


def held_of(owned: Owned, row: Row[Any]) -> HeldCoupon:
    """A row as a record, with its code."""
    return HeldCoupon(
        id=row.id,
        template=msgspec.convert(row.template, CouponTemplate),
        state=CouponState(row.state),
        issued_at=from_micros(row.issued),
        expires_at=row.expires_at,
        locked_until=row.locked_until,
        code=open_code(owned, row.id, row.sealed),
    )


async def record_steps(
    run: Run,
    brand: str,
    ids: Sequence[str],
    action: str,
    told: Mapping[str, str | datetime | None],
) -> None:
    """Write one step of each coupon; `told` is author, at, and where known unit and order."""
    named = {"unit": None, "channel": None, "number": None, **told}
    await run(_STEP, {"brand": brand, "ids": list(ids), "action": action, **named})


def place_of_coupon(brand: str, coupon: str) -> bytes:
    """Where a coupon's code is bound to."""
    return f"coupon:{brand}:{coupon}".encode()
