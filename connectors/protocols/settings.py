"""What a connection brings to its manifest: settings put into templates, and secrets by name."""

from collections.abc import Mapping
from string import Formatter

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors._kit import Secret, rules_of


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
