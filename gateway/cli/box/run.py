"""Starts the retailer in a box, keeps it, and ends it in order."""

import os
import secrets
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from gateway.cli.box.errors import BoxError
from gateway.cli.box.estate import BRAND, SECRETS, write_estate
from gateway.cli.box.greeting import greet
from gateway.cli.box.legacy import POS_DATABASE, Legacy, start_legacy, write_reference
from gateway.cli.box.parts import start_part
from gateway.cli.box.published_files import write_published
from gateway.cli.box.state import BoxState, read_state, write_state
from gateway.cli.box.watch import ended_by_signals, watch
from gateway.cli.console import console, step
from gateway.cli.environment import read_settings
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey, OwnedProcess
from gateway.embedded.home import prepare_home
from gateway.embedded.launch import die_with_parent
from gateway.settings import Settings

# The demo's systems run on this machine, which a gateway by itself does not connect to.
_HERE = '["127.0.0.0/8:*", "unix:/"]'
_GATEWAY_SECONDS = 60.0
_GATEWAY_PATIENCE = 2.5


def run_box(settings: Settings, *, scale: int, owned: bool, works: bool = True) -> None:
    """Starts everything and returns after a signal to end, with nothing left running.

    `owned`: end with the parent, however it ends. `works`: take in what the systems have.
    """
    if owned:
        die_with_parent(signal.SIGKILL)
    try:
        with ended_by_signals(), ExitStack() as running:
            _run(settings, scale, running, owned=owned, works=works)
    except KeyboardInterrupt:
        console.print("stopped; nothing is left running")


def _run(settings: Settings, scale: int, running: ExitStack, *, owned: bool, works: bool) -> None:
    port = _find_port(settings.host, settings.port)
    home = prepare_home(settings.home)
    os.environ.update(_secrets(home))
    os.environ["DEMO_WOO_HOOK_URL"] = f"http://{settings.host}:{port}/hooks/woo"
    with step("PostgreSQL and Valkey"):
        postgres = running.enter_context(EmbeddedPostgres.start(home))
        valkey = running.enter_context(EmbeddedValkey.start(home))
        store = postgres.create_database("santong")
    legacy = start_legacy(home, postgres, scale, running)
    _fill_store(home, store, scale)
    estate = home / "estate.yaml"
    write_estate(estate, sap=legacy.sap, shop=legacy.shop, pos=legacy.pos)
    operations, resources = write_published(home)
    os.environ.update(
        SANTONG_HOME=str(home),
        SANTONG_PORT=str(port),
        SANTONG_DATABASE_URL=store,
        SANTONG_REDIS_URL=valkey.url,
        SANTONG_ESTATE=str(estate),
        SANTONG_DEMO="true",
        SANTONG_OPERATIONS=os.environ.get("SANTONG_OPERATIONS", str(operations)),
        SANTONG_RESOURCES=os.environ.get("SANTONG_RESOURCES", str(resources)),
        SANTONG_CONNECTOR_HOSTS=_HERE,
    )
    settings = read_settings()
    write_state(home, _state(settings, legacy, postgres.dsn(POS_DATABASE)))
    gateway = _start_gateway(settings, running)
    doors = (gateway, *([_start_work(settings, running)] if works else []))
    greet(settings)
    children = (postgres.process, valkey.process, *legacy.children, *doors)
    watch(children, legacy.controls, owned=owned)


def _find_port(host: str, port: int) -> int:
    """The port, or a free one for 0; BoxError where it is taken."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
            found: int = attempt.getsockname()[1]
        except OSError as error:
            raise BoxError(
                f"{host}:{port} cannot be listened on: {error.strerror}. "
                "Set SANTONG_PORT to another port.",
                code="DEMO_PORT_TAKEN",
            ) from error
    return found


def _secrets(home: Path) -> dict[str, str]:
    """The secrets of the run before, so that its tokens still hold; else new ones."""
    before = read_state(home)
    known = before.environment if before else {}
    names = ("SANTONG_SECRET_KEY", *SECRETS)
    return {
        name: os.environ.get(name) or known.get(name) or secrets.token_urlsafe(32) for name in names
    }


def _fill_store(home: Path, store: str, scale: int) -> None:
    from store.migrate import upgrade  # noqa: PLC0415  # slow to import, and only the demo needs it
    from store.product.products_file import import_products  # noqa: PLC0415  # as above

    with step("the store: tables, products, crosswalk"):
        reference = write_reference(home, scale)
        upgrade(store)
        import_products(store, reference / "products.csv", reference / "crosswalk.csv", brand=BRAND)


def _state(settings: Settings, legacy: Legacy, pos_database: str) -> BoxState:
    names = [name for name in os.environ if name.startswith("SANTONG_") or name in SECRETS]
    return BoxState(
        address=f"http://{settings.host}:{settings.port}",
        controls=legacy.controls,
        pos_database=pos_database,
        environment={name: os.environ[name] for name in names},
    )


def _start_gateway(settings: Settings, running: ExitStack) -> OwnedProcess:
    with step("the gateway"):
        gateway = start_part(
            settings.home, "gateway", "gateway.cli", "serve", patience=_GATEWAY_PATIENCE
        )
        running.enter_context(gateway)
        address = f"http://{settings.host}:{settings.port}/health/ready"
        gateway.wait_ready(lambda: _answers(address), within=_GATEWAY_SECONDS)
    return gateway


def _start_work(settings: Settings, running: ExitStack) -> OwnedProcess:
    """The back door; nobody waits for it, and what it does may be ended anywhere."""
    work = start_part(settings.home, "work", "gateway.cli", "work", "--with-parent")
    return running.enter_context(work)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=1.0).is_success
    except httpx.TransportError:
        return False
