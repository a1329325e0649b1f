"""The file in which a retailer writes values of gates: what it leaves out is production's."""

from pathlib import Path

import yaml

from capabilities.adoption.bounds import STANDARD, GateTable, bounds_from
from capabilities.errors import BadInput

_INVALID = "ADOPTION_GATES_INVALID"


def read_gates(path: Path | None) -> GateTable:
    """The values of a file; BadInput says what is wrong with it."""
    if path is None:
        return STANDARD
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except OSError as exc:
        raise BadInput(f"{path} cannot be read: {exc.strerror}", code=_INVALID) from None
    except (yaml.YAMLError, ValueError) as exc:
        raise BadInput(f"{path}: {' '.join(str(exc).split())}", code=_INVALID) from None
    return bounds_from(written or {})
