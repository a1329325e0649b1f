"""An address is the same person's however a clerk typed it."""

import psycopg

from capabilities.member.records import Identity, IdentityKind
from tests.connectors.conformance.case import Ear
from tests.connectors.conformance.retailer import LIN

_SET = "UPDATE ospos_people SET email = %s WHERE person_id = %s"


async def test_capitals_in_a_tills_address_hide_nobody(systems, postgres):
    lin, address = systems["pos"].truth().lin, LIN[IdentityKind.EMAIL]
    connector = await systems["pos"].open(Ear())
    with psycopg.connect(str(postgres.dsn("conformance_pos")), autocommit=True) as database:
        try:
            database.execute(_SET, (address.title(), lin))
            found = await connector.memberships_by_identity(
                [Identity(IdentityKind.EMAIL, "", address)]
            )
            assert [one.number for one in found[0]] == [lin]
        finally:
            database.execute(_SET, (address, lin))
            await connector.aclose()
