"""The three legacy systems of the box, each a process of its own."""

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from gateway.cli.box.parts import run_part, start_part, wait_listening
from gateway.cli.console import step
from gateway.embedded import EmbeddedPostgres, OwnedProcess
from gateway.embedded.home import SocketDirectory, private_directory

_SECONDS = 120.0
POS_DATABASE = "pos"
# a part of its socket's name, beside that of the real server
_POS_PORT = 5433


class Legacy(msgspec.Struct, frozen=True):
    """Where the systems listen: two addresses, a database URL, and a control door for each."""

    sap: str
    shop: str
    pos: str
    controls: dict[str, str]
    children: tuple[OwnedProcess, ...]


def start_legacy(home: Path, postgres: EmbeddedPostgres, scale: int, running: ExitStack) -> Legacy:
    """Starts SAP, the web shop and the store POS, each with its sample data."""
    amount = ("--scale", str(scale))
    sockets = SocketDirectory(home, "pos")
    running.callback(sockets.close)
    with step("SAP, the web shop and the store POS, with sample data"):
        sap = running.enter_context(start_part(home, "sap", "demo.sap", "--port", "0", *amount))
        shop = running.enter_context(start_part(home, "shop", "demo.shop", "--port", "0", *amount))
        pos = running.enter_context(_start_pos(home, postgres, sockets.path, amount))
        listening = {part.name: wait_listening(part, within=_SECONDS) for part in (sap, shop, pos)}
    return Legacy(
        sap=listening["sap"],
        shop=listening["shop"],
        pos=_pos_url(sockets.path),
        controls=listening,
        children=(sap, shop, pos),
    )


def write_reference(home: Path, scale: int) -> Path:
    """The folder with `products.csv` and `crosswalk.csv` as the demo's generator writes them."""
    folder = private_directory(home, "reference")
    run_part(
        home,
        "reference",
        "demo.sample",
        *("--scale", str(scale), "--out", str(folder)),
        within=_SECONDS,
    )
    return folder


def _start_pos(
    home: Path, postgres: EmbeddedPostgres, sockets: Path, amount: tuple[str, ...]
) -> OwnedProcess:
    """Its database is one of ours; it is reached through a proxy, which can fail on request."""
    database = ("--dsn", postgres.create_database(POS_DATABASE))
    run_part(home, "pos-seed", "demo.pos", "seed", *database, *amount, within=_SECONDS)
    listen = ("--listen", str(sockets / f".s.PGSQL.{_POS_PORT}"))
    upstream = ("--upstream", str(postgres.socket_directory / f".s.PGSQL.{postgres.port}"))
    door = ("--control-port", "0")
    return start_part(home, "pos", "demo.pos", "proxy", *listen, *upstream, *door)


def _pos_url(sockets: Path) -> str:
    place = urlencode({"host": str(sockets), "port": _POS_PORT}, quote_via=quote)
    return f"postgresql+psycopg://pos_reader@/{POS_DATABASE}?{place}"
