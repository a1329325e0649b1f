"""Product suggestions of one brand: compared as they come in, and decided by people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.suggestions import (
    NewSuggestion,
    Suggestion,
    SuggestionSource,
    SuggestionStatus,
    compared,
    most_alike,
    suggestion_key,
    text_digest,
    without_personal,
)
from store.engine import Run, Store

_DUPLICATE = SuggestionStatus.DUPLICATE.value
# One batch after another: two that come at once are compared with each other too.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(:brand || chr(31) || 'suggestions', 7))"
)
_KNOWN = text("""
  SELECT id FROM product_suggestions WHERE brand = :brand AND id = ANY (CAST(:ids AS text[]))
""")
_OTHERS = text("""
  SELECT id, product, compared, text_hash FROM product_suggestions
  WHERE brand = :brand AND product = ANY (CAST(:products AS text[])) AND status <> :duplicate
  ORDER BY product, submitted_at, id
""")
_ADD = text("""
  INSERT INTO product_suggestions (brand, id, source, reference, product, text, compared, text_hash,
    one_id, author, submitted_at, status, duplicate_of, resembles, similarity)
  SELECT :brand, a.* FROM unnest(
    CAST(:id AS text[]), CAST(:source AS text[]), CAST(:reference AS text[]),
    CAST(:product AS text[]), CAST(:text AS text[]), CAST(:compared AS text[]),
    CAST(:text_hash AS bytea[]), CAST(:one_id AS text[]), CAST(:author AS text[]),
    CAST(:submitted_at AS timestamptz[]), CAST(:status AS text[]), CAST(:duplicate_of AS text[]),
    CAST(:resembles AS text[]), CAST(:similarity AS float8[])) AS a
""")
_SHOWN = """
  SELECT s.*, (SELECT count(*) FROM product_suggestions d
               WHERE d.brand = s.brand AND d.duplicate_of = s.id) AS duplicates
  FROM product_suggestions s WHERE s.brand = :brand
"""
_BY_ID = text(_SHOWN + " AND s.id = ANY (CAST(:ids AS text[])) ORDER BY s.id")
_MERGE = text("""
  UPDATE product_suggestions SET status = :duplicate, duplicate_of = :into, resembles = NULL,
    similarity = NULL, decided_by = :by, decided_at = :at
  WHERE brand = :brand AND id <> :into
    AND (id = ANY (CAST(:ids AS text[])) OR duplicate_of = ANY (CAST(:ids AS text[])))
""")
_DECIDE = text("""
  UPDATE product_suggestions SET status = :status, duplicate_of = NULL, resembles = NULL,
    similarity = NULL, decided_by = :by, decided_at = :at
  WHERE brand = :brand AND id = :id
""")


class Intaken(Struct, frozen=True):
    """What became of a batch."""

    new: int = 0
    duplicates: int = 0
    resembling: int = 0
    known: int = 0


class Suggestions:
    """Takes suggestions in and keeps what was decided."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def take(self, told: Sequence[NewSuggestion]) -> Intaken:
        """Take a batch in; one that its source told before stays as it is."""
        return await self._store.transaction(lambda run: self.take_in(run, told))

    async def take_in(self, run: Run, told: Sequence[NewSuggestion]) -> Intaken:
        """As `take`, in the caller's transaction."""
        await run(_LOCK, {"brand": self._brand})
        by_key = {suggestion_key(one.source, one.reference): one for one in told}
        asked = {"brand": self._brand, "ids": sorted(by_key)}
        known = {row.id for row in await run(_KNOWN, asked)}
        fresh = {key: one for key, one in by_key.items() if key not in known}
        if not fresh:
            return Intaken(known=len(known))
        products = sorted({one.product for one in fresh.values()})
        others = _Others(
            await run(
                _OTHERS, {"brand": self._brand, "products": products, "duplicate": _DUPLICATE}
            )
        )
        ordered = sorted(fresh.items(), key=lambda pair: (pair[1].submitted_at, pair[0]))
        rows = [others.placed(key, one) for key, one in ordered]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        await run(_ADD, {"brand": self._brand, **columns})
        states = [row["status"] for row in rows]
        resembling = states.count(SuggestionStatus.RESEMBLING.value)
        return Intaken(len(rows), states.count(_DUPLICATE), resembling, len(known))

    async def by_id(self, run: Run, ids: Sequence[str]) -> dict[str, Suggestion]:
        """Suggestions by their keys; those that are not there are missing."""
        rows = await run(_BY_ID, {"brand": self._brand, "ids": list(ids)})
        return {row.id: suggestion_of(row) for row in rows}

    async def merge_in(
        self, run: Run, into: str, ids: Sequence[str], *, by: str, at: datetime
    ) -> None:
        """Make these, and what repeats them, duplicates of one."""
        named = {"into": into, "ids": list(ids), "duplicate": _DUPLICATE, "by": by, "at": at}
        await run(_MERGE, {"brand": self._brand, **named})

    async def decide_in(
        self, run: Run, key: str, status: SuggestionStatus, *, by: str, at: datetime
    ) -> None:
        """Say what becomes of one; it stands for itself from then on."""
        named = {"id": key, "status": status.value, "by": by, "at": at}
        await run(_DECIDE, {"brand": self._brand, **named})


class _Others:
    """What is there already, by product: what the next one may repeat or resemble."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self._same: dict[tuple[str, bytes], str] = {}
        self._texts: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            self._keep(row.product, row.id, row.compared, bytes(row.text_hash))

    def placed(self, key: str, one: NewSuggestion) -> Mapping[str, Any]:
        """The row of a suggestion, compared with those before it."""
        shown = without_personal(one.text)
        plain = compared(shown)
        digest = text_digest(plain)
        same, like = self._same.get((one.product, digest)), None
        if same is None:
            like = most_alike(plain, self._texts.get(one.product, ()))
            self._keep(one.product, key, plain, digest)
        status = SuggestionStatus.OPEN if like is None else SuggestionStatus.RESEMBLING
        return {
            "id": key,
            "source": one.source.value,
            "reference": one.reference,
            "product": one.product,
            "text": shown,
            "compared": plain,
            "text_hash": digest,
            "one_id": one.one_id,
            "author": one.author,
            "submitted_at": one.submitted_at,
            "status": _DUPLICATE if same is not None else status.value,
            "duplicate_of": same,
            "resembles": like and like.key,
            "similarity": like and like.similarity,
        }

    def _keep(self, product: str, key: str, plain: str, digest: bytes) -> None:
        self._same.setdefault((product, digest), key)
        self._texts.setdefault(product, []).append((key, plain))


def suggestion_of(row: Row[Any]) -> Suggestion:
    """The record of a row."""
    return Suggestion(
        brand=row.brand,
        key=row.id,
        source=SuggestionSource(row.source),
        reference=row.reference,
        text=row.text,
        submitted_at=row.submitted_at,
        author=row.author,
        status=SuggestionStatus(row.status),
        product=row.product or None,
        one_id=row.one_id,
        duplicate_of=row.duplicate_of,
        resembles=row.resembles,
        similarity=row.similarity,
        duplicates=row.duplicates,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
