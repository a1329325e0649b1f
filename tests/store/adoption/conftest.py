"""The platform of one brand, whose clock a test sets, and the steps of a pair."""

import secrets
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.verdict import Gate
from store.adoption.standings import Standings
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated

_BRANDS = count()
NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def pass_by(self, **time):
        self.now += timedelta(**time)


@pytest.fixture(scope="module")
def database(postgres):
    """One for all tests of a module: each has a brand of its own."""
    return migrated(postgres, f"adoption_{secrets.token_hex(4)}")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def owned(store, clock):
    return Owned(
        store=store,
        brand=f"brand-{next(_BRANDS)}",
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=clock,
    )


@pytest.fixture
def standings(owned):
    return Standings(owned)


GATE = Gate(name="lag", required="at most 5 s", observed="1 s", ok=True)


def to(state, at=NOON, *, author="ada", action=Action.PROMOTE):
    """A step to a state, whatever the rules say."""
    decided = Decided(action=action, author=author, role="ADMIN", reason="try", gates=(GATE,))

    async def decide(run, before):
        return moved(before, state, at), decided

    return decide
