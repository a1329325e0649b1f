"""How pairs stand, moved one step at a time: step, standing, version, event and audit together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import asdict, replace
from sqlalchemy import text

from capabilities.adoption.history import AdoptionDeclined, AdoptionStep, Decided
from capabilities.adoption.standing import Adopted, Standing, implicit
from capabilities.audit import Entry
from capabilities.estate import Capability
from capabilities.events import Subject, Topic
from store.access.audit import audited
from store.adoption.leaders import counted
from store.engine import Row, Run
from store.events import tell
from store.owned import Owned
from store.row_records import records_of
from store.syncing.copied_channels import unfilled_in
from store.versions import ADOPTION, raise_version

# The standing that a step leads to and who decides it on which verdict, or why it is not taken.
Step: TypeAlias = tuple[Standing, Decided]
# How a pair stood, how it stands behind the step, and who decided it.
_Taken: TypeAlias = tuple[Standing, Standing, Decided]
_OVERTAKES = "a step by which other sides lead waits for writes under way"
Decide: TypeAlias = Callable[[Run, Standing], Awaitable[Step | AdoptionDeclined]]
# Asked in the transaction of a step, with the standing before and behind it.
Guard: TypeAlias = Callable[[Run, Standing, Standing], Awaitable[AdoptionDeclined | None]]

# Steps of one pair come one after the other, also its first, which has no row to lock yet.
_TURN = text("""
  SELECT pg_advisory_xact_lock(hashtextextended(
    'adoption step ' || :brand || ' ' || :capability || ' ' || :channel, 0))
""")
_TURNS = text("""
  SELECT pg_advisory_xact_lock(hashtextextended(
    'adoption step ' || :brand || ' ' || capability || ' ' || channel, 0))
  FROM (
    SELECT channel, capability FROM unnest(
      CAST(:channels AS text[]), CAST(:capabilities AS text[])
    ) WITH ORDINALITY AS a (channel, capability, place) ORDER BY place
  ) AS pairs
""")
# Whoever writes holds this one shared (`store.adoption.leaders`), however long that takes. It is
# had before the turn, so that a step that need not wait for writers never waits for one that does.
_WRITERS = text("""
  SELECT pg_advisory_xact_lock(hashtextextended(
    'adoption ' || :brand || ' ' || :capability || ' ' || :channel, 0))
""")
_ONE = text("""
  SELECT * FROM adoption_standings
  WHERE brand = :brand AND channel = :channel AND capability = :capability
""")
_ALL = text("""
  SELECT s.*, CASE WHEN c.filled_at IS NOT NULL THEN coalesce(c.version, '') END AS made_under
  FROM adoption_standings s LEFT JOIN copied_channels c USING (brand, channel, capability)
  WHERE s.brand = :brand
""")
_PUT = text("""
  INSERT INTO adoption_standings (brand, channel, capability, state, from_state, frozen,
    read_points, write_points, cohorts, fields, conflict_policy, review_on, version, entered_at,
    routed_at, changed_at, author, reason)
  VALUES (:brand, :channel, :capability, :state, :from_state, :frozen, :read_points,
    :write_points, CAST(:cohorts AS jsonb), CAST(:fields AS jsonb), :conflict_policy, :review_on,
    :version, :entered_at, :routed_at, :changed_at, :author, :reason)
  ON CONFLICT (brand, channel, capability) DO UPDATE
  SET state = excluded.state, from_state = excluded.from_state, frozen = excluded.frozen,
      read_points = excluded.read_points, write_points = excluded.write_points,
      cohorts = excluded.cohorts, fields = excluded.fields,
      conflict_policy = excluded.conflict_policy, review_on = excluded.review_on,
      version = excluded.version, entered_at = excluded.entered_at,
      routed_at = excluded.routed_at, changed_at = excluded.changed_at,
      author = excluded.author, reason = excluded.reason
""")
_ADD = text("""
  INSERT INTO adoption_steps (brand, channel, capability, version, action, from_state, state,
    frozen, read_points, write_points, cohorts, fields, conflict_policy, review_on, author, role,
    reason, profile, gates, at)
  VALUES (:brand, :channel, :capability, :version, :action, :from_state, :state, :frozen,
    :read_points, :write_points, CAST(:cohorts AS jsonb), CAST(:fields AS jsonb),
    :conflict_policy, :review_on, :author, :role, :reason, :profile, CAST(:gates AS jsonb),
    :changed_at)
""")
_HISTORY = text("""
  SELECT * FROM adoption_steps
  WHERE brand = :brand AND channel = :channel AND capability = :capability
    AND (CAST(:before AS bigint) IS NULL OR version < :before)
  ORDER BY version DESC LIMIT :first
""")


class Standings:
    """The standings of one brand; the clock is that of `owned`."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._store = owned.store
        self._brand = owned.brand

    async def current(self) -> Adopted:
        """How every pair stands that ever took a step."""
        rows = await self._store.rows(_ALL, {"brand": self._brand})
        found = {(Capability(row.capability), row.channel): standing_of(row) for row in rows}
        copies = {(Capability(row.capability), row.channel): row.made_under for row in rows}
        stand = {key: version for key, version in copies.items() if version is not None}
        return Adopted(found, known=True, copies=stand)

    async def all_in(self, run: Run) -> Sequence[Standing]:
        """How every pair stands that ever took a step, in the caller's transaction."""
        return [standing_of(row) for row in await run(_ALL, {"brand": self._brand})]

    async def turns_in(self, run: Run, pairs: Sequence[tuple[str, Capability]]) -> None:
        """Nobody moves these pairs until the caller's transaction ends.

        In their order, so that two who lock many never wait for one another crosswise.
        """
        columns = {
            "channels": [channel for channel, _ in pairs],
            "capabilities": [capability.value for _, capability in pairs],
        }
        await run(_TURNS, {"brand": self._brand, **columns})

    async def halt_in(self, run: Run, steps: Sequence[tuple[Standing, Step]]) -> Sequence[Standing]:
        """Take a step of each of many pairs whose turn the caller has, from how they stand.

        None waits for a write that is under way; ValueError for one by which other sides lead.
        """
        taken = [(before, _numbered(before, step), step[1]) for before, step in steps]
        if not all(before.led_as(fresh) for before, fresh, _ in taken):
            raise ValueError(_OVERTAKES)
        await self._write(run, taken)
        return [fresh for _, fresh, _ in taken]

    async def one_in(self, run: Run, channel: str, capability: Capability) -> Standing:
        """How one pair stands, in the caller's transaction."""
        rows = await run(_ONE, self._named(channel, capability))
        return standing_of(rows[0]) if rows else implicit(channel, capability)

    async def history(
        self, channel: str, capability: Capability, first: int, before: int | None = None
    ) -> Sequence[AdoptionStep]:
        """The steps of a pair below a version, the newest first."""
        return await self.history_in(self._store.rows, channel, capability, first, before)

    async def history_in(
        self,
        run: Run,
        channel: str,
        capability: Capability,
        first: int,
        before: int | None = None,
    ) -> Sequence[AdoptionStep]:
        """As `history`, in the caller's transaction."""
        asked = {**self._named(channel, capability), "first": first, "before": before}
        rows = await run(_HISTORY, asked)
        return records_of(rows, AdoptionStep)

    async def move(
        self,
        channel: str,
        capability: Capability,
        decide: Decide,
        guards: Sequence[Guard] = (),
        *,
        keeps_leaders: bool = False,
    ) -> Standing | AdoptionDeclined:
        """As `move_in`, in a transaction of its own."""
        pair = (channel, capability)
        return await self._store.transaction(
            lambda run: self.move_in(run, *pair, decide, guards, keeps_leaders=keeps_leaders)
        )

    async def move_in(
        self,
        run: Run,
        channel: str,
        capability: Capability,
        decide: Decide,
        guards: Sequence[Guard] = (),
        *,
        keeps_leaders: bool = False,
    ) -> Standing | AdoptionDeclined:
        """Take the step that `decide` makes of how a pair stands now, and its new standing.

        Nobody moves the pair meanwhile. A guard that declines leaves everything as it was; what
        both read through their `run` is read behind all steps before. One that `keeps_leaders`,
        such as a halt, waits for no write that is under way; ValueError for one that does not.
        """
        named = self._named(channel, capability)
        if not keeps_leaders:
            await run(_WRITERS, named)
        await run(_TURN, named)
        before = await self.one_in(run, channel, capability)
        step = await decide(run, before)
        if isinstance(step, AdoptionDeclined):
            return step
        fresh = _numbered(before, step)
        if keeps_leaders and not before.led_as(fresh):
            raise ValueError(_OVERTAKES)
        for guard in guards:
            declined = await guard(run, before, fresh)
            if declined is not None:
                return declined
        await self._write(run, [(before, fresh, step[1])])
        return fresh

    async def _write(self, run: Run, taken: Sequence[_Taken]) -> None:
        """Steps with all that goes with them; nothing where there are none."""
        if not taken:
            return
        for one in taken:
            await self._put(run, *one)
        await raise_version(run, self._brand, ADOPTION)
        subjects = [Subject(key=one.capability.value, channel=one.channel) for _, one, _ in taken]
        await tell(run, self._brand, Topic.ADOPTION_CHANGED, subjects)
        await audited(run, self._brand, *(_entry(*one) for one in taken))

    async def _put(self, run: Run, before: Standing, fresh: Standing, decided: Decided) -> None:
        row = {
            **{name: _word(value) for name, value in asdict(fresh).items()},
            "brand": self._brand,
            "from_state": (fresh.from_state or before.state).value,
            "cohorts": _json(fresh.cohorts),
            "fields": _json(fresh.fields),
        }
        await run(_PUT, row)
        if counted(fresh) and not counted(before):
            await unfilled_in(run, self._brand, fresh.capability, fresh.channel)
        about = {"action": decided.action.value, "role": decided.role, "profile": decided.profile}
        step = {**row, **about, "from_state": before.state.value, "gates": _json(decided.gates)}
        await run(_ADD, step)

    def _named(self, channel: str, capability: Capability) -> dict[str, object]:
        return {"brand": self._brand, "channel": channel, "capability": capability.value}


def _numbered(before: Standing, step: Step) -> Standing:
    """The standing behind a step, as the next of its pair."""
    fresh, decided = step
    return replace(fresh, version=before.version + 1, author=decided.author, reason=decided.reason)


def _entry(before: Standing, fresh: Standing, decided: Decided) -> Entry:
    return Entry(
        action=f"adoption.{decided.action.value.lower()}",
        actor=decided.author,
        role=decided.role,
        reason=decided.reason,
        facts={
            "channel": fresh.channel,
            "capability": fresh.capability.value,
            "version": fresh.version,
            "from": before.state.value,
            "to": fresh.state.value,
            "read_points": fresh.read_points,
            "write_points": fresh.write_points,
            "profile": decided.profile,
        },
    )


def standing_of(row: Row) -> Standing:
    """The standing of a row of the table."""
    return msgspec.convert(row._asdict(), Standing)


def _word(value: object) -> object:
    return getattr(value, "value", value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
