"""A token is verified once a minute; nothing is remembered that would not be verified again."""

from datetime import UTC, datetime, timedelta

import pytest

from capabilities.caller import Role
from capabilities.errors import Unauthenticated
from gateway.auth import known
from gateway.auth.known import KnownCallers
from gateway.auth.tokens import mint, verified
from gateway.settings import Settings


@pytest.fixture
def settings():
    return Settings(secret_key="k" * 40)


@pytest.fixture
def checked(monkeypatch):
    """How often a signature was checked."""
    seen = []

    def counted(settings, token):
        seen.append(token)
        return verified(settings, token)

    monkeypatch.setattr(known, "verified", counted)
    return seen


@pytest.fixture
def clock(monkeypatch):
    """Seconds by which both clocks are ahead."""

    class Clock:
        ahead = 0.0
        wall = 0.0

        def time(self):
            return datetime.now(UTC).timestamp() + self.ahead + self.wall

        def monotonic(self):
            return 1_000_000.0 + self.ahead

    made = Clock()
    monkeypatch.setattr(known, "time", made)
    return made


def header(token):
    return f"Bearer {token}".encode()


async def test_a_token_is_checked_once(settings, checked, clock):
    callers = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei"))
    assert {(await callers.caller(token)).role for _ in range(5)} == {Role.ADMIN}
    assert len(checked) == 1


async def test_a_token_is_one_entry_however_its_header_is_written(settings, checked, clock):
    callers = KnownCallers(settings, "baiwei")
    token = mint(settings, role=Role.ADMIN, brand="baiwei")
    for before in ("Bearer ", "bearer ", "BEARER   ", "Bearer \t"):
        await callers.caller(f"{before}{token} ".encode())
    assert (len(callers._known), len(checked)) == (1, 1)


async def test_and_again_after_a_minute(settings, checked, clock):
    callers = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei"))
    for ahead in (0, 59, 61, 62):
        clock.ahead = ahead
        await callers.caller(token)
    assert len(checked) == 2


async def test_it_is_not_known_beyond_its_own_expiry(settings, checked, clock):
    callers = KnownCallers(settings, "baiwei")
    issued = datetime.now(UTC) - timedelta(seconds=settings.token_ttl_seconds - 20)
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei", now=issued))
    await callers.caller(token)
    clock.ahead = 21
    await callers.caller(token)
    assert len(checked) == 2


async def test_a_wall_clock_that_is_set_back_keeps_nothing_longer(settings, checked, clock):
    callers = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei"))
    await callers.caller(token)
    clock.ahead, clock.wall = 61, -3600
    await callers.caller(token)
    assert len(checked) == 2


@pytest.mark.parametrize(
    "wrong", [None, b"", b"Bearer", b"Basic abc", b"Bearer a.b.c", b"\xff\xfe"]
)
async def test_what_is_refused_is_checked_every_time(settings, wrong):
    callers = KnownCallers(settings, "baiwei")
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await callers.caller(wrong)
    assert len(callers._known) == 0


async def test_a_token_of_another_key_is_not_known(settings, checked):
    mine = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei"))
    await mine.caller(token)
    other = KnownCallers(Settings(secret_key="z" * 40), "baiwei")
    other._known = mine._known
    with pytest.raises(Unauthenticated):
        await other.caller(token)


async def test_a_token_of_another_brand_is_none(settings):
    callers = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="another"))
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await callers.caller(token)
    assert len(callers._known) == 0


async def test_a_changed_token_is_another_token(settings):
    callers = KnownCallers(settings, "baiwei")
    token = header(mint(settings, role=Role.ADMIN, brand="baiwei"))
    await callers.caller(token)
    with pytest.raises(Unauthenticated):
        await callers.caller(token[:-20] + token[:-20:-1] + b"A")


async def test_the_known_ones_are_bounded_and_hold_no_token(settings, monkeypatch):
    monkeypatch.setattr(known, "_MOST", 3)
    callers = KnownCallers(settings, "baiwei")
    tokens = [mint(settings, role=Role.GUIDE, brand="baiwei", stores=[f"M{n}"]) for n in range(5)]
    for one in tokens:
        await callers.caller(header(one))
    assert len(callers._known) == 3
    assert tokens[-1].encode() not in repr(dict(callers._known)).encode()
