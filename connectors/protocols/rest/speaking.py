"""A connection over REST."""

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import At, CompiledSection, Manifest
from connectors.protocols.opening import Speaker, wire_of
from connectors.protocols.rest.asking import Asking
from connectors.protocols.rest.client import RestClient
from connectors.protocols.rest.commander import RestCommander
from connectors.protocols.rest.declared import Calls, Failures, RestFile
from connectors.protocols.rest.messages import RestMessages
from connectors.protocols.rest.reader import RestReader
from connectors.protocols.rest.stock import RestStock
from connectors.protocols.rest.verbatim import RestVerbatim
from connectors.protocols.rest.verdict import Verdict
from connectors.protocols.rest.writer import RestWriter
from connectors.protocols.settings import filled_all


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    wire, own = wire_of(manifest, spec, upstream), manifest.own
    if not isinstance(own, RestFile):
        raise TypeError("a REST manifest without paging")
    fixed, asking = filled_all(manifest.parameters, spec), _asking(own.calls)
    verdict = _verdict(own.failures) if own.failures is not None else None
    client = RestClient(wire, fixed_params=fixed, asking=asking, verdict=verdict)
    stock = None
    if own.stock is not None:
        stock = RestStock(wire, own.stock, fixed=fixed, asking=asking, verdict=verdict)
    messages = None
    if own.messages is not None:
        messages = RestMessages(wire, own.messages, fixed=fixed, asking=asking, verdict=verdict)
    codes = own.failures.code if own.failures is not None else ()

    def reader(section: CompiledSection, at: At) -> RestReader:
        return RestReader(client, section, own.paging, at, codes=codes)

    return Speaker(
        reader,
        wire.aclose,
        writer=RestWriter(wire),
        commander=lambda _section, _at: RestCommander(wire),
        stock=stock,
        messages=messages,
        verbatim=RestVerbatim(wire),
    )


def _asking(calls: Calls) -> Asking:
    return Asking(
        method=calls.method,
        send=calls.send,
        path=calls.path,
        name=calls.name,
        wrap=calls.wrap,
    )


def _verdict(failures: Failures) -> Verdict:
    return Verdict(
        code=tuple(tuple(path.split(".")) for path in failures.code),
        ok=frozenset(failures.ok),
        none=failures.none,
        denied=failures.denied,
        logon=failures.logon,
        retry=failures.retry,
        statuses={int(status): word for status, word in failures.statuses.items()},
    )
