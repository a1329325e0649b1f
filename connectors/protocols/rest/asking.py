"""How a question travels: in the query or as a body, at a path or as a name of many calls."""

from collections.abc import Mapping, Sequence
from typing import Literal

import orjson
from msgspec import Struct

from connectors._kit.answer import Answer
from connectors._kit.wire import Wire

Value = str | Sequence[str] | Sequence[Mapping[str, str]]
_JSON = {"Accept": "application/json"}
_SENDS_JSON = {**_JSON, "Content-Type": "application/json"}


class Asking(Struct, frozen=True, kw_only=True):
    """The form of an interface's calls.

    `send` says where parameters stand. `name` is the parameter that takes the resource's name
    where all calls go to one `path`, in which `{resource}` stands for that name, with `/` for its
    dots; `wrap` takes the question's parameters as JSON text.
    """

    method: Literal["GET", "POST"] = "GET"
    send: Literal["query", "form", "json"] = "query"
    path: str = ""
    name: str = ""
    wrap: str = ""

    @property
    def plain(self) -> bool:
        """Whether questions are GETs with a query."""
        return self == _PLAIN

    async def ask(
        self,
        wire: Wire,
        resource: str,
        fixed: Mapping[str, str],
        params: Mapping[str, Value],
        *,
        reads: bool = True,
    ) -> Answer:
        """The answer to a question; a call that does not only read is made once."""
        path = self.path.replace("{resource}", resource.replace(".", "/")) or resource
        outer: dict[str, Value] = dict(fixed)
        if self.name:
            outer[self.name] = resource
        if self.wrap:
            outer[self.wrap] = orjson.dumps(params, option=orjson.OPT_SORT_KEYS).decode()
        else:
            outer |= params
        if self.send == "json":
            content = orjson.dumps(outer)
            return await wire.call("POST", path, (), _SENDS_JSON, content=content, reads=reads)
        pairs = flat(outer)
        if self.send == "form":
            return await wire.call("POST", path, (), _JSON, form=pairs, reads=reads)
        return await wire.call(self.method, path, pairs, _JSON, reads=reads)


_PLAIN = Asking()


def flat(params: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Parameters of a query or form: a list is its parameter repeated, objects are JSON text."""
    found: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, str):
            found.append((name, value))
        else:
            texts = (one if isinstance(one, str) else orjson.dumps(one).decode() for one in value)
            found += [(name, text) for text in texts]
    return tuple(found)
