"""What opening a connection needs in every protocol: settings put in, secrets, the wire."""

from collections.abc import Awaitable, Callable, Mapping
from string import Formatter

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors._kit import Auth, Basic, NoAuth, Secret, Upstream, Wire, rules_of
from connectors.manifest import At, CompiledSection, Manifest
from connectors.ports.wanted import Reader


class Speaker(Struct, frozen=True):
    """Readers of sections over one connection, and how it is closed."""

    reader: Callable[[CompiledSection, At], Reader]
    aclose: Callable[[], Awaitable[None]]


def wire_of(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Wire:
    """HTTP to the manifest's address, with its headers and credential."""
    address = filled(manifest.address, spec)
    headers = filled_all(manifest.headers, spec)
    auth = _auth(manifest, spec)
    return Wire(spec.name, address, upstream=upstream, auth=auth, headers=headers)


def _auth(manifest: Manifest, spec: ConnectorSpec) -> Auth:
    auth = manifest.auth
    if auth.kind == "none" or auth.user is None or auth.password is None:
        return NoAuth()
    return Basic(filled(auth.user, spec), secret_of(auth.password, spec))


def secret_of(name: str, spec: ConnectorSpec) -> Secret:
    """The secret that the connection has under a name; BadInput when it has none."""
    if name not in spec.secrets:
        message = f"connector {spec.name!r} has no secret {name!r}; its system needs one"
        raise BadInput(message, code="SECRET_MISSING")
    return rules_of(spec).secrets.resolve(spec.secrets[name], spec.name, name)


def filled(template: str, spec: ConnectorSpec) -> str:
    """A template with the connection's settings; BadInput names the setting that is missing."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    for name in names:
        if name not in spec.settings:
            message = f"connector {spec.name!r} has no setting {name!r}; its system needs one"
            raise BadInput(message, code="SETTING_MISSING")
    return template.format_map(spec.settings)


def filled_all(templates: Mapping[str, str], spec: ConnectorSpec) -> dict[str, str]:
    """As `filled`, for each of several."""
    return {name: filled(template, spec) for name, template in templates.items()}
