"""API keys while the store is away: the last ones stand for an hour, and then none does."""

from datetime import UTC, datetime

import pytest

from capabilities.api_keys import ApiKey, KeyScope, new_secret
from capabilities.caller import Role
from capabilities.errors import StoreUnavailable, Unauthenticated
from gateway.auth.keys_in_force import KeysInForce
from store.engine import Store
from store.versions import Versions

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
_, MADE = new_secret()


class Kept:
    async def all(self):
        scope = KeyScope(role=Role.SERVICE)
        facts = {"hash": MADE.hash, "created_at": NOON, "created_by": "test"}
        return [ApiKey(id=MADE.id, name="crm", scope=scope, **facts)]


async def test_keys_stand_an_hour_after_the_store_was_last_heard():
    age = [0.0]
    keys = KeysInForce(Kept(), "b", lambda: 1, lambda: NOON, age=lambda: age[0])
    await keys.look()
    for heard, stands in ((0, True), (3_599, True), (3_601, False), (1, True)):
        age[0] = heard
        if stands:
            assert keys.caller(MADE).machine
        else:
            with pytest.raises(Unauthenticated):
                keys.caller(MADE)


async def test_a_store_that_was_never_heard_has_no_age_that_counts():
    away = Store.open("postgresql://localhost:1/nowhere", deadline_seconds=0.5)
    versions = Versions(away, "b")
    with pytest.raises(StoreUnavailable):
        await versions.refresh()
    assert versions.age_seconds() == float("inf")
    await away.aclose()
