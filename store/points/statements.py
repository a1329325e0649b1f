"""The statements of the points ledger: each reads or writes any number of accounts."""

from sqlalchemy import text

_ASKED = """
  unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:currencies AS text[]))
"""
_ACCOUNT = "number text, channel text, currency text"

# Missing accounts are made first, in one order for everybody, so that their rows can be locked.
MAKE = text(f"""
  INSERT INTO points_accounts (brand, number, channel, currency, sequence, balance, owed)
  SELECT DISTINCT :brand, a.number, a.channel, a.currency, 0, 0, 0
  FROM {_ASKED} AS a (number, channel, currency)
  ORDER BY 2, 3, 4
  ON CONFLICT DO NOTHING
""")  # noqa: S608 - parts of our own
LOCK = text(f"""
  SELECT c.number FROM points_accounts c JOIN {_ASKED} AS a (number, channel, currency)
    USING (number, channel, currency)
  WHERE c.brand = :brand
  ORDER BY c.number, c.channel, c.currency
  FOR UPDATE OF c
""")  # noqa: S608 - as above
# An empty lot is read where a lock may give something back to it.
READ = text(f"""
  WITH asked AS MATERIALIZED (
    SELECT DISTINCT number, channel, currency FROM {_ASKED} AS a (number, channel, currency)
  ), held AS MATERIALIZED (
    SELECT l.* FROM asked JOIN points_locks l USING (number, channel, currency)
    WHERE l.brand = :brand
  )
  SELECT 'account' AS kind, number, channel, currency, c.sequence, c.balance AS amount, c.owed,
         c.recorded_at, NULL::timestamptz AS until, NULL::timestamptz AS expires_at,
         NULL AS order_channel, NULL AS order_number,
         NULL::bigint[] AS burn_lots, NULL::bigint[] AS burn_amounts
  FROM asked JOIN points_accounts c USING (number, channel, currency) WHERE c.brand = :brand
  UNION ALL
  SELECT 'lot', number, channel, currency, l.lot, l.remaining, NULL, l.occurred_at,
         l.pending_until, l.expires_at, l.order_channel, l.order_number, NULL, NULL
  FROM asked JOIN points_lots l USING (number, channel, currency)
  WHERE l.brand = :brand AND (l.remaining > 0 OR EXISTS (
    SELECT FROM held h WHERE h.number = l.number AND h.channel = l.channel
      AND h.currency = l.currency AND l.lot = ANY (h.burn_lots)))
  UNION ALL
  SELECT 'lock', number, channel, currency, sequence, NULL, NULL, NULL, until, NULL, NULL, NULL,
         burn_lots, burn_amounts
  FROM held
""")  # noqa: S608 - as above
WRITE = text(f"""
  WITH entries AS (
    INSERT INTO points_entries
      (brand, number, channel, currency, sequence, type, direction, amount, burn_lots,
       burn_amounts, owed, undoes, pending_until, expires_at, order_channel, order_number, reason,
       source, programme, policy_version, author, idempotency_key, part, occurred_at, recorded_at)
    SELECT :brand, e.* FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS e
      ({_ACCOUNT}, sequence bigint, type text, direction text, amount bigint, burn_lots bigint[],
       burn_amounts bigint[], owed bigint, undoes bigint, pending_until timestamptz,
       expires_at timestamptz, order_channel text, order_number text, reason text, source text,
       programme text, policy_version integer, author text, idempotency_key text, part smallint,
       occurred_at timestamptz, recorded_at timestamptz)
  ), lots AS (
    INSERT INTO points_lots
      (brand, number, channel, currency, lot, remaining, occurred_at, pending_until, expires_at,
       order_channel, order_number)
    SELECT :brand, l.* FROM jsonb_to_recordset(CAST(:lots AS jsonb)) AS l
      ({_ACCOUNT}, lot bigint, remaining bigint, occurred_at timestamptz,
       pending_until timestamptz, expires_at timestamptz, order_channel text, order_number text)
    ON CONFLICT (brand, number, channel, currency, lot) DO UPDATE SET remaining = excluded.remaining
  ), held AS (
    INSERT INTO points_locks
      (brand, number, channel, currency, sequence, until, burn_lots, burn_amounts)
    SELECT :brand, h.* FROM jsonb_to_recordset(CAST(:held AS jsonb)) AS h
      ({_ACCOUNT}, sequence bigint, until timestamptz, burn_lots bigint[], burn_amounts bigint[])
  ), ended AS (
    DELETE FROM points_locks l
    USING jsonb_to_recordset(CAST(:ended AS jsonb)) AS e ({_ACCOUNT}, sequence bigint)
    WHERE l.brand = :brand AND l.number = e.number AND l.channel = e.channel
      AND l.currency = e.currency AND l.sequence = e.sequence
  )
  UPDATE points_accounts c
  SET sequence = h.sequence, balance = h.balance, owed = h.owed, recorded_at = h.recorded_at,
      due_at = h.due_at
  FROM jsonb_to_recordset(CAST(:heads AS jsonb)) AS h
    ({_ACCOUNT}, sequence bigint, balance bigint, owed bigint, recorded_at timestamptz,
     due_at timestamptz)
  WHERE c.brand = :brand AND c.number = h.number AND c.channel = h.channel
    AND c.currency = h.currency
""")  # noqa: S608 - as above
ENTRIES = text("""
  SELECT * FROM points_entries
  WHERE brand = :brand AND number = :number AND channel = :channel AND currency = :currency
    AND sequence > :after AND sequence < :before
  ORDER BY CASE WHEN :newest_first THEN -sequence ELSE sequence END
  LIMIT :first
""")
SUM = text("""
  SELECT CAST(coalesce(sum(CASE direction WHEN 'CREDIT' THEN amount ELSE -amount END), 0) AS bigint)
    AS balance
  FROM points_entries
  WHERE brand = :brand AND number = :number AND channel = :channel AND currency = :currency
    AND recorded_at <= :at
""")
DUE = text("""
  SELECT number, channel, currency FROM points_accounts
  WHERE brand = :brand AND due_at <= :at
  ORDER BY due_at, number, channel, currency LIMIT :first
""")
ACCOUNTS = text("""
  SELECT number, channel, currency FROM points_accounts
  WHERE brand = :brand AND (number, channel, currency) > (:number, :channel, :currency)
  ORDER BY number, channel, currency LIMIT :first
""")
