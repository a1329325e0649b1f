"""Under which definitions a connector is measured: what was known of others says nothing of it."""

from hashlib import sha256

from capabilities.adoption.evidence import Basis
from capabilities.adoption.record_digest import record_digest
from capabilities.canonical import canonical
from capabilities.estate import Capability, ConnectorSpec
from connectors.connector import Connector


def basis_of(connector: Connector, capability: Capability) -> Basis:
    """The definitions of a connector in force."""
    return basis_of_spec(connector.spec, connector.digest, capability)


def basis_of_spec(spec: ConnectorSpec, digest: str, capability: Capability) -> Basis:
    """The definitions of a connector whose manifest has a digest, without opening it.

    What only says how much it is asked is left out: limits, load, cache and schedules.
    """
    facts = (spec.name, spec.system, dict(spec.settings), dict(spec.channels.get(capability, {})))
    return Basis(
        schema=record_digest(capability),
        connector=sha256(canonical(_sorted(facts))).hexdigest()[:16],
        mapping=sha256(digest.encode()).hexdigest()[:16],
    )


def _sorted(facts: tuple[object, ...]) -> list[object]:
    """Tables in one order, however they were written."""
    return [sorted(one.items()) if isinstance(one, dict) else one for one in facts]
