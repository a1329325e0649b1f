"""A request as it is before it becomes bytes, for those who sign it whole."""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Pairs = tuple[tuple[str, str], ...]


class Outgoing(Struct, frozen=True, kw_only=True):
    """Everything that will be sent. `url` has no query; `form` are parameters that are the body."""

    method: Method
    url: str
    path: str
    params: Pairs
    headers: Mapping[str, str]
    form: Pairs | None = None
    content: bytes | None = None

    def __repr__(self) -> str:
        return f"Outgoing({self.method})"

    @property
    def asked(self) -> Pairs:
        """Every parameter, wherever it stands."""
        return (*self.params, *(self.form or ()))

    def adding(self, pairs: Pairs) -> "Outgoing":
        """With these parameters too: in the form where there is one, else in the query."""
        if self.form is None:
            return replace(self, params=(*self.params, *pairs))
        return replace(self, form=(*self.form, *pairs))

    def showing(self, headers: Mapping[str, str]) -> "Outgoing":
        """With these headers too."""
        return replace(self, headers={**self.headers, **headers})


class Prover(Protocol):
    """Shows who calls where fixed headers do not: by a signature, or by a token that ends."""

    async def proven(self, request: Outgoing) -> tuple[Outgoing, object]:
        """The request with its proof, and what was shown; Denied when a logon was refused."""

    def ended(self, shown: object) -> bool:
        """The system refused what was shown; whether a new proof may be tried, once."""

    async def aclose(self) -> None:
        """Close what it has open."""
