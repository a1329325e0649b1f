"""The client that a manifest's protocol needs, opened from a connection's settings."""

from collections.abc import Awaitable, Callable, Mapping
from string import Formatter

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors._kit import Auth, Basic, NoAuth, Secret, Wire, resolve
from connectors.manifest import At, CompiledSection, Manifest
from connectors.ports.odata import ODataReader
from connectors.ports.rest import RestReader
from connectors.ports.sql import SqlReader
from connectors.ports.wanted import Reader
from connectors.protocols.odata import ODataClient
from connectors.protocols.rest import RestClient
from connectors.protocols.sql import SqlClient


class Speaker(Struct, frozen=True):
    """Readers of sections over one connection, and how it is closed."""

    reader: Callable[[CompiledSection, At], Reader]
    aclose: Callable[[], Awaitable[None]]


def open_speaker(manifest: Manifest, spec: ConnectorSpec) -> Speaker:
    """The speaker of the manifest's protocol."""
    return {"odata": _odata, "rest": _rest, "sql": _sql}[manifest.protocol](manifest, spec)


def _odata(manifest: Manifest, spec: ConnectorSpec) -> Speaker:
    wire = _wire(manifest, spec)
    fixed = _filled_all(manifest.parameters, spec)

    def reader(section: CompiledSection, at: At) -> Reader:
        service = (section.section.resource or "").rpartition("/")[0]
        client = ODataClient(wire, service, fixed_params=fixed)
        return ODataReader(client, section, at.zone, at.connector)

    return Speaker(reader, wire.aclose)


def _rest(manifest: Manifest, spec: ConnectorSpec) -> Speaker:
    wire, paging = _wire(manifest, spec), manifest.paging
    if paging is None:
        raise TypeError("a REST manifest without paging")
    client = RestClient(wire, fixed_params=_filled_all(manifest.parameters, spec))
    return Speaker(lambda section, at: RestReader(client, section, paging, at), wire.aclose)


def _sql(manifest: Manifest, spec: ConnectorSpec) -> Speaker:
    secret = manifest.auth.password
    password = _secret(spec, secret) if secret is not None and secret in spec.secrets else None
    address = _filled(manifest.address, spec)
    client = SqlClient(spec.name, address, password, limits=spec.limits)

    def reader(section: CompiledSection, at: At) -> Reader:
        return SqlReader(client, section, at, manifest.fragments)

    return Speaker(reader, client.aclose)


def _wire(manifest: Manifest, spec: ConnectorSpec) -> Wire:
    address = _filled(manifest.address, spec)
    headers = _filled_all(manifest.headers, spec)
    auth = _auth(manifest, spec)
    return Wire(spec.name, address, limits=spec.limits, auth=auth, headers=headers)


def _auth(manifest: Manifest, spec: ConnectorSpec) -> Auth:
    auth = manifest.auth
    if auth.kind == "none" or auth.user is None or auth.password is None:
        return NoAuth()
    return Basic(_filled(auth.user, spec), _secret(spec, auth.password))


def _secret(spec: ConnectorSpec, name: str) -> Secret:
    if name not in spec.secrets:
        message = f"connector {spec.name!r} has no secret {name!r}; its system needs one"
        raise BadInput(message, code="SECRET_MISSING")
    return resolve(spec.secrets[name])


def _filled(template: str, spec: ConnectorSpec) -> str:
    """A template with the connection's settings; BadInput names the setting that is missing."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    for name in names:
        if name not in spec.settings:
            message = f"connector {spec.name!r} has no setting {name!r}; its system needs one"
            raise BadInput(message, code="SETTING_MISSING")
    return template.format_map(spec.settings)


def _filled_all(templates: Mapping[str, str], spec: ConnectorSpec) -> dict[str, str]:
    return {name: _filled(template, spec) for name, template in templates.items()}
