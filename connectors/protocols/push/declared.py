"""Push as manifests declare it: no address, and what only the platform's copy answers by."""

from collections.abc import Iterator
from typing import Any

from connectors.protocols.declared import Declared, Finding


def check_copied(manifest: dict[str, Any]) -> Iterator[Finding]:
    """Faults of questions to the copy: it knows a filter by our name for it, in our words."""
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        if section.get("by_customer", {}).get("scan"):
            message = "'scan' is not for rows that come to us: the copy finds them by customer"
            yield Finding((name, "by_customer", "scan"), "MANIFEST_UNKNOWN_FIELD", message)
        for word, one in section.get("search", {}).get("filters", {}).items():
            path = (name, "search", "filters", word)
            if one.get("push", word) != word:
                message = f"the copy knows this filter as {word!r}; valid: {word}"
                yield Finding((*path, "push"), "MANIFEST_BAD_CHOICE", message)
            if "values" in one:
                message = "'values' is not for rows that come to us: the copy has our own words"
                yield Finding((*path, "values"), "MANIFEST_UNKNOWN_FIELD", message)


PUSH = Declared(name="push", ties=("keyset",), addressed=False, check=check_copied)
