"""However somebody typed a phone, the systems that keep it as text are asked for that text."""

import pytest

from capabilities.member.records import Identity, IdentityKind
from connectors.manifest import load_system
from connectors.ports.members import spelled

LIN = Identity(IdentityKind.PHONE, "+86", "+8613912345678")


@pytest.mark.parametrize("system", ["sap_s4hana", "ospos"])
@pytest.mark.parametrize(
    "typed",
    [
        *("13912345678", "139 1234 5678", "139-1234-5678", "１３９１２３４５６７８"),
        *("+8613912345678", "+86 13912345678", "+86-13912345678", "+86 139 1234 5678"),
        *("+86 139-1234-5678", "8613912345678", "008613912345678", "0086 13912345678"),
    ],
)
def test_every_way_to_type_a_phone_is_asked_for(system, typed):
    lookup = load_system(system).manifest.memberships.by_identity["PHONE"]
    assert typed in spelled(lookup, [LIN])
