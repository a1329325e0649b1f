"""Programme policies of one brand: versions that are only added, and never reach back."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.errors import BadInput
from capabilities.points.policy import Policy, PolicyVersion, Programme
from store.engine import Run, Store
from store.row_records import records_of

# Any constant that nobody else uses: versions are numbered one after another.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:brand || '/programmes', 0))")
_ALL = text("""
  SELECT programme, version, policy FROM programme_versions WHERE brand = :brand
  ORDER BY programme, version
""")
_HISTORY = text("""
  SELECT version, starts, text, author, put_at, reason FROM programme_versions
  WHERE brand = :brand AND programme = :programme ORDER BY version
""")
_ADD = text("""
  INSERT INTO programme_versions
    (brand, programme, version, starts, text, policy, author, put_at, reason)
  VALUES (:brand, :programme, :version, :starts, :text, :policy, :author, :put_at, :reason)
""")
_LAST_TEXT = text("""
  SELECT version, text FROM programme_versions WHERE brand = :brand AND programme = :programme
  ORDER BY version DESC LIMIT 1
""")


class PutVersion(Struct, frozen=True, kw_only=True):
    """One version in the history of a programme."""

    version: int
    starts: date
    text: str
    author: str
    put_at: datetime
    reason: str


class ProgrammeChange(Struct, frozen=True, kw_only=True):
    """A version that is to be put: the file, what was read from it, who and why."""

    text: str
    policy: Policy
    author: str
    reason: str


class Programmes:
    """The programmes; `now` says what is past."""

    def __init__(self, store: Store, brand: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._brand = brand
        self._now = now

    async def all(self) -> Sequence[Programme]:
        """Every programme with all its versions."""
        return _programmes(await self._store.rows(_ALL, {"brand": self._brand}))

    async def all_in(self, run: Run) -> Sequence[Programme]:
        """As `all`, in the caller's transaction."""
        return _programmes(await run(_ALL, {"brand": self._brand}))

    async def history(self, programme: str) -> Sequence[PutVersion]:
        """The versions of one programme as they were put, the first first."""
        rows = await self._store.rows(_HISTORY, {"brand": self._brand, "programme": programme})
        return records_of(rows, PutVersion)

    async def put(self, change: ProgrammeChange) -> int:
        """The number of the version; the last one's where its text is the same.

        BadInput where it would start in the past, before a version that stands, or on a channel of
        another programme. The first version of a programme may start in the past: nothing is
        rewritten by it.
        """

        async def work(run: Run) -> int:
            await run(_LOCK, {"brand": self._brand})
            named = {"brand": self._brand, "programme": change.policy.programme}
            last = await run(_LAST_TEXT, named)
            if last and last[0].text == change.text:
                return int(last[0].version)
            self._refuse_past(change.policy, await self.all_in(run))
            version = int(last[0].version) + 1 if last else 1
            row = {
                "version": version,
                "starts": change.policy.starts,
                "text": change.text,
                "policy": msgspec.json.encode(change.policy).decode(),
                "author": change.author,
                "put_at": self._now(),
                "reason": change.reason,
            }
            await run(_ADD, {**named, **row})
            return version

        return await self._store.transaction(work)

    def _refuse_past(self, policy: Policy, standing: Sequence[Programme]) -> None:
        today = self._now().astimezone(ZoneInfo(policy.time_zone)).date()
        for programme in standing:
            own = programme.code == policy.programme
            last = programme.versions[-1].policy
            if own and policy.starts < max(today, last.starts):
                raise _refused(
                    f"it starts on {policy.starts}, which would rewrite the past; the earliest "
                    f"day for it is {max(today, last.starts)}"
                )
            taken = {one for each in programme.versions for one in each.policy.channels}
            if not own and (both := sorted(taken & set(policy.channels))):
                raise _refused(f"the channel {both[0]!r} is of the programme {programme.code!r}")


def _refused(message: str) -> BadInput:
    return BadInput(message, code="PROGRAMME_REFUSED")


def _programmes(rows: Sequence[Row[Any]]) -> list[Programme]:
    found: dict[str, list[PolicyVersion]] = {}
    for row in rows:
        policy = msgspec.json.decode(row.policy, type=Policy)
        found.setdefault(row.programme, []).append(
            PolicyVersion(version=row.version, policy=policy)
        )
    return [Programme(tuple(versions)) for versions in found.values()]
