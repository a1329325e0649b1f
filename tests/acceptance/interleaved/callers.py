"""Who calls, and what the planted truth lets each of them see."""

from dataclasses import dataclass
from functools import cache

from capabilities.caller import MembershipKey, Role
from gateway.auth.tokens import mint
from gateway.settings import Settings
from tests.acceptance.interleaved import planted

STAFF = {Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN}
CONSUMERS = tuple(range(planted.POISONED, planted.POISONED + 9))


@dataclass(frozen=True)
class Caller:
    """A caller; one without a role is let in nowhere."""

    name: str
    role: Role | None = None
    stores: frozenset[str] | None = None
    person: int | None = None
    brand: str = planted.BRAND
    headers: str | None = None

    def sees(self, person: int) -> bool:
        if self.role is Role.CONSUMER:
            return person == self.person
        if self.role is Role.GUIDE:
            return any(one.store in self.stores for one in held_by(person))
        return self.role in STAFF

    def authorization(self, settings: Settings) -> str | None:
        """The header that says who calls."""
        if self.headers is not None or self.role is None:
            return self.headers
        member = None
        if self.person is not None:
            own = held_by(self.person)[self.person % len(held_by(self.person))]
            member = MembershipKey(own.channel, own.number)
        stores = sorted(self.stores or ())
        token = mint(settings, role=self.role, brand=self.brand, stores=stores, member=member)
        return f"Bearer {token}"


@cache
def held_by(person: int) -> tuple[planted.Held, ...]:
    """Her memberships, newest first."""
    own = [one for one in planted.HELD if one.person == person]
    return tuple(sorted(own, key=lambda one: one.joined, reverse=True))


def _guide(*stores: str) -> Caller:
    return Caller(f"guide of {'+'.join(stores)}", Role.GUIDE, stores=frozenset(stores))


OPERATIONS = Caller("operations", Role.OPERATIONS)
GUIDES = (_guide("S1"), _guide("S2"), _guide("S3", "S4"))
CALLERS = (
    OPERATIONS,
    Caller("administrator", Role.ADMIN),
    Caller("service", Role.SERVICE),
    *GUIDES,
    *(Caller(f"consumer {one}", Role.CONSUMER, person=one) for one in CONSUMERS),
    Caller("connector", Role.CONNECTOR),
    Caller("nobody"),
    Caller("forger", headers="Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiQURNSU4ifQ."),
    Caller("another brand's operator", Role.OPERATIONS, brand="another"),
)
STRANGERS = frozenset({"nobody", "forger", "another brand's operator"})
