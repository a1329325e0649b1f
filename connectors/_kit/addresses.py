"""Where connectors may connect to: what the operator allows, checked before and after DNS.

An address that was checked is the one that is connected to. A name says nothing by itself: what it
leads to today may be another machine tomorrow, so private addresses are allowed as networks only.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from capabilities.errors import BadInput, Unavailable
from connectors._kit.networks import Address, why_never, why_private

Found = Sequence[tuple[Any, ...]]
# Looks a name up: a host and a port, as `loop.getaddrinfo` answers.
Resolver = Callable[[str, int], Awaitable[Found]]

REFUSED = "ADDRESS_REFUSED"
_PUBLIC = "public"
_UNIX = "unix:"
_PORTS = re.compile(r"\*|\d{1,5}(-\d{1,5})?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# Names that no public DNS has; they mean something on this network only.
_INTERNAL = re.compile(
    r"(.*\.)?(localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)"
)
_FORM = (
    "write public, a host name, *.suffix or a network, each with :PORT, :LOW-HIGH or :* where it "
    "is not the usual port, or unix:/FOLDER"
)


class Allowed(Struct, frozen=True):
    """One row of what is allowed; `ports` None stands for the usual port of what is spoken."""

    name: str = ""
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    ports: tuple[int, int] | None = None

    def admits(self, port: int, usual: int) -> bool:
        """Whether this port may be connected to."""
        low, high = self.ports or (usual, usual)
        return low <= port <= high

    def leads(self, host: str, address: Address) -> bool:
        """Whether a host that was looked up may be connected to at an address."""
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return self.means(host) and why_private(address) is None

    def means(self, host: str) -> bool:
        """Whether this row may be about a host, before it was looked up."""
        if self.network is not None:
            return True
        if self.name == _PUBLIC:
            return "." in host and not _INTERNAL.fullmatch(host)
        return host == self.name or (self.name[:2] == "*." and host.endswith(self.name[1:]))


class AddressRules(Struct, frozen=True):
    """What an operator allows; without rows everything is, for what is made without settings."""

    rows: tuple[Allowed, ...] | None = None
    folders: tuple[str, ...] = ()
    resolver: Resolver | None = None

    def endpoint(self, source: str, host: str, port: int, *, usual: int) -> "Endpoint":
        """A place that a connector connects to; BadInput ADDRESS_REFUSED where it may not be."""
        endpoint = Endpoint(self, source, host.lower().rstrip("."), port, usual)
        if self.rows is not None:
            endpoint.check()
        return endpoint

    def socket(self, path: str) -> None:
        """BadInput ADDRESS_REFUSED for a Unix socket outside the folders that are allowed."""
        place = PurePosixPath(path)
        inside = any(place.is_relative_to(folder) for folder in self.folders)
        if self.rows is not None and not (inside and ".." not in place.parts):
            raise _refused("Unix sockets are not allowed there")


def address_rules(rows: Iterable[str], resolver: Resolver | None = None) -> AddressRules:
    """The rules of a setting; BadInput names the row that is none."""
    written = tuple(rows)
    folders = tuple(one.removeprefix(_UNIX) for one in written if one.startswith(_UNIX))
    allowed = tuple(_allowed(one) for one in written if not one.startswith(_UNIX))
    if not all(folder.startswith("/") for folder in folders):
        raise _invalid("unix:")
    return AddressRules(allowed, folders, resolver)


ANYWHERE = AddressRules()


class Endpoint:
    """One host and port under rules, checked again whenever the name is looked up."""

    def __init__(self, rules: AddressRules, source: str, host: str, port: int, usual: int) -> None:
        self.source = source
        self.host = host
        self.port = port
        self._rules = rules
        self._usual = usual

    def check(self) -> None:
        """BadInput ADDRESS_REFUSED for what may not be connected to whatever DNS says."""
        literal = _literal(self.host)
        if literal is not None:
            if (why := self._why(literal)) is not None:
                raise _refused(why)
            return
        labels = self.host.split(".")
        if not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
            raise _refused("its host is neither a host name nor an address in its plain form")
        rows = [row for row in self._rules.rows or () if row.means(self.host)]
        if not rows:
            raise _refused("its host is not among those that are allowed")
        if not any(row.admits(self.port, self._usual) for row in rows):
            raise _refused(f"port {self.port} is not allowed there")

    async def lookup(self) -> Found:
        """The addresses that may be connected to now; Unavailable ADDRESS_REFUSED for none.

        OSError where the name is not known.
        """
        look = self._rules.resolver or _system
        found = await look(self.host, self.port)
        if self._rules.rows is None:
            return found
        refusals = [self._why(_address(one)) for one in found]
        good = [one for one, why in zip(found, refusals, strict=True) if why is None]
        if not good:
            why = next((one for one in refusals if one is not None), "it leads nowhere")
            raise Unavailable(f"its address is refused: {why}", source=self.source, code=REFUSED)
        return good

    def lookup_here(self) -> Found:
        """As `lookup`, for a thread of its own that may wait."""
        return asyncio.run(self.lookup())

    def _why(self, address: Address | None) -> str | None:
        """Why an address may not be connected to; None where it may."""
        if address is None:
            return "its address is none of the internet's"
        if (never := why_never(address)) is not None:
            return never
        rows = self._rules.rows or ()
        leading = [row for row in rows if row.leads(self.host, address)]
        if any(row.admits(self.port, self._usual) for row in leading):
            return None
        if leading:
            return f"port {self.port} is not allowed there"
        return why_private(address) or "its host is not among those that are allowed"


def _allowed(text: str) -> Allowed:
    """One row as it is written."""
    host, colon, ports = text.strip().lower().rpartition(":")
    if not colon or not _PORTS.fullmatch(ports) or (":" in host and not host.startswith("[")):
        host, ports = text.strip().lower(), ""
    host = host.removeprefix("[").replace("]", "")
    try:
        network = ipaddress.ip_network(host)
    except ValueError:
        network = None
    name = "" if network is not None else host.rstrip(".")
    labels = name.removeprefix("*.").split(".")
    if network is None and not all(map(_LABEL.fullmatch, labels)):
        raise _invalid(text)
    return Allowed(name, network, _range(ports))


def _range(ports: str) -> tuple[int, int] | None:
    if ports in ("", "*"):
        return (1, 65535) if ports else None
    low, _, high = ports.partition("-")
    return int(low), int(high or low)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _address(found: tuple[Any, ...]) -> Address | None:
    family, place = found[0], found[4]
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    return _literal(str(place[0]))


def _refused(why: str) -> BadInput:
    return BadInput(
        f"the address is refused: {why}; SANTONG_CONNECTOR_HOSTS says what is allowed", code=REFUSED
    )


def _invalid(row: str) -> BadInput:
    message = f"SANTONG_CONNECTOR_HOSTS: {row!r} allows nothing; {_FORM}"
    return BadInput(message, code="SETTINGS_INVALID")


async def _system(host: str, port: int) -> Found:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
