"""What is wrong with a manifest: every fault with its place, a stable code and the way out."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

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


def choices(word: str, valid: Iterable[str]) -> str:
    """`did you mean 'x'? valid: a, b, c`: the nearest word first, then the whole menu."""
    menu = sorted(valid)
    near = get_close_matches(word, menu, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}valid: {', '.join(menu)}"
