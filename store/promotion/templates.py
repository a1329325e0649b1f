"""Templates of coupons: written down by operations, and how many were given out."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.audit import Entry
from capabilities.errors import BadInput
from capabilities.promotion.coupons import CouponTemplate
from store.access.audit import audited
from store.engine import Run
from store.owned import Owned
from store.versions import COUPONS, raise_version

_PUT = text("""
  INSERT INTO coupon_templates AS t (brand, id, version, template, given, author, reason,
                                     changed_at)
  VALUES (:brand, :id, 1, CAST(:template AS jsonb), 0, :author, :reason, :at)
  ON CONFLICT (brand, id) DO UPDATE
  SET version = t.version + 1, template = excluded.template, author = excluded.author,
      reason = excluded.reason, changed_at = excluded.changed_at
  RETURNING version
""")
_ALL = text("""
  SELECT template, version, given FROM coupon_templates WHERE brand = :brand ORDER BY id
""")
_ONE = text("SELECT template FROM coupon_templates WHERE brand = :brand AND id = :id")
# Within the limit, or not at all.
_GIVE = text("""
  UPDATE coupon_templates SET given = given + :count
  WHERE brand = :brand AND id = :id
    AND (template->>'total' IS NULL OR given + :count <= CAST(template->>'total' AS bigint))
  RETURNING template
""")


class CouponTemplates:
    """The templates of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    async def put(self, template: CouponTemplate, *, author: str, reason: str) -> int:
        """Write a template down, or a new version of it; its number."""
        check(template)

        async def work(run: Run) -> int:
            row = {
                "id": template.id,
                "template": msgspec.json.encode(template).decode(),
                "author": author,
                "reason": reason,
                "at": self._owned.now(),
            }
            (put,) = await run(_PUT, {"brand": self._owned.brand, **row})
            facts: dict[str, str | int | bool | None] = {
                "template": template.id,
                "version": put.version,
            }
            entry = Entry(action="coupon.template", actor=author, reason=reason, facts=facts)
            await audited(run, self._owned.brand, entry)
            await raise_version(run, self._owned.brand, COUPONS)
            return int(put.version)

        return await self._owned.store.transaction(work)

    async def all(self) -> Sequence[tuple[CouponTemplate, int, int]]:
        """Every template with its version, and how many were given out."""
        rows = await self._owned.store.rows(_ALL, {"brand": self._owned.brand})
        return [(_template(row), row.version, row.given) for row in rows]

    async def one_in(self, run: Run, template: str) -> CouponTemplate | None:
        """A template by its id."""
        rows = await run(_ONE, {"brand": self._owned.brand, "id": template})
        return _template(rows[0]) if rows else None

    async def give_in(self, run: Run, template: str, count: int) -> CouponTemplate | None:
        """Count coupons as given out; None where its limit stands against it."""
        named = {"brand": self._owned.brand, "id": template, "count": count}
        rows = await run(_GIVE, named)
        return _template(rows[0]) if rows else None


def check(template: CouponTemplate) -> None:
    """BadInput names what makes no sense."""
    wrong = [
        f"`{name}` is at least 1"
        for name in ("per_member", "total", "valid_days", "amount")
        if (size := getattr(template, name)) is not None and size < 1
    ]
    if template.percent is not None and not 0 < template.percent <= 100:  # noqa: PLR2004
        wrong.append("`percent` is above 0 and at most 100")
    if not template.id.replace("-", "").replace("_", "").isalnum() or not template.id.isascii():
        wrong.append("`id` has letters, digits, `_` and `-`")
    moments = [one for one in (template.starts_at, template.ends_at) if one is not None]
    if any(one.tzinfo is None for one in moments):
        wrong.append("moments need their zone")
    elif moments != sorted(moments):
        wrong.append("it ends before it starts")
    if wrong:
        raise BadInput("; ".join(wrong), code="COUPON_TEMPLATE_INVALID")


def _template(row: Row[Any]) -> CouponTemplate:
    return msgspec.convert(row.template, CouponTemplate)
