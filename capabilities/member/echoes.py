"""Echoes: what a system's row shows of our own writes, and what somebody changed there.

Both sides are compared by digests of what can be written, field by field. A row names the write
that it saw last; what it should show then is known, and anything else was changed there.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import Side
from capabilities.member.claims import canonical_address
from capabilities.member.phone import normalise_phone
from capabilities.member.records import Contact
from capabilities.member.writing import PersonFields

# What both sides can change of a membership; of everything else its system says how it is.
FIELDS = ("phone", "email", "name")
# Of a name that was written in part its system alone is sure of the whole.
AS_SHOWN = b""


class OwnWrite(Struct, frozen=True, kw_only=True):
    """A write of ours: `marks` are digests of what it wrote, by field.

    `open` is one that its system has not confirmed, be it dead. `repair` tells it what it had lost.
    """

    command: str
    leader: Side
    marks: Mapping[str, bytes]
    open: bool = False
    repair: bool = False


class Agreement(Struct, frozen=True, kw_only=True):
    """What a system last showed of a membership that we write, and our writes, the oldest first.

    `seen` is the newest of them that it showed; `base` are digests of what it showed, by field.
    `rest` is a digest of all that cannot be written, None before it was ever looked at.
    """

    base: Mapping[str, bytes]
    seen: str | None = None
    rest: bytes | None = None
    writes: Sequence[OwnWrite] = ()


class Judged(Struct, frozen=True, kw_only=True):
    """What to do with a row: fields in which ours stands, is told again, or a person decides.

    `stale` is a row from before one that was seen already; `seen` is the write that it shows.
    """

    keep: frozenset[str] = frozenset()
    repair: frozenset[str] = frozenset()
    clash: frozenset[str] = frozenset()
    stale: bool = False
    seen: str | None = None


class Shown(Struct, frozen=True, kw_only=True):
    """Both sides as they are: digests by field, and the mark that the system's row carries."""

    ours: Mapping[str, bytes]
    theirs: Mapping[str, bytes]
    origin: str | None = None

    @property
    def differing(self) -> frozenset[str]:
        """Fields that are not the same on both sides."""
        return frozenset(one for one in FIELDS if self.ours[one] != self.theirs[one])


def said_by(contact: Contact) -> dict[str, str | None]:
    """What a contact says in each field, in the one spelling that both sides are compared in."""
    return {
        "phone": normalise_phone(contact.phone),
        "email": canonical_address(contact.email or ""),
        "name": (contact.name or "").strip() or None,
    }


def told_by(person: PersonFields) -> dict[str, str | None]:
    """What a write changes, by field; None for a name of which it has only a part."""
    told: dict[str, str | None] = {}
    if person.phone is not None:
        told["phone"] = normalise_phone(person.phone)
    if person.email is not None:
        told["email"] = canonical_address(person.email)
    if person.family_name is not None or person.given_name is not None:
        whole = person.family_name is not None and person.given_name is not None
        told["name"] = f"{person.family_name}{person.given_name}".strip() if whole else None
    return told


def judged(
    agreement: Agreement | None, shown: Shown, leader: Side, policy: ConflictPolicy
) -> Judged:
    """What a row of a system means for what we have.

    An echo changes nothing, however late or often it comes. What was changed there is taken where
    the system leads; where we lead, the policy says.
    """
    if agreement is None:
        overruled = leader is Side.PLATFORM and policy is ConflictPolicy.LEADER_WINS
        wrong = shown.differing if overruled else frozenset()
        return Judged(keep=wrong, repair=wrong)
    places = {one.command: place for place, one in enumerate(agreement.writes)}
    before = places.get(agreement.seen or "", -1)
    at = _place(agreement, shown, places, before)
    if at < before:
        return Judged(keep=frozenset(FIELDS), stale=True, seen=agreement.seen)
    fields = _Fields(agreement, shown, before, at)
    return fields.judged(leader, policy)


def is_settled(agreement: Agreement, shown: Shown) -> bool:
    """Whether nothing of ours is on its way, and the row was read behind the newest of it."""
    if any(one.open for one in agreement.writes):
        return False
    commands = [one.command for one in agreement.writes]
    return shown.origin not in commands or shown.origin == commands[-1]


def was_told(agreement: Agreement | None, field: str, ours: bytes) -> bool:
    """Whether its system was told so already: one that undoes a repair is a person's matter."""
    touched = [one for one in (agreement.writes if agreement else ()) if field in one.marks]
    return bool(touched) and touched[-1].repair and touched[-1].marks[field] == ours


def _place(agreement: Agreement, shown: Shown, places: Mapping[str, int], before: int) -> int:
    """Which of our writes a row shows last; a system that keeps no mark is known by content."""
    if shown.origin is not None and shown.origin in places:
        return places[shown.origin]
    for place in range(len(agreement.writes) - 1, -1, -1):
        marks = agreement.writes[place].marks
        if all(mark in (AS_SHOWN, shown.theirs[one]) for one, mark in marks.items()):
            return place
    return before


class _Fields:
    """A row that shows our writes up to one place, and those behind the one that was seen."""

    def __init__(self, agreement: Agreement, shown: Shown, before: int, at: int) -> None:
        self._agreement = agreement
        self._shown = shown
        self._seen = agreement.writes[before + 1 : at + 1]
        self._coming = agreement.writes[at + 1 :]
        self._at = agreement.writes[at].command if at >= 0 else None

    def judged(self, leader: Side, policy: ConflictPolicy) -> Judged:
        keep: set[str] = set()
        repair: set[str] = set()
        clash: set[str] = set()
        for one in FIELDS:
            coming = self._is_coming(one)
            if coming:
                keep.add(one)
            if leader is Side.LEGACY or not self._is_foreign(one):
                continue
            if coming and policy is ConflictPolicy.QUEUE:
                clash.add(one)
            elif not coming and policy is ConflictPolicy.LEADER_WINS:
                keep.add(one)
                told = was_told(self._agreement, one, self._shown.ours[one])
                (clash if told else repair).add(one)
        return Judged(
            keep=frozenset(keep),
            repair=frozenset(repair),
            clash=frozenset(clash),
            seen=self._at,
        )

    def _is_foreign(self, field: str) -> bool:
        """Whether somebody changed it there since it was seen; what is the same is no matter."""
        theirs = self._shown.theirs[field]
        if theirs == self._shown.ours[field]:
            return False
        written = [one.marks[field] for one in self._seen if field in one.marks]
        expected = written[-1] if written else self._agreement.base[field]
        return expected not in (AS_SHOWN, theirs)

    def _is_coming(self, field: str) -> bool:
        """Whether ours is newer than the row: we took it first, or its system has it by now."""
        return any(
            field in one.marks and (one.leader is Side.PLATFORM or not one.open)
            for one in self._coming
        )
