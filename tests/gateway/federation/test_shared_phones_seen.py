"""That a phone is shared is told to whom one of its people concerns, and to nobody else."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from capabilities.caller import Role, Visibility
from capabilities.errors import BadInput, Unavailable
from capabilities.member.person import phone_identity
from capabilities.member.records import Contact, Membership
from capabilities.sources import SourceRef, SourceReport, SourceStatus
from gateway.federation.identity_search import Found
from gateway.federation.persons import Persons

PHONE = phone_identity("+8613912345678")
SOURCE = SourceRef(connector="pos", system="ospos", external_id="1")
OK = SourceReport(name="pos", status=SourceStatus.OK, channels=("store",))
NOBODY = Found((), (OK,), None)
SHARED = replace(
    NOBODY,
    memberships=tuple(
        Membership(
            channel="store",
            number=str(number),
            home_store_code="M1",
            contact=Contact(name="x", phone="13912345678", phone_verified=True),
            source=SOURCE,
        )
        for number in range(9)
    ),
)


class Knows:
    """A store that tells the people of a phone apart, or knows nobody of it."""

    async def of(self, keys):
        return {key: SimpleNamespace(one_id=key.number) for key in keys}

    async def by_identity(self, _):
        return None

    async def on_their_way(self, _):
        return ()


async def looked_up(visibility, found):
    estate = SimpleNamespace(brand="b", answering=lambda _: ())
    request = SimpleNamespace(
        estate=estate, visibility=visibility, hides=None, generation=lambda _: 0
    )
    persons = Persons(request, Knows(), b"k")

    async def find(_identity, *, live):
        del live
        return found

    persons._search.find = find
    try:
        return await persons.by_identity(PHONE)
    except (BadInput, Unavailable) as exc:
        return exc.code


def guide(*stores):
    return Visibility(role=Role.GUIDE, brand="b", stores=frozenset(stores))


OTHERS = {
    "guide of another store": guide("M2"),
    "desk of another channel": Visibility(
        role=Role.SERVICE, brand="b", channels=frozenset({"shop"})
    ),
}


@pytest.mark.parametrize("visibility", OTHERS.values(), ids=OTHERS)
async def test_to_whom_none_of_them_concerns_it_is_nobodys(visibility):
    for fault in ({}, {"nobody_can": True}, {"error": Unavailable("away")}):
        answers = [await looked_up(visibility, replace(one, **fault)) for one in (SHARED, NOBODY)]
        assert answers[0] == answers[1], fault


@pytest.mark.parametrize("visibility", [guide("M1"), Visibility(role=Role.SERVICE, brand="b")])
async def test_to_whom_one_concerns_it_is_told(visibility):
    assert await looked_up(visibility, SHARED) == "IDENTITY_SHARED"
