"""Open Source POS in a real PostgreSQL, behind a proxy that can misbehave."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from capabilities.errors import TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from demo.pos.money import total_of
from demo.pos.seed import seed_database
from demo.sample import make_retailer
from demo.sample.records import POS
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault

_SITES = {"M": "store", "T": "terminal", "P": "popup"}


class Case(Subject):
    """Tills of stores, terminals and pop-ups in one database."""

    system = "ospos"
    tested_against = "its own tables in a real PostgreSQL, behind a proxy that misbehaves"
    known, stranger = LIN, STRANGER
    secrets = {"DEMO_POS_PASSWORD": "demo-pos"}
    unknown_words = False
    # Whatever a proxy says at a database's door is noise.
    faults = {
        "error500": Unavailable,
        "timeout": TimedOut,
        "html200": Unavailable,
        "truncated": Unavailable,
        "refuse": Unavailable,
        "garbage": Unavailable,
    }

    def start(self, world: World) -> None:
        world.postgres.create_database("conformance_pos")
        dsn = str(world.postgres.dsn("conformance_pos"))
        seed_database(dsn)
        socket = world.folders.mktemp("proxy") / ".s.PGSQL.5432"
        upstream = f"{parse_qs(urlsplit(dsn).query)['host'][0]}/.s.PGSQL.5432"
        self.control = world.server(
            *("demo.pos", "proxy", "--listen", str(socket)),
            *("--upstream", upstream, "--control-port", "0"),
        )
        self.url = f"postgresql://pos_reader@/conformance_pos?host={socket.parent}&port=5432"

    def fault(self, mode: str) -> None:
        order_fault(self.control, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"url": self.url},
            secrets={"password": "env:DEMO_POS_PASSWORD"},
            limits=limits,
            channels={
                Capability.MEMBER: {"*": "store"},
                Capability.ORDER: _SITES,
                Capability.PROMOTION: {"*": "store"},
            },
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        orders = {
            f"{s.store.code}-{s.placed:%Y%m%d}-{s.kind}-1-{s.number}": (
                _SITES[s.store.code[0]],
                str(s.account.number) if s.account else None,
                _till_total(s),
            )
            for s in retailer.pos_sales
        }
        return Truth(orders, members_of(retailer, POS), {}, lin_of(retailer, POS))


def _till_total(sale: Any) -> int:
    """Cash is rounded down to the jiao, towards zero for a return."""
    total = total_of(sale.lines, added=sale.tax_added)
    cash = sale.status == 0 and sale.payment == "现金"
    return int(total / 10) * 10 if cash else total
