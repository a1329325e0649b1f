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
    """A template with the connection's settings; BadInput names the setting that is missing.

    A mark is a name and nothing more: a width in it could ask for all the memory there is.
    """
    for name in _marks(template):
        if name not in spec.settings:
            message = f"connector {spec.name!r} has no setting {name!r}; its system needs one"
            raise BadInput(message, code="SETTING_MISSING")
    return template.format_map(spec.settings)


def _marks(template: str) -> list[str]:
    try:
        marks = [one for one in Formatter().parse(template) if one[1] is not None]
    except ValueError:
        marks = [("", "", "", None)]
    if all(name and not form and not conversion for _, name, form, conversion in marks):
        return [name for _, name, _, _ in marks if name]
    message = "a template's marks are names of settings, as in {base_url}; write {{ for a brace"
    raise BadInput(message, code="MANIFEST_BAD_VALUE")


def filled_all(templates: Mapping[str, str], spec: ConnectorSpec) -> dict[str, str]:
    """As `filled`, for each of several."""
    return {name: filled(template, spec) for name, template in templates.items()}
