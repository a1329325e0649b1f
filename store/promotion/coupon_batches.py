"""Codes by the million: made in slices, each committed as a whole, so that a batch goes on.

What is committed can be read again by its number in the batch. A file of codes is therefore always
a beginning of the batch: whoever goes on first writes what the file lacks.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.errors import BadInput
from capabilities.promotion.codes import new_code
from capabilities.promotion.coupons import CouponTemplate
from capabilities.time import micros
from store.engine import Run
from store.owned import Owned
from store.promotion.coupon_rows import code_hash, new_id, open_code, seal_code
from store.promotion.templates import CouponTemplates

_SLICE = 5_000
_BEGIN = text("""
  INSERT INTO coupon_batches (brand, id, template, wanted, made, author, started_at)
  VALUES (:brand, :id, :template, :wanted, 0, :author, :at)
""")
_BATCH = text("""
  SELECT id, template, wanted, made FROM coupon_batches WHERE brand = :brand AND id = :id
""")
# Whoever makes the next slice holds this row: two who go on with one batch take turns.
_NEXT = text("""
  SELECT template, wanted, made FROM coupon_batches
  WHERE brand = :brand AND id = :id FOR UPDATE
""")
_MADE = text("""
  UPDATE coupon_batches SET made = made + :size WHERE brand = :brand AND id = :id
""")
_ADD = text("""
  INSERT INTO coupons (brand, id, template, code_hash, sealed, state, batch, number, issued,
                       expires_at)
  SELECT :brand, a.id, :template, a.hash, a.sealed, 'AVAILABLE', :batch, a.number, :issued,
         :expires_at
  FROM unnest(CAST(:ids AS text[]), CAST(:hashes AS bytea[]), CAST(:sealed AS bytea[]),
              CAST(:numbers AS bigint[])) AS a (id, hash, sealed, number)
""")
_CODES = text("""
  SELECT id, sealed FROM coupons
  WHERE brand = :brand AND batch = :batch AND number >= :first ORDER BY number LIMIT :most
""")


class CouponBatch(Struct, frozen=True, kw_only=True):
    """A batch: how many codes it is to have, and how many are made."""

    id: str
    template: str
    count: int
    made: int


class CouponBatches:
    """The batches of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._templates = CouponTemplates(owned)

    async def begin(self, template: str, count: int, author: str) -> CouponBatch:
        """A batch, counted as given out at once; BadInput where the template's limit is passed."""

        async def work(run: Run) -> CouponBatch:
            if await self._templates.one_in(run, template) is None:
                raise BadInput(f"there is no template {template!r}", code="COUPON_TEMPLATE_UNKNOWN")
            if await self._templates.give_in(run, template, count) is None:
                message = f"the template {template!r} does not give out so many"
                raise BadInput(message, code="COUPON_LIMIT")
            batch = secrets.token_hex(6)
            row = {"template": template, "wanted": count, "author": author, "at": self._owned.now()}
            await run(_BEGIN, {"brand": self._brand, "id": batch, **row})
            return CouponBatch(id=batch, template=template, count=count, made=0)

        return await self._owned.store.transaction(work)

    async def one(self, batch: str) -> CouponBatch:
        """A batch by its id; BadInput where there is none."""
        rows = await self._owned.store.rows(_BATCH, {"brand": self._brand, "id": batch})
        if not rows:
            raise BadInput(f"there is no batch {batch!r}", code="COUPON_BATCH_UNKNOWN")
        row = rows[0]
        return CouponBatch(id=row.id, template=row.template, count=row.wanted, made=row.made)

    async def make(self, batch: str, size: int = _SLICE) -> int:
        """Make the next codes; how many there are then."""

        async def work(run: Run) -> int:
            (row,) = await run(_NEXT, {"brand": self._brand, "id": batch})
            due = min(size, row.wanted - row.made)
            template = await self._templates.one_in(run, row.template)
            if due > 0 and template is not None:
                await run(_ADD, self._codes(batch, template, row.made, due))
                await run(_MADE, {"brand": self._brand, "id": batch, "size": due})
            made: int = row.made + max(due, 0)
            return made

        return await self._owned.store.transaction(work)

    async def codes(self, batch: str, first: int, most: int = _SLICE) -> Sequence[str]:
        """Codes of a batch from a number on, in order, as far as they are made."""
        named = {"brand": self._brand, "batch": batch, "first": first, "most": most}
        rows = await self._owned.store.rows(_CODES, named)
        return [open_code(self._owned, row.id, row.sealed) for row in rows]

    def _codes(self, batch: str, template: CouponTemplate, first: int, size: int) -> dict[str, Any]:
        at = self._owned.now()
        ids = [new_id() for _ in range(size)]
        codes = [new_code() for _ in range(size)]
        return {
            "brand": self._brand,
            "batch": batch,
            "template": template.id,
            "issued": micros(at),
            "expires_at": template.expires(at),
            "ids": ids,
            "hashes": [code_hash(self._owned, one) for one in codes],
            "sealed": [
                seal_code(self._owned, coupon, one) for coupon, one in zip(ids, codes, strict=True)
            ],
            "numbers": list(range(first, first + size)),
        }


async def issue(
    batches: CouponBatches,
    batch: CouponBatch,
    written: int,
    write: Callable[[Sequence[str]], None],
    told: Callable[[int], None],
) -> int:
    """Write every code of a batch from number `written` on, making those that lack.

    Memory holds one slice. `told` hears how many are written; the answer is that number.
    """
    made = batch.made
    while written < batch.count:
        if written >= made:
            made = await batches.make(batch.id)
        codes = await batches.codes(batch.id, written)
        write(codes)
        written += len(codes)
        told(written)
    return written
