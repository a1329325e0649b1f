"""The crosswalk of one brand: codes of systems to skus, one statement for any number of codes.

Look-up order: the connector's own code, the system's code, a barcode, the sku itself. The first
step that hits wins; a step that hits two skus is a conflict: nothing is chosen.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import text

from capabilities.product.codes import BARCODE, canonical_code
from capabilities.product.ports import CrosswalkSource
from capabilities.product.records import ProductCode, UnmatchedCode
from store.engine import Store

# What may match is found first, by one index each: joined directly, the planner reads the tables.
_LOOK_UP = text("""
  WITH asked AS MATERIALIZED (
    SELECT place, connector, system, kind, code, coalesce(day, current_date) AS day
    FROM unnest(CAST(:connectors AS text[]), CAST(:systems AS text[]), CAST(:kinds AS text[]),
                CAST(:codes AS text[]), CAST(:days AS date[]))
         WITH ORDINALITY AS a (connector, system, kind, code, day, place)
  ), entries AS MATERIALIZED (
    SELECT * FROM product_codes
    WHERE brand = :brand AND kind = ANY (CAST(:kinds AS text[]))
      AND code = ANY (CAST(:codes AS text[]))
  ), barcodes AS MATERIALIZED (
    SELECT barcode AS code, sku FROM product_barcodes
    WHERE brand = :brand AND barcode = ANY (CAST(:codes AS text[]))
  ), own AS MATERIALIZED (
    SELECT sku FROM products WHERE brand = :brand AND sku = ANY (CAST(:codes AS text[]))
  ), hits AS (
    SELECT a.place, CASE c.connector WHEN '' THEN 2 ELSE 1 END AS step, c.sku
    FROM asked a JOIN entries c
      ON c.kind = a.kind AND c.code = a.code AND c.system = a.system
     AND c.connector IN ('', a.connector)
     AND c.valid_from <= a.day AND (c.valid_to IS NULL OR a.day < c.valid_to)
    UNION ALL
    SELECT a.place, 3, b.sku FROM asked a JOIN barcodes b ON b.code = a.code
    UNION ALL
    SELECT a.place, 4, o.sku FROM asked a JOIN own o ON o.sku = a.code
  )
  SELECT DISTINCT ON (place) place, CASE WHEN min(sku) = max(sku) THEN min(sku) END AS sku
  FROM hits GROUP BY place, step ORDER BY place, step
""")
_COUNT_UNMATCHED = text("""
  INSERT INTO unmatched_codes AS u (brand, connector, kind, code, lines, last_seen)
  SELECT :brand, connector, kind, code, lines, now()
  FROM unnest(CAST(:connectors AS text[]), CAST(:kinds AS text[]), CAST(:codes AS text[]),
              CAST(:lines AS bigint[])) AS a (connector, kind, code, lines)
  ORDER BY connector, kind, code
  ON CONFLICT (brand, connector, kind, code)
  DO UPDATE SET lines = u.lines + excluded.lines, last_seen = excluded.last_seen
""")
_UNMATCHED = text("""
  SELECT connector, kind, code, lines FROM unmatched_codes
  WHERE brand = :brand AND (CAST(:connector AS text) IS NULL OR connector = :connector)
  ORDER BY lines DESC, connector, kind, code LIMIT :first
""")
_CONFLICTS = text("""
  SELECT a.system, a.connector, a.kind, a.code, array_agg(DISTINCT b.sku ORDER BY b.sku) AS skus
  FROM product_codes a JOIN product_codes b USING (brand, kind, code, system, connector)
  WHERE a.brand = :brand
    AND (b.valid_to IS NULL OR a.valid_from < b.valid_to)
    AND (a.valid_to IS NULL OR b.valid_from < a.valid_to)
  GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT b.sku) > 1
  UNION ALL
  SELECT '', '', :barcode, barcode, array_agg(sku ORDER BY sku)
  FROM product_barcodes
  WHERE brand = :brand GROUP BY barcode HAVING count(*) > 1
  ORDER BY 1, 2, 3, 4 LIMIT :first
""")


class CodeConflict(Struct, frozen=True, kw_only=True):
    """A code that means two skus on one day; look-ups answer nothing until a person decides.

    A barcode on two products has neither system nor connector.
    """

    system: str | None
    connector: str | None
    kind: str
    code: str
    skus: tuple[str, ...]


class Crosswalk(CrosswalkSource):
    """Codes are compared in their canonical form, on the day they were used (today if unknown)."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def skus(self, codes: Sequence[ProductCode]) -> Sequence[str | None]:
        """One sku per code, None where nothing matches or two entries disagree."""
        asked = list(dict.fromkeys(codes))
        if not asked:
            return ()
        columns = {
            "connectors": [code.connector for code in asked],
            "systems": [code.system for code in asked],
            "kinds": [code.kind for code in asked],
            "codes": [_canonical(code) for code in asked],
            "days": [code.on for code in asked],
        }
        rows = await self._store.rows(_LOOK_UP, {"brand": self._brand, **columns})
        found = {asked[row.place - 1]: row.sku for row in rows}
        return tuple(found.get(code) for code in codes)

    async def record_unmatched(self, lines: Mapping[ProductCode, int]) -> None:
        """Count codes that matched nothing; a blank code is none and is not listed."""
        counts: dict[tuple[str, str, str], int] = {}
        for code, seen in lines.items():
            if text_of := _canonical(code):
                key = (code.connector, code.kind, text_of)
                counts[key] = counts.get(key, 0) + seen
        if not counts:
            return
        connectors, kinds, codes = zip(*counts, strict=True)
        columns = {
            "connectors": list(connectors),
            "kinds": list(kinds),
            "codes": list(codes),
            "lines": list(counts.values()),
        }
        await self._store.rows(_COUNT_UNMATCHED, {"brand": self._brand, **columns})

    async def unmatched(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        """The unmatched codes with the most lines."""
        asked = {"brand": self._brand, "connector": connector, "first": first}
        rows = await self._store.rows(_UNMATCHED, asked)
        return tuple(
            UnmatchedCode(connector=row.connector, kind=row.kind, code=row.code, lines=row.lines)
            for row in rows
        )

    async def conflicts(self, first: int) -> Sequence[CodeConflict]:
        """Codes whose entries disagree on some day, and barcodes of two products."""
        asked = {"brand": self._brand, "barcode": BARCODE, "first": first}
        rows = await self._store.rows(_CONFLICTS, asked)
        return tuple(
            CodeConflict(
                system=row.system or None,
                connector=row.connector or None,
                kind=row.kind,
                code=row.code,
                skus=tuple(row.skus),
            )
            for row in rows
        )


def _canonical(code: ProductCode) -> str | None:
    # without what PostgreSQL's text cannot hold, or one code would cost a whole wave its answer
    text_of = code.code.replace("\0", "").encode(errors="ignore").decode()
    return canonical_code(code.kind, text_of)
