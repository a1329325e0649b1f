"""What opening a connection needs in every protocol: the speaker, and the wire of those on HTTP."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream, Wire
from connectors._kit.wire import Verdict, ill_by_status
from connectors.manifest import At, CompiledSection, Manifest
from connectors.ports.wanted import Commander, Queue, Reader, Stock, Verbatim, Writer
from connectors.protocols.authorising import fixed_auth, prover_of
from connectors.protocols.settings import filled, filled_all


class Speaker(Struct, frozen=True):
    """Readers of sections over one connection, and how it is closed.

    `age_ms` says how old the rows are, where they are the platform's copy. `writer` changes things,
    where the protocol can. `stock` and `messages` are there where the manifest declares them,
    `verbatim` where the protocol lets a system be asked in its own words.
    """

    reader: Callable[[CompiledSection, At], Reader]
    aclose: Callable[[], Awaitable[None]]
    age_ms: Callable[[], int] | None = None
    writer: Writer | None = None
    commander: Callable[[CompiledSection, At], Commander] | None = None
    stock: Stock | None = None
    messages: Queue | None = None
    verbatim: Verbatim | None = None


def wire_of(
    manifest: Manifest, spec: ConnectorSpec, upstream: Upstream, *, verdict: Verdict = ill_by_status
) -> Wire:
    """HTTP to the manifest's address, with its headers and credential."""
    address = filled(manifest.address, spec)
    headers = filled_all(manifest.headers, spec)
    return Wire(
        spec.name,
        address,
        upstream=upstream,
        auth=fixed_auth(manifest.auth, spec),
        headers=headers,
        prover=prover_of(manifest.auth, spec, address),
        verdict=verdict,
    )
