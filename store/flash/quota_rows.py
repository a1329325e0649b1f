"""Quotas as their rows have them, each beside what its system was told last."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.flash.quotas import PushKind, Quota, QuotaState, quota_state
from capabilities.member.commands import CommandState
from store.engine import Run

LOCK = text("""
  SELECT 1 FROM flash_quotas WHERE brand = :brand AND sale = :sale
    AND (CAST(:channel AS text) IS NULL OR channel = :channel)
  ORDER BY channel FOR UPDATE
""")
SHOWN = text("""
  SELECT q.*, c.id AS command, c.kind AS told, c.state, c.reason, s.state AS sale_state,
         clock_timestamp() >= s.closes_at AS over
  FROM flash_quotas q
  JOIN flash_sales s ON s.brand = q.brand AND s.id = q.sale
  CROSS JOIN LATERAL (
    SELECT * FROM stock_commands c
    WHERE c.brand = q.brand AND c.sale = q.sale AND c.channel = q.channel
    ORDER BY c.created_at DESC, c.id DESC LIMIT 1) c
  WHERE q.brand = :brand AND (CAST(:sale AS text) IS NULL OR q.sale = :sale)
    AND (CAST(:channel AS text) IS NULL OR q.channel = :channel)
    AND (CAST(:sale AS text) IS NOT NULL OR s.state <> 'RECONCILED')
  ORDER BY q.sale, q.channel
""")


async def quotas_out(run: Run, brand: str, sale: str) -> Sequence[str]:
    """Channels whose quotas are not back; nothing becomes of them before the transaction ends."""
    named = {"brand": brand, "sale": sale, "channel": None}
    await run(LOCK, named)
    found = [quota_of(row) for row in await run(SHOWN, named)]
    return [one.channel for one in found if one.state is not QuotaState.RETURNED]


def quota_of(row: Row[Any]) -> Quota:
    """A quota from its row beside what its system was told last."""
    told, state = PushKind(row.told), quota_state(PushKind(row.told), CommandState(row.state))
    if state is QuotaState.RETURNED and not row.counted:
        state = QuotaState.RETURNING
    return Quota(
        sale=row.sale,
        channel=row.channel,
        pool=row.pool,
        connector=row.connector,
        kind=row.kind,
        code=row.code,
        units=row.units,
        sold=row.sold,
        left=row.left,
        counted=row.counted,
        returning=told is PushKind.TAKE_BACK,
        state=state,
        reason=row.reason,
        pushed_at=row.pushed_at,
        looked_at=row.looked_at,
        command=row.command,
        confirmed=row.state == CommandState.DONE.value,
    )
