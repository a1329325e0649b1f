"""Answers of people to being written to, profiled or passed on: added, never changed."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.member.consent import (
    Consent,
    ConsentAnswer,
    ConsentDeclined,
    ConsentMedium,
    ConsentOutcome,
    ConsentPurpose,
    ConsentRecorded,
    ConsentStatus,
    ConsentText,
    deciding,
)
from capabilities.operations import IdempotencyKeyReused
from store.engine import Run, Store
from store.events import tell
from store.privacy.consent_rules import allowed_of, history_of, refused_of
from store.privacy.data_keys import owner_of_membership, owner_of_person
from store.wishes import KeyReused, once

_PEOPLE = """
  SELECT DISTINCT coalesce(m.one_id, a.one_id) AS one_id
  FROM unnest(CAST(:one_ids AS text[])) AS a (one_id)
  LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
"""
# An old id is asked as well as its survivor, and stands for her.
_ALLOWED = text(f"""
  WITH {allowed_of(_PEOPLE)}
  SELECT a.place FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  JOIN allowed w ON w.one_id = coalesce(m.one_id, a.one_id)
""")  # noqa: S608 - our own words
_REFUSED = text(f"""
  WITH {refused_of(_PEOPLE)}
  SELECT a.place FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  JOIN refused w ON w.one_id = coalesce(m.one_id, a.one_id)
""")  # noqa: S608 - as above
_HISTORY = text(history_of(_PEOPLE))
_PERSON = text("""
  SELECT m.one_id, l.channel, l.number FROM members m
  LEFT JOIN membership_links l ON l.brand = m.brand AND l.one_id = m.one_id
  WHERE m.brand = :brand AND m.status <> 'ERASED' AND m.one_id = coalesce(
    (SELECT one_id FROM member_aliases WHERE brand = :brand AND old_id = :one_id), :one_id)
  ORDER BY l.channel, l.number
""")
_MEMBERSHIP = text("""
  SELECT one_id, channel, number FROM membership_links
  WHERE brand = :brand AND channel = :channel AND number = :number
""")
_TEXTS = text("""
  SELECT purpose, version, text, sha256, added_at, added_by FROM consent_texts
  WHERE brand = :brand AND (CAST(:purpose AS text) IS NULL OR purpose = :purpose)
  ORDER BY purpose, added_at DESC, version
""")
_ADD_TEXT = text("""
  INSERT INTO consent_texts (brand, purpose, version, text, sha256, added_at, added_by)
  VALUES (:brand, :purpose, :version, :text, :sha256, :at, :by)
  ON CONFLICT DO NOTHING RETURNING 1
""")
_RECORD = text("""
  INSERT INTO consents (brand, owner, act, purpose, medium, status, text_version, source, at,
                        expires_at, recorded_at, author, parts)
  SELECT :brand, a.owner, :act, :purpose, :medium, :status, :text_version, :source, :at,
         :expires_at, :recorded_at, :author, :parts
  FROM unnest(CAST(:owners AS text[])) AS a (owner)
""")


class Consents:
    """The answers of one brand, and the words that were answered."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def allowed(
        self, one_ids: Sequence[str], purpose: ConsentPurpose, medium: ConsentMedium, at: datetime
    ) -> list[bool]:
        """Whether each person may be reached for this, this way, at a moment; see consent_rules."""
        if not one_ids:
            return []
        asked = {"purpose": purpose.value, "medium": medium.value, "at": at}
        named = {"brand": self._brand, "one_ids": list(one_ids)}
        places = {row.place for row in await self._store.rows(_ALLOWED, {**named, **asked})}
        return [place in places for place in range(1, len(one_ids) + 1)]

    async def refused(
        self, one_ids: Sequence[str], purpose: ConsentPurpose, at: datetime
    ) -> list[bool]:
        """Whether each person said no to a purpose that needs no yes; see consent_rules."""
        if not one_ids:
            return []
        named = {"brand": self._brand, "one_ids": list(one_ids)}
        asked = {"purpose": purpose.value, "at": at}
        places = {row.place for row in await self._store.rows(_REFUSED, {**named, **asked})}
        return [place in places for place in range(1, len(one_ids) + 1)]

    async def history(self, one_ids: Sequence[str]) -> list[list[Consent]]:
        """Every answer of every part of each person, the newest first."""
        if not one_ids:
            return []
        rows = await self._store.rows(_HISTORY, {"brand": self._brand, "one_ids": list(one_ids)})
        found: dict[str, list[Consent]] = {}
        for row in rows:
            found.setdefault(row.one_id, []).append(_consent(row))
        return [found.get(one_id, []) for one_id in one_ids]

    async def standing(self, one_ids: Sequence[str], at: datetime) -> list[list[Consent]]:
        """What holds for each person, per purpose and medium that a part of hers answered."""
        histories = await self.history(one_ids)
        pairs = {(one.purpose, one.medium) for history in histories for one in history}
        found: list[list[Consent]] = [[] for _ in one_ids]
        for purpose, medium in sorted(pairs, key=lambda pair: (pair[0].value, pair[1].value)):
            allowed = await self.allowed(one_ids, purpose, medium, at)
            for place, history in enumerate(histories):
                if any((one.purpose, one.medium) == (purpose, medium) for one in history):
                    found[place].append(
                        deciding(history, purpose, medium, at, allowed=allowed[place])
                    )
        return found

    async def record(
        self, answer: ConsentAnswer, *, author: str, idempotency_key: str, now: datetime
    ) -> ConsentOutcome:
        """Add an answer once, with its event; or say why not."""
        outcome: Any = ConsentRecorded | ConsentDeclined
        who = (self._brand, author, idempotency_key)

        async def work(run: Run) -> ConsentRecorded | ConsentDeclined:
            return await once(
                run,
                who,
                ["setConsent", answer],
                outcome,
                lambda: self._recorded(run, answer, author, now),
            )

        try:
            return await self._store.transaction(work)
        except KeyReused:
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )

    async def add_text(
        self, purpose: ConsentPurpose, version: str, words: str, *, by: str, at: datetime
    ) -> bool:
        """Keep a version of the words; False where this version stands for others already."""
        digest = sha256(words.encode()).hexdigest()
        facts = {"purpose": purpose.value, "version": version, "text": words, "sha256": digest}
        named = {"brand": self._brand, **facts, "by": by, "at": at}
        if await self._store.rows(_ADD_TEXT, named):
            return True
        known = await self.texts(purpose)
        return any(one.version == version and one.sha256 == digest for one in known)

    async def texts(self, purpose: ConsentPurpose | None = None) -> list[ConsentText]:
        """Every version of the words, the newest of a purpose first."""
        value = None if purpose is None else purpose.value
        rows = await self._store.rows(_TEXTS, {"brand": self._brand, "purpose": value})
        return [_text(row) for row in rows]

    async def _recorded(
        self, run: Run, answer: ConsentAnswer, author: str, now: datetime
    ) -> ConsentRecorded | ConsentDeclined:
        parts = await self._parts(run, answer)
        if not parts:
            which = "oneId" if answer.membership is None else "membership"
            return ConsentDeclined(code="MEMBER_UNKNOWN", path=("input", which))
        texts = await run(_TEXTS, {"brand": self._brand, "purpose": answer.purpose.value})
        valid = tuple(row.version for row in texts)
        granted = answer.status is ConsentStatus.GRANTED
        if (granted or answer.text_version is not None) and answer.text_version not in valid:
            path = ("input", "textVersion")
            return ConsentDeclined(code="CONSENT_TEXT_UNKNOWN", path=path, valid=valid)
        one_id, owners = parts[0].one_id, [_owner(row) for row in parts]
        await record_answer(run, self._brand, owners, answer, author=author, now=now)
        await tell(run, self._brand, Topic.CONSENT_CHANGED, [Subject(one_id)])
        asked = {"purpose": answer.purpose.value, "medium": answer.medium.value, "at": now}
        holds = await run(_ALLOWED, {"brand": self._brand, "one_ids": [one_id], **asked})
        return ConsentRecorded(one_id=one_id, allowed=bool(holds))

    async def _parts(self, run: Run, answer: ConsentAnswer) -> Sequence[Row[Any]]:
        if answer.membership is None:
            return await run(_PERSON, {"brand": self._brand, "one_id": answer.one_id})
        key = answer.membership
        named = {"brand": self._brand, "channel": key.channel, "number": key.number}
        return await run(_MEMBERSHIP, named)


async def record_answer(
    run: Run,
    brand: str,
    owners: Sequence[str],
    answer: ConsentAnswer,
    *,
    author: str,
    now: datetime,
) -> None:
    """Add one answer for owners, inside a transaction that tells of it."""
    facts = {
        "purpose": answer.purpose.value,
        "medium": answer.medium.value,
        "status": answer.status.value,
        "text_version": answer.text_version,
        "source": answer.source,
        "at": answer.at or now,
        "expires_at": answer.expires_at,
    }
    named = {"brand": brand, "owners": list(owners), "act": uuid4().hex, "parts": len(owners)}
    await run(_RECORD, {**named, **facts, "recorded_at": now, "author": author})


def _owner(row: Row[Any]) -> str:
    if row.channel is None:
        return owner_of_person(row.one_id)
    return owner_of_membership(row.channel, row.number)


def _consent(row: Row[Any]) -> Consent:
    kind, _, rest = row.owner.partition(":")
    channel, _, number = rest.partition(":")
    return Consent(
        purpose=ConsentPurpose(row.purpose),
        medium=ConsentMedium(row.medium),
        status=ConsentStatus(row.status),
        text_version=row.text_version,
        source=row.source,
        at=row.at,
        expires_at=row.expires_at,
        membership=MembershipKey(channel, number) if kind == "m" else None,
        recorded_at=row.recorded_at,
        author=row.author,
    )


def _text(row: Row[Any]) -> ConsentText:
    return ConsentText(
        purpose=ConsentPurpose(row.purpose),
        version=row.version,
        text=row.text,
        sha256=row.sha256,
        added_at=row.added_at,
        added_by=row.added_by,
    )
