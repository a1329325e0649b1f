"""Under which definition of a connector something was measured, as one short word."""

from hashlib import sha256

from capabilities.adoption.evidence import Basis

_SHORT = 8


def version_of(basis: Basis) -> str:
    """Eight characters that change with whatever a measurement depends on."""
    text = f"{basis.schema}\n{basis.connector}\n{basis.mapping}"
    return sha256(text.encode()).hexdigest()[:_SHORT]
