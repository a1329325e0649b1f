"""What is wrong with a manifest: every fault with its place, a stable code and the way out."""

from collections.abc import Sequence

from msgspec import Struct

from capabilities.errors import SantongError


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, where it stands, and what would be right."""

    code: str
    message: str
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"


class ManifestError(SantongError):
    """A manifest that cannot be used; `faults` lists everything that is wrong with it."""

    code = "MANIFEST_INVALID"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults), code=faults[0].code)
        self.faults = tuple(faults)
