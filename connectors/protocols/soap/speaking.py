"""A connection over SOAP."""

from collections.abc import Iterable
from functools import partial
from typing import cast

from capabilities.estate import ConnectorSpec
from connectors._kit import Secret, Upstream
from connectors.manifest import Manifest
from connectors.protocols.meanings import table_of
from connectors.protocols.opening import Speaker, wire_of
from connectors.protocols.settings import filled, secret_of
from connectors.protocols.soap.client import (
    COMMON,
    Login,
    Operation,
    SoapClient,
    Speech,
    health_of,
)
from connectors.protocols.soap.declared import Service, SoapFile
from connectors.protocols.soap.envelope import Version
from connectors.protocols.soap.reader import SoapReader
from connectors.protocols.soap.template import Template


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    own = manifest.own
    if not isinstance(own, SoapFile):
        raise TypeError("a SOAP manifest without its own keys")
    speech = _speech(own, spec)
    verdict = partial(health_of, speech, upstream.limits.max_body_bytes)
    wire = wire_of(manifest, spec, upstream, verdict=verdict)
    client = SoapClient(wire, speech)
    return Speaker(lambda section, at: SoapReader(client, section, own.soap, at), wire.aclose)


def _speech(own: SoapFile, spec: ConnectorSpec) -> Speech:
    service = own.soap
    header = Template(service.header, "header", service.namespaces) if service.header else None
    return Speech(
        path=service.path,
        version=cast("Version", service.version),
        namespace=service.namespace,
        action=service.action,
        faults=table_of(COMMON, own.errors),
        login=_login(service, spec),
        header=header,
        header_values=_values(header.marks if header is not None else (), spec),
    )


def _login(service: Service, spec: ConnectorSpec) -> Login | None:
    login = service.login
    if login is None:
        return None
    own = service.namespace if service.qualified else ""
    body = Template(login.body, login.operation, service.namespaces, own)
    return Login(Operation(login.operation, body, login.session), _values(body.marks, spec))


def _values(marks: Iterable[str], spec: ConnectorSpec) -> dict[str, Secret]:
    """Settings and secrets by the names of marks; what was a setting is hidden as well."""
    return {
        name: secret_of(name, spec) if name in spec.secrets else Secret(filled(f"{{{name}}}", spec))
        for name in marks
    }
