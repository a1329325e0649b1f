"""Where a database's address leads: a host that is checked, or a Unix socket that is allowed."""

from collections.abc import Iterator

from sqlalchemy import URL

from capabilities.errors import BadInput
from connectors._kit.addresses import REFUSED, Endpoint
from connectors._kit.secrets import SecretPlaces
from connectors._kit.upstream import Upstream

# Where libpq looks for a socket when nothing is said.
_USUAL_SOCKET = "/var/run/postgresql"
_SOCKETS = ("socket", "unix_socket")
# Ways to say the same elsewhere: in another file, or by an address beside the host.
_ELSEWHERE = frozenset({"hostaddr", "service", "servicefile", "passfile"})
# What libpq would write session keys to, or ask for a token at an address that nobody checked.
_OUTSIDE = frozenset({"sslkeylogfile", "oauth_issuer", "oauth_client_id", "oauth_scope"})
_FILES = frozenset({"sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "tls_ca"})


def check_files(place: URL, places: SecretPlaces) -> None:
    """BadInput for a certificate or key that lies where the connector may not read."""
    for name in sorted(_FILES & place.query.keys()):
        for path in _values(place, name):
            if not path.startswith("/") and places.bounded:
                raise _refused(f"{name!r} is the whole path of a file")
            places.checked_path(path)


def endpoint_of(
    place: URL, upstream: Upstream, *, usual: int, nowhere: str | None
) -> Endpoint | None:
    """The host and port of an address; None for a Unix socket. BadInput ADDRESS_REFUSED.

    `nowhere` is the host where the address names none; None stands for libpq's own socket.
    """
    if found := sorted((_ELSEWHERE | _OUTSIDE) & place.query.keys()):
        raise _refused(f"{found[0]!r} has no place in an address")
    hosts = list(_said(place, "host"))
    sockets = [one for one in hosts if one.startswith(("/", "@"))]
    sockets += [one for name in _SOCKETS for one in _values(place, name)]
    if not hosts and not sockets and nowhere is not None:
        hosts = [nowhere]
    if sockets or not hosts:
        for path in sockets or [_USUAL_SOCKET]:
            upstream.addresses.socket(path)
        if all(one in sockets for one in hosts):
            return None
    ports = list(_said(place, "port")) or [str(usual)]
    if sockets or len(hosts) != 1 or len(ports) != 1 or not ports[0].isdecimal():
        raise _refused("an address has one host and one port")
    return upstream.endpoint(hosts[0], int(ports[0]), usual=usual)


def _said(place: URL, name: str) -> Iterator[str]:
    """What an address says before its path and behind it; lists stand with commas."""
    plain = getattr(place, name)
    for text in ([] if plain is None else [str(plain)], _values(place, name)):
        for one in text:
            yield from one.split(",")


def _values(place: URL, name: str) -> list[str]:
    value = place.query.get(name, ())
    return [value] if isinstance(value, str) else list(value)


def _refused(why: str) -> BadInput:
    return BadInput(f"the address is refused: {why}", code=REFUSED)
