"""Statements over touches that are on their way."""

from sqlalchemy import text

DUE = text("""
  SELECT touch_id, one_id, due_on FROM lifecycle_touches
  WHERE brand = :brand AND rule = :rule AND state = 'PLANNED' AND due_on <= :today
    AND lapses_on >= :today AND (not_before IS NULL OR not_before <= :now)
    AND (due_on, touch_id) > (CAST(:day AS date), :after)
  ORDER BY due_on, touch_id LIMIT :most
""")
# Who sends to a person holds her row: caps are counted by one at a time.
PERSON = text("""
  SELECT one_id FROM lifecycle_standings
  WHERE brand = :brand AND one_id = :one_id FOR UPDATE
""")
TOUCH = text("""
  SELECT t.touch_id, t.one_id, t.number, t.channel, t.state, t.due_on, t.lapses_on, t.not_before,
         f.store, f.business_date
  FROM lifecycle_touches t
  LEFT JOIN order_facts f ON f.brand = t.brand AND f.number = t.number AND f.channel = t.channel
  WHERE t.brand = :brand AND t.touch_id = :touch_id FOR UPDATE OF t
""")
LATELY = text("""
  SELECT sent_at FROM lifecycle_touches
  WHERE brand = :brand AND one_id = :one_id AND sent_at > :since
    AND state IN ('SENDING', 'DROPPED', 'SENT', 'UNKNOWN')
""")
BUDGET = text("""
  SELECT state, spent FROM campaigns WHERE brand = :brand AND name = :campaign FOR UPDATE
""")
SPEND = text("""
  UPDATE campaigns SET spent = spent + :cost WHERE brand = :brand AND name = :campaign
""")
SENDING = text("""
  UPDATE lifecycle_touches
  SET state = 'SENDING', reason = NULL, recall = NULL, campaign = :campaign, medium = :medium,
      language = :language, template = :template, cost = :cost, currency = :currency,
      drawn_at = coalesce(drawn_at, :at), sent_at = :at, changed_at = :at
  WHERE brand = :brand AND touch_id = :touch_id
""")
ENDED = text("""
  UPDATE lifecycle_touches
  SET state = :state, reason = :reason, campaign = :campaign, drawn_at = coalesce(drawn_at, :drawn),
      changed_at = :at
  WHERE brand = :brand AND touch_id = :touch_id
""")
LATER = text("""
  UPDATE lifecycle_touches SET not_before = :until, changed_at = :at
  WHERE brand = :brand AND touch_id = :touch_id
""")
STOP = text("""
  INSERT INTO touch_stops (brand, touch_id, at, reason, campaign)
  VALUES (:brand, :touch_id, :at, :reason, :campaign) ON CONFLICT DO NOTHING
""")
# Only what is still on its way: a second word about a touch changes nothing.
SETTLE = text("""
  UPDATE lifecycle_touches
  SET state = :state, reason = :reason, drop_name = :drop_name, not_before = :until,
      cost = CASE WHEN :kept THEN cost ELSE 0 END,
      sent_at = CASE WHEN :kept THEN sent_at END, changed_at = :at
  WHERE brand = :brand AND touch_id = :touch_id AND state = ANY(CAST(:from AS text[]))
    AND (CAST(:reserved AS timestamptz) IS NULL OR sent_at = :reserved)
  RETURNING campaign
""")
COST = text("""
  SELECT cost, campaign FROM lifecycle_touches
  WHERE brand = :brand AND touch_id = :touch_id FOR UPDATE
""")
RECALLED = text("""
  SELECT touch_id, recall FROM lifecycle_touches
  WHERE brand = :brand AND touch_id = ANY(CAST(:touch_ids AS text[])) AND recall IS NOT NULL
""")
# A worker that was killed between sending and writing it down.
# Whoever stalled for so long that its touch was given to another does not send it any more.
HELD = text("""
  UPDATE lifecycle_touches t SET changed_at = :at
  FROM unnest(CAST(:touch_ids AS text[]), CAST(:reserved AS timestamptz[]))
       AS a (touch_id, reserved)
  WHERE t.brand = :brand AND t.touch_id = a.touch_id AND t.state = 'SENDING'
    AND t.sent_at = a.reserved
  RETURNING t.touch_id
""")
ABANDONED = text("""
  WITH left_over AS MATERIALIZED (
    SELECT touch_id FROM lifecycle_touches
    WHERE brand = :brand AND state = 'SENDING' AND changed_at < :before
    LIMIT 500 FOR UPDATE SKIP LOCKED
  )
  UPDATE lifecycle_touches t SET state = 'UNKNOWN', changed_at = :at
  FROM left_over l WHERE t.brand = :brand AND t.touch_id = l.touch_id RETURNING 1
""")
UNKNOWN = text("""
  SELECT t.touch_id FROM lifecycle_touches t
  JOIN campaigns c ON c.brand = t.brand AND c.name = t.campaign
  WHERE t.brand = :brand AND t.state = 'UNKNOWN' AND t.sent_at > :since
    AND c.definition ->> 'sender' = :sender
  ORDER BY t.changed_at LIMIT 500
""")
DROPPED = text("""
  SELECT t.touch_id, t.one_id, t.drop_name, t.recall FROM lifecycle_touches t
  JOIN campaigns c ON c.brand = t.brand AND c.name = t.campaign
  WHERE t.brand = :brand AND t.state = 'DROPPED' AND c.definition ->> 'sender' = :sender
  ORDER BY t.drop_name, t.touch_id LIMIT 20000
""")
