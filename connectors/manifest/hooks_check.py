"""The paths of a manifest's webhooks, checked before anybody delivers anything."""

from collections.abc import Iterator

import jmespath
from jmespath.exceptions import JMESPathError

from connectors.manifest.errors import Fault
from connectors.manifest.source import Source


def check_hooks(source: Source) -> Iterator[Fault]:
    """A fault for every path that is none."""
    value = source.value
    hooks = value.get("hooks", {}) if isinstance(value, dict) else {}
    for name, part in hooks.items():
        path = part.get("body") if isinstance(part, dict) else None
        if path is None:
            continue
        try:
            jmespath.compile(path)
        except JMESPathError:
            place = ("hooks", name, "body")
            yield source.fault(place, "MANIFEST_BAD_VALUE", f"{path!r} is no JMESPath")
