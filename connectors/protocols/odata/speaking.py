"""A connection over OData: one client for each service that the sections name."""

from collections.abc import Callable, Mapping
from functools import cache

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import At, CompiledSection, Manifest
from connectors.protocols.odata.batch import Batching, JsonBatch, MultipartBatch
from connectors.protocols.odata.client import ODataClient
from connectors.protocols.odata.commander import ODataCommander
from connectors.protocols.odata.declared import Speech
from connectors.protocols.odata.dialect import V2, V4, Dialect
from connectors.protocols.odata.reader import ODataReader
from connectors.protocols.odata.session import Session
from connectors.protocols.opening import Speaker, wire_of
from connectors.protocols.settings import filled_all

_Form = Callable[[Session, str, Mapping[str, str]], Batching]
_FORMS: Mapping[str, _Form] = {"multipart": MultipartBatch, "json": JsonBatch}
_DIALECTS: Mapping[int, Dialect] = {2: V2(), 4: V4()}


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    wire = wire_of(manifest, spec, upstream)
    fixed = filled_all(manifest.parameters, spec)
    speech: Speech = manifest.own.odata
    # One session for each service: every one costs the system memory until it times out.
    outer = {name: value for name, value in fixed.items() if not name.startswith("$")}
    session = cache(lambda service: Session(wire, service, outer))

    def reader(section: CompiledSection, at: At) -> ODataReader:
        service = (section.section.resource or "").rpartition("/")[0]
        dialect = _DIALECTS[section.section.own.version or speech.version]
        client = ODataClient(
            wire,
            service,
            dialect=dialect,
            fixed_params=fixed,
            batching=_batching(speech, session, service.strip("/"), wire.source, dialect),
        )
        return ODataReader(client, section, at.zone, at.connector, in_list=speech.keys == "in")

    def commander(section: CompiledSection, at: At) -> ODataCommander:
        service, _, entity = (section.section.resource or "").rpartition("/")
        dialect = _DIALECTS[section.section.own.version or speech.version]
        client = ODataClient(wire, service, dialect=dialect, fixed_params=fixed)
        return ODataCommander(client, session(service.strip("/")), entity, at.connector)

    return Speaker(reader, wire.aclose, commander=commander)


def _batching(
    speech: Speech, session: Callable[[str], Session], service: str, source: str, dialect: Dialect
) -> Batching | None:
    form = _FORMS.get(speech.keys)
    if form is None:
        return None
    return form(session(service), source, dialect.headers)
