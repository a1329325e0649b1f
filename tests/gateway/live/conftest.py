"""One gateway with real stores, for those who follow changes through it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from websockets.asyncio.client import connect

from capabilities.caller import MembershipKey, Role
from capabilities.order.facts import OrderFact
from gateway.app import create_app
from gateway.auth.tokens import mint
from gateway.settings import Settings
from store.engine import Store
from store.order.facts import OrderFacts
from tests.gateway.live.peer import PROTOCOL, Peer
from tests.gateway.serving import BRAND, CONNECTED, served, settings_for
from tests.migrated import migrated

MEMBERS = [MembershipKey("jd", str(number)) for number in range(3)]


@pytest.fixture(scope="session")
def live_settings(tmp_path_factory: pytest.TempPathFactory, postgres, valkey) -> Settings:
    database = migrated(postgres, "live")
    with psycopg.connect(database) as connection:
        connection.cursor().executemany(
            "INSERT INTO membership_links (brand, number, channel, one_id)"
            " VALUES (%s, %s, 'jd', %s)",
            [(BRAND, one.number, f"person-{one.number}") for one in MEMBERS],
        )
    return settings_for(
        tmp_path_factory.mktemp("live"),
        CONNECTED,
        database_url=database,
        redis_url=valkey.url,
        cors_origins=("https://shop.example",),
        max_subscriptions_per_socket=3,
        max_subscriptions_per_caller=5,
        socket_init_seconds=2.0,
    )


@pytest.fixture(scope="session")
def gateway(live_settings: Settings) -> Iterator[tuple[str, int]]:
    """Its host and port."""
    with served(create_app(live_settings)) as address:
        yield address


@pytest.fixture
async def facts(live_settings: Settings) -> AsyncIterator[OrderFacts]:
    store = Store.open(live_settings.database_url.get_secret_value(), deadline_seconds=30)
    yield OrderFacts(store, BRAND)
    await store.aclose()


@pytest.fixture
def token(live_settings: Settings) -> Callable[..., str]:
    """Mints a bearer header of a role."""

    def made(role: Role = Role.OPERATIONS, **changes) -> str:
        stores = ["M0001"] if role is Role.GUIDE else []
        member = MEMBERS[0] if role is Role.CONSUMER else None
        given = {"stores": stores, "member": member, **changes}
        return f"Bearer {mint(live_settings, role=role, brand=BRAND, **given)}"

    return made


@pytest.fixture
def dial(gateway):
    host, port = gateway

    @asynccontextmanager
    async def dialled(subprotocols=(PROTOCOL,), **options):
        address = f"ws://{host}:{port}/graphql"
        patient = {"open_timeout": 60, "ping_interval": None}
        async with connect(address, subprotocols=subprotocols, **patient, **options) as socket:
            yield Peer(socket)

    return dialled


def sold(number: str, store: str = "M0001", paid: int = 1) -> OrderFact:
    """An order of the first member."""
    return OrderFact(
        channel="jd",
        number=number,
        connector="legacy",
        holder=MEMBERS[0],
        store_code=store,
        paid=paid,
    )
