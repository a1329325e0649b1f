"""Components: all memberships that what is known of some of them could make one person."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import text

from capabilities.member.claims import Claim, Key
from capabilities.member.identity_rules import IdentityRules, Strength
from capabilities.member.records import IdentityKind
from capabilities.member.resolution import Decisions, Pair, ordered
from store.engine import Run

# One look into each index for each membership; joined, the planner reads every claim there is.
_OF_MEMBERSHIPS = text("""
  SELECT l.channel, l.number, l.one_id, c.kind, c.scope, c.hash, c.verified, c.barred, c.gone,
         c.source, c.last_seen
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  CROSS JOIN LATERAL (
    SELECT channel, number, one_id FROM membership_links
    WHERE brand = :brand AND number = a.number AND channel = a.channel OFFSET 0
  ) AS l
  LEFT JOIN LATERAL (
    SELECT kind, scope, hash, verified, barred, gone, source, last_seen FROM identity_claims
    WHERE brand = :brand AND number = a.number AND channel = a.channel OFFSET 0
  ) AS c ON true
""")
# A value that more memberships show than may share it joins nobody: its rows are never read out.
_OF_VALUES = text("""
  SELECT a.hash, c.channel, c.number
  FROM unnest(CAST(:hashes AS bytea[]), CAST(:most AS integer[])) AS a (hash, most)
  CROSS JOIN LATERAL (
    SELECT i.channel, i.number FROM identity_claims i
    WHERE i.brand = :brand AND i.hash = a.hash AND NOT i.gone AND NOT i.barred
    LIMIT a.most
  ) AS c
""")
_DECISIONS = text("""
  WITH asked AS (
    SELECT a.number, a.channel
    FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  )
  SELECT d.left_channel, d.left_number, d.right_channel, d.right_number, d.together
  FROM asked a JOIN member_decisions d
    ON d.brand = :brand AND d.left_number = a.number AND d.left_channel = a.channel
  UNION
  SELECT d.left_channel, d.left_number, d.right_channel, d.right_number, d.together
  FROM asked a JOIN member_decisions d
    ON d.brand = :brand AND d.right_number = a.number AND d.right_channel = a.channel
""")

_KINDS = {kind.value: kind for kind in IdentityKind}


def columns_of(keys: Iterable[Key]) -> dict[str, list[str]]:
    """Memberships as the two arrays that statements take."""
    listed = list(keys)
    return {
        "channels": [channel for channel, _ in listed],
        "numbers": [number for _, number in listed],
    }


class Component:
    """Whole components as they will stand: what the store has, and what is being brought.

    `former` is whose a membership was, `before` what those that are brought showed until now, and
    `shown` from which source and when each claim was written last.
    """

    def __init__(self, rules: IdentityRules) -> None:
        self.former: dict[Key, str] = {}
        self.claims: dict[Key, dict[bytes, Claim]] = {}
        self.before: dict[Key, dict[bytes, Claim]] = {}
        self.shown: dict[tuple[Key, bytes], tuple[str, datetime]] = {}
        self.crowded: set[bytes] = set()
        self.decisions = Decisions()
        self._rules = rules

    @property
    def every(self) -> list[Claim]:
        """All claims of all its memberships."""
        return [claim for shown in self.claims.values() for claim in shown.values()]

    def joining(self, keys: Iterable[Key]) -> set[bytes]:
        """The values by which memberships may meet others."""
        return {
            claim.hash
            for key in keys
            for claim in self.claims.get(key, {}).values()
            if not (claim.gone or claim.barred)
            and self._rules.of(claim.kind).strength is not Strength.NEVER
        }

    def dropped(self) -> Counter[bytes]:
        """Values by how many of the brought memberships no longer show them."""
        found: Counter[bytes] = Counter()
        for key, shown in self.before.items():
            for digest, claim in shown.items():
                now = self.claims[key].get(digest)
                if not (claim.gone or claim.barred) and (now is None or now.gone or now.barred):
                    found[digest] += 1
        return found


async def read_component(
    run: Run,
    brand: str,
    rules: IdentityRules,
    keys: Collection[Key],
    brought: Mapping[Key, Mapping[bytes, Claim]],
) -> Component:
    """The components of memberships as they stand, with what is brought in its place."""
    found = Component(rules)
    reading = _Reading(run, brand, found, brought)
    await reading.open(keys)
    await reading.close()
    return found


class _Reading:
    def __init__(
        self,
        run: Run,
        brand: str,
        found: Component,
        brought: Mapping[Key, Mapping[bytes, Claim]],
    ) -> None:
        self._run = run
        self._brand = brand
        self._found = found
        self._brought = brought
        self._asked: set[bytes] = set()
        self._read: set[Key] = set()
        self._most = found._rules.shared_in_all  # noqa: SLF001 - one idea in two classes

    async def open(self, keys: Collection[Key]) -> None:
        """Begin with these memberships, those that are brought as they will be."""
        await self._memberships(keys)
        self._read.update(self._brought)
        for key, shown in self._brought.items():
            before = self._found.claims.get(key, {})
            self._found.before[key] = before
            gone = {digest: _gone(claim) for digest, claim in before.items() if digest not in shown}
            self._found.claims[key] = {**gone, **shown}

    async def close(self) -> None:
        """Read on until nothing leads further."""
        fresh: Collection[Key] = list(self._found.claims)
        while fresh:
            near = await self._neighbours(fresh)
            if not near:
                near = await self._decided()
            await self._memberships(near)
            fresh = near

    async def _memberships(self, keys: Collection[Key]) -> None:
        if not keys:
            return
        self._read.update(keys)
        named = {"brand": self._brand, **columns_of(keys)}
        for row in await self._run(_OF_MEMBERSHIPS, named):
            key = (row.channel, row.number)
            self._found.former[key] = row.one_id
            shown = self._found.claims.setdefault(key, {})
            if row.hash is not None:
                digest = bytes(row.hash)
                kind = _KINDS[row.kind]
                self._found.shown[key, digest] = row.source, row.last_seen
                shown[digest] = Claim(
                    key, kind, row.scope, digest, row.verified, row.barred, row.gone
                )

    async def _neighbours(self, fresh: Collection[Key]) -> list[Key]:
        dropped = self._found.dropped()
        # Who no longer shares a value leaves those behind who still do: they are read as well.
        wanted = sorted({*self._found.joining(fresh), *dropped} - self._asked)
        if not wanted:
            return []
        self._asked.update(wanted)
        most = [self._most + 1 + dropped[digest] for digest in wanted]
        named = {"brand": self._brand, "hashes": wanted, "most": most}
        holders: dict[bytes, list[Key]] = {}
        for row in await self._run(_OF_VALUES, named):
            holders.setdefault(bytes(row.hash), []).append((row.channel, row.number))
        near: dict[Key, None] = {}
        for digest, limit in zip(wanted, most, strict=True):
            keys = holders.get(digest, [])
            if len(keys) == limit:
                self._found.crowded.add(digest)
            else:
                near.update(dict.fromkeys(key for key in keys if key not in self._found.claims))
        return list(near)

    async def _decided(self) -> list[Key]:
        """What was decided about them; memberships that it brings in."""
        if not self._found.former:
            return []
        named = {"brand": self._brand, **columns_of(self._found.former)}
        together: set[Pair] = set()
        apart: set[Pair] = set()
        for row in await self._run(_DECISIONS, named):
            left, right = (row.left_channel, row.left_number), (row.right_channel, row.right_number)
            (together if row.together else apart).add(ordered(left, right))
        self._found.decisions = Decisions(frozenset(together), frozenset(apart))
        # A membership that was erased since is read once and not found.
        near = {key for pair in together for key in pair if key not in self._read}
        return sorted(near)


def _gone(claim: Claim) -> Claim:
    return Claim(
        claim.key, claim.kind, claim.scope, claim.hash, claim.verified, claim.barred, gone=True
    )
