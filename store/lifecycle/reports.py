"""The figures of the lifecycle: stages, campaigns against their hold-out, and whom to wake up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from capabilities.lifecycle.outcomes import CampaignFigures, LifecycleReport, StageCount, WakeUp
from capabilities.lifecycle.rules import Occasion, Rules
from capabilities.lifecycle.stages import Stage
from store.lifecycle.rules import LifecycleRules
from store.owned import Owned

_STAGES = text("""
  SELECT stage, count(*) AS people FROM lifecycle_standings WHERE brand = :brand
  GROUP BY stage ORDER BY stage
""")
# Who bought: a net-paid order behind the draw and within the window, of any channel. One that a
# till took back whole, as a return of the same amount, is none.
_DRAWN = """
  drawn AS MATERIALIZED (
    SELECT t.touch_id, t.one_id, t.campaign, t.rule, t.state, t.cost, t.number, t.channel,
           t.drawn_at, CAST(c.definition ->> 'window_days' AS int) AS days,
           CAST(t.drawn_at AT TIME ZONE :zone AS date) AS day,
           c.definition ->> 'currency' AS currency
    FROM lifecycle_touches t
    JOIN campaigns c ON c.brand = t.brand AND c.name = t.campaign
    WHERE t.brand = :brand AND t.drawn_at >= :since AND t.drawn_at < :until
      AND (CAST(:campaign AS text) IS NULL OR t.campaign = :campaign)
  )
"""
_FIGURES = text(f"""
  WITH {_DRAWN}, judged AS (
    SELECT d.*, d.state = 'HELD_OUT' AS held, EXISTS (
      SELECT FROM membership_links l
      JOIN order_facts o ON o.brand = l.brand AND o.holder_number = l.number
                        AND o.holder_channel = l.channel
      WHERE l.brand = :brand AND l.one_id = d.one_id AND NOT o.gone
        AND o.paid - o.refunded > 0 AND o.kind NOT IN ('QUOTE', 'WORK_ORDER')
        AND o.status NOT IN ('CANCELLED', 'CLOSED_REFUNDED')
        AND (o.number, o.channel) <> (d.number, d.channel)
        AND o.business_date >= d.day AND o.business_date <= d.day + d.days
        AND (o.business_date > d.day OR o.placed_at IS NULL OR o.placed_at > d.drawn_at)
        AND NOT EXISTS (
          SELECT FROM membership_links k
          JOIN order_facts r ON r.brand = k.brand AND r.holder_number = k.number
                            AND r.holder_channel = k.channel
          WHERE k.brand = :brand AND k.one_id = d.one_id AND r.channel = o.channel
            AND NOT r.gone AND r.currency IS NOT DISTINCT FROM o.currency
            AND r.paid - r.refunded = o.refunded - o.paid
            AND r.business_date >= o.business_date)
    ) AS bought
    FROM drawn d
  )
  SELECT campaign, rule, max(days) AS days, max(currency) AS currency,
    count(*) FILTER (WHERE NOT held) AS treated,
    count(*) FILTER (WHERE NOT held AND bought) AS treated_bought,
    count(*) FILTER (WHERE held) AS held_out,
    count(*) FILTER (WHERE held AND bought) AS held_out_bought,
    count(*) FILTER (WHERE state IN ('SENT', 'DROPPED')) AS sent,
    count(*) FILTER (WHERE state IN ('UNKNOWN', 'SENDING')) AS unknown,
    coalesce(sum(cost), 0) AS cost
  FROM judged GROUP BY campaign, rule ORDER BY campaign, rule
""")  # noqa: S608 - our own words
_TOLD = text(f"""
  WITH {_DRAWN}
  SELECT d.campaign,
    count(DISTINCT o.touch_id) FILTER (WHERE o.kind = 'DELIVERED') AS delivered,
    count(DISTINCT o.touch_id) FILTER (WHERE o.kind = 'OPENED') AS opened,
    count(DISTINCT o.touch_id) FILTER (WHERE o.kind = 'ANSWERED') AS answered,
    count(o.score) FILTER (WHERE o.kind = 'SURVEY') AS surveys,
    coalesce(sum(o.score) FILTER (WHERE o.kind = 'SURVEY'), 0) AS score_sum
  FROM drawn d JOIN touch_outcomes o ON o.brand = :brand AND o.touch_id = d.touch_id
  GROUP BY d.campaign
""")  # noqa: S608 - as above


def _wake_up(over: str, way: str) -> TextClause:
    return text(f"""
  WITH churned AS MATERIALIZED (
    SELECT one_id, since, inputs FROM lifecycle_standings
    WHERE brand = :brand AND stage = 'CHURNED'
      AND (CAST(:after AS text) IS NULL OR one_id {over} :after)
    ORDER BY one_id {way} LIMIT :most
  )
  SELECT c.one_id, c.since, CAST(c.inputs ->> 'last_on' AS date) AS last_on,
    coalesce(h.channel, o.channel) AS channel, coalesce(h.home_store, o.store) AS store
  FROM churned c
  LEFT JOIN LATERAL (
    SELECT r.channel, r.home_store FROM membership_links l
    JOIN membership_records r ON r.brand = l.brand AND r.number = l.number
                             AND r.channel = l.channel
    WHERE l.brand = :brand AND l.one_id = c.one_id AND r.home_store IS NOT NULL
      AND r.gone_at IS NULL
    ORDER BY r.joined_at DESC NULLS LAST, r.channel, r.number LIMIT 1
  ) h ON true
  LEFT JOIN order_facts o ON o.brand = :brand AND o.channel = c.inputs -> 'last' ->> 0
                         AND o.number = c.inputs -> 'last' ->> 1
  ORDER BY c.one_id {way}
""")  # noqa: S608 - as above


_FORWARD, _BACKWARD = _wake_up(">", "ASC"), _wake_up("<", "DESC")
_COUNT = text("""
  SELECT count(*) AS people FROM lifecycle_standings WHERE brand = :brand AND stage = 'CHURNED'
""")


class LifecycleReports:
    """The figures of one brand, counted when they are asked for."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._rules = LifecycleRules(owned.store, owned.brand)

    async def report(
        self, since: datetime, until: datetime, campaign: str | None = None
    ) -> LifecycleReport:
        """Stages as they are, and campaigns by what was drawn from `since` until before `until`."""
        rules = (await self._rules.current()).rules
        named = {"brand": self._owned.brand, "zone": self._owned.zone.key, "campaign": campaign}
        asked = {**named, "since": since, "until": until}
        stages = await self._owned.store.rows(_STAGES, {"brand": self._owned.brand})
        told = {row.campaign: row for row in await self._owned.store.rows(_TOLD, asked)}
        rows = await self._owned.store.rows(_FIGURES, asked)
        return LifecycleReport(
            since=since,
            until=until,
            stages=tuple(StageCount(stage=Stage(row.stage), people=row.people) for row in stages),
            campaigns=tuple(_figures(row, told.get(row.campaign), rules) for row in rows),
        )

    async def wake_up(
        self, place: str | None, most: int, *, backward: bool = False
    ) -> Sequence[WakeUp]:
        """Churned people by one_id behind a place, with the store to invite each to."""
        named = {"brand": self._owned.brand, "after": place, "most": most}
        statement = _BACKWARD if backward else _FORWARD
        return [
            WakeUp(
                brand=self._owned.brand,
                one_id=row.one_id,
                churned_on=row.since,
                last_on=row.last_on,
                store_channel=row.channel if row.store is not None else None,
                store_code=row.store,
            )
            for row in await self._owned.store.rows(statement, named)
        ]

    async def count_churned(self) -> int:
        """How many are churned."""
        (row,) = await self._owned.store.rows(_COUNT, {"brand": self._owned.brand})
        count: int = row.people
        return count


def _figures(row: Row[Any], told: Row[Any] | None, rules: Rules) -> CampaignFigures:
    counted = {
        name: getattr(row, name)
        for name in (
            "treated",
            "treated_bought",
            "held_out",
            "held_out_bought",
            "sent",
            "unknown",
        )
    }
    if told is not None:
        names = ("delivered", "opened", "answered", "surveys", "score_sum")
        counted |= {name: int(getattr(told, name)) for name in names}
    return CampaignFigures(
        campaign=row.campaign,
        rule=row.rule,
        occasion=_occasion(rules, row.rule),
        window_days=row.days,
        currency=row.currency,
        cost_minor=int(row.cost),
        **counted,
    )


def _occasion(rules: Rules, name: str) -> Occasion | None:
    touches = (held.touch(name) for held in rules.rules)
    return next((one.occasion for one in touches if one is not None), None)
