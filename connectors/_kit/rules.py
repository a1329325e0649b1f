"""What the opening of a connector may use of this machine and of the network."""

from typing import Self

from msgspec import Struct

from capabilities.copied import Copied
from capabilities.estate import ConnectorSpec
from connectors._kit.addresses import ANYWHERE, AddressRules
from connectors._kit.secrets import SecretPlaces


class OpeningRules(Struct, frozen=True, kw_only=True):
    """The operator's bounds; by default there are none.

    `copied` is the platform's copy, for systems whose rows come to us.
    """

    secrets: SecretPlaces = SecretPlaces()
    addresses: AddressRules = ANYWHERE
    copied: Copied | None = None


class Opening(ConnectorSpec, frozen=True, kw_only=True):
    """A connector as it is opened: what was written, and the bounds that hold for it."""

    rules: OpeningRules = OpeningRules()

    @classmethod
    def of(cls, spec: ConnectorSpec, rules: OpeningRules) -> Self:
        """The same connector under rules."""
        known = {name: getattr(spec, name) for name in ConnectorSpec.__struct_fields__}
        return cls(**known, rules=rules)


def rules_of(spec: ConnectorSpec) -> OpeningRules:
    """The rules that a connector is opened under."""
    return spec.rules if isinstance(spec, Opening) else OpeningRules()
