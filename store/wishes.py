"""Wishes: a mutation's idempotency key, kept with its answer in the same transaction."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
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
