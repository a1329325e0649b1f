"""Wishes: a mutation's idempotency key, kept with its answer in the same transaction."""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.canonical import canonical
from store.engine import Run

A = TypeVar("A")

# A second one with this key waits here until the first is committed or gone.
_CLAIM = text("""
  INSERT INTO wishes (brand, author, idempotency_key, wish, answer, at)
  VALUES (:brand, :author, :key, :wish, '', now())
  ON CONFLICT DO NOTHING RETURNING 1
""")
_KNOWN = text("""
  SELECT wish, answer FROM wishes
  WHERE brand = :brand AND author = :author AND idempotency_key = :key
""")
_ANSWER = text("""
  UPDATE wishes SET answer = :answer
  WHERE brand = :brand AND author = :author AND idempotency_key = :key
""")
# In key order, so that two batches that meet wait for one another and never cross.
_CLAIM_EACH = text("""
  INSERT INTO wishes (brand, author, idempotency_key, wish, answer, at)
  SELECT :brand, a.author, a.key, a.wish, '', now()
  FROM unnest(CAST(:authors AS text[]), CAST(:keys AS text[]), CAST(:wishes AS bytea[]))
       AS a (author, key, wish)
  ORDER BY a.author, a.key
  ON CONFLICT DO NOTHING RETURNING author, idempotency_key AS key
""")
_KNOWN_EACH = text("""
  SELECT w.author, w.idempotency_key AS key, w.wish, w.answer
  FROM unnest(CAST(:authors AS text[]), CAST(:keys AS text[])) AS a (author, key)
  JOIN wishes w ON w.brand = :brand AND w.author = a.author AND w.idempotency_key = a.key
""")
_ANSWER_EACH = text("""
  UPDATE wishes w SET answer = a.answer
  FROM unnest(CAST(:authors AS text[]), CAST(:keys AS text[]), CAST(:answers AS bytea[]))
       AS a (author, key, answer)
  WHERE w.brand = :brand AND w.author = a.author AND w.idempotency_key = a.key
""")


class Wish(Struct, frozen=True):
    """One of many wishes: whose, under which key, and what, as in `once`."""

    author: str
    key: str
    wish: Any

    @property
    def who(self) -> tuple[str, str]:
        """What it is known by."""
        return self.author, self.key

    @property
    def digest(self) -> bytes:
        """The hash of it that is kept."""
        return sha256(canonical(self.wish)).digest()


class KeyReused(Exception):
    """The author used this idempotency key for another wish."""


async def once(
    run: Run,
    who: tuple[str, str, str],
    wish: Any,
    answer: type[A] | Any,
    do: Callable[[], Awaitable[A]],
) -> A:
    """What `do` gives, in the caller's transaction, or what it gave when this was first wished.

    `who` is brand, author and idempotency key; `wish` is the name of the mutation and its input,
    of which a hash is kept; `answer` is the msgspec type of the answer, which is kept as it is
    and so holds no personal data. KeyReused where the key stood for another wish.
    """
    brand, author, key = who
    named = {"brand": brand, "author": author, "key": key}
    digest = sha256(canonical(wish)).digest()
    if not await run(_CLAIM, {**named, "wish": digest}):
        (known,) = await run(_KNOWN, named)
        if bytes(known.wish) != digest:
            raise KeyReused
        decoded: A = msgspec.json.decode(bytes(known.answer), type=answer)
        return decoded
    done = await do()
    await run(_ANSWER, {**named, "answer": msgspec.json.encode(done)})
    return done


async def once_each(
    run: Run,
    brand: str,
    wishes: Sequence[Wish],
    answer: type[A] | Any,
    do: Callable[[Sequence[int]], Awaitable[Sequence[A]]],
) -> list[A | KeyReused]:
    """As `once`, of many wishes in one transaction; `do` is given the places of the new ones.

    KeyReused is the answer where a key stood for another wish.
    """
    first: dict[tuple[str, str], int] = {}
    for place, one in enumerate(wishes):
        first.setdefault(one.who, place)
    claimed = await run(
        _CLAIM_EACH, {"brand": brand, **_columns([wishes[p] for p in first.values()])}
    )
    new = sorted(first[row.author, row.key] for row in claimed)
    done = dict(zip(new, await do(new), strict=True)) if new else {}
    if done:
        columns = _columns([wishes[place] for place in done])
        columns["answers"] = [msgspec.json.encode(one) for one in done.values()]
        await run(_ANSWER_EACH, {"brand": brand, **columns})
    stands = await wished_before(run, brand, wishes, answer)
    return [one if one is not None else KeyReused() for one in stands]


async def wished_before(
    run: Run, brand: str, wishes: Sequence[Wish], answer: type[A] | Any
) -> list[A | KeyReused | None]:
    """What wishes were answered that stand, None where one does not."""
    rows = await run(_KNOWN_EACH, {"brand": brand, **_columns(wishes)})
    known = {(row.author, row.key): row for row in rows}
    found: list[A | KeyReused | None] = []
    for one in wishes:
        row = known.get(one.who)
        if row is None:
            found.append(None)
        elif bytes(row.wish) != one.digest:
            found.append(KeyReused())
        else:
            found.append(msgspec.json.decode(bytes(row.answer), type=answer))
    return found


def _columns(wishes: Sequence[Wish]) -> dict[str, list[Any]]:
    return {
        "authors": [one.author for one in wishes],
        "keys": [one.key for one in wishes],
        "wishes": [one.digest for one in wishes],
    }
