"""What sales answered, of all processes together: in all, and in each of the last seconds."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import text

from capabilities.flash.tally import Answer, AnswerCount, AnsweredSecond
from store.engine import Run, Store

# In one order, so that two processes wait for one another and never cross.
_ADDED = text("""
  WITH given AS MATERIALIZED (
    SELECT a.sale, a.answer, to_timestamp(a.second) AS at, a.count
    FROM unnest(CAST(:sales AS text[]), CAST(:answers AS text[]), CAST(:seconds AS bigint[]),
                CAST(:counts AS bigint[])) AS a (sale, answer, second, count)
    ORDER BY a.sale COLLATE "C", a.answer COLLATE "C", a.second
  ), whole AS (
    INSERT INTO flash_answers AS w (brand, sale, answer, count)
    SELECT :brand, sale, answer, sum(count) FROM given
    GROUP BY sale, answer ORDER BY sale COLLATE "C", answer COLLATE "C"
    ON CONFLICT (brand, sale, answer) DO UPDATE SET count = w.count + excluded.count
  )
  INSERT INTO flash_seconds AS s (brand, sale, at, answer, count)
  SELECT :brand, sale, at, answer, count FROM given
  ON CONFLICT (brand, sale, at, answer) DO UPDATE SET count = s.count + excluded.count
""")
_FORGET = text("""
  DELETE FROM flash_seconds
  WHERE brand = :brand AND sale = ANY (CAST(:sales AS text[]))
    AND at < clock_timestamp() - make_interval(secs => :seconds)
""")
_WHOLE = text("""
  SELECT answer, count AS many FROM flash_answers
  WHERE brand = :brand AND sale = :sale ORDER BY answer
""")
_SECONDS = text("""
  SELECT at, answer, count AS many FROM flash_seconds
  WHERE brand = :brand AND sale = :sale
    AND at >= date_trunc('second', clock_timestamp()) - make_interval(secs => :seconds)
  ORDER BY at, answer
""")
KEPT_SECONDS = 900

# By sale, kind and second of the Unix clock.
Counts = Mapping[tuple[str, Answer, int], int]


async def add_answers(run: Run, brand: str, counts: Counts) -> None:
    """Add what was answered since the last time."""
    sales = [sale for sale, _, _ in counts]
    columns = {
        "sales": sales,
        "answers": [answer.value for _, answer, _ in counts],
        "seconds": [second for _, _, second in counts],
        "counts": list(counts.values()),
    }
    await run(_ADDED, {"brand": brand, **columns})
    named = {"brand": brand, "sales": sorted(set(sales))}
    await run(_FORGET, {**named, "seconds": KEPT_SECONDS})


async def read_answers(store: Store, brand: str, sale: str) -> Sequence[AnswerCount]:
    """What a sale answered in all."""
    rows = await store.rows(_WHOLE, {"brand": brand, "sale": sale})
    return [AnswerCount(answer=Answer(row.answer), count=row.many) for row in rows]


async def read_seconds(
    store: Store, brand: str, sale: str, seconds: int
) -> Sequence[AnsweredSecond]:
    """The last seconds in which a sale answered anything, the first first."""
    rows = await store.rows(_SECONDS, {"brand": brand, "sale": sale, "seconds": seconds})
    return [
        AnsweredSecond(
            at=at,
            answers=tuple(
                AnswerCount(answer=Answer(row.answer), count=row.many) for row in of_second
            ),
        )
        for at, of_second in groupby(rows, lambda row: row.at)
    ]
