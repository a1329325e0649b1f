"""A question of a plan: one field that a resolver answers, and what it holds of each answer."""

from typing import TYPE_CHECKING, Any

from graphql.pyutils import Path

from gateway.execution.plan.adapter import Resolver
from gateway.execution.plan.arguments import Arguments
from gateway.execution.plan.errors import Fault

if TYPE_CHECKING:
    from gateway.execution.plan.run import Run
    from gateway.execution.plan.tree import Field

# A place in the answer: the place above and the key in it, None at the root.
Place = tuple[Any, str | int]


class Info:
    """What a resolver may ask of its place; made without the rest of graphql-core's info."""

    __slots__ = ("_asked", "_place", "_run", "context")

    def __init__(self, run: "Run", asked: "Asked", place: Place) -> None:
        self.context = run.context
        self._run = run
        self._asked = asked
        self._place = place

    @property
    def path(self) -> Path:
        """The place as graphql-core's own."""
        return _path(self._place)

    @property
    def schema(self) -> Any:
        """The schema that answers."""
        return self._run.strawberry_schema

    @property
    def field_name(self) -> str:
        """The field's name in the contract."""
        return self._asked.name

    @property
    def python_name(self) -> str:
        """The field's name in Python."""
        return self._asked.python_name


class Asked:
    """One field of a document that a resolver answers."""

    def __init__(self, field: "Field", resolver: Resolver, index: int) -> None:
        self.key = field.key
        self.name = field.nodes[0].name.value
        self.python_name = resolver.python_name
        self.is_async = resolver.is_async
        self.index = index
        self._call = resolver.call
        self._arguments = Arguments(field.definition, field.nodes[0], resolver)
        self._bare = resolver.bare if self._arguments.fixed == {} else None
        # Name of the function that completes an awaited answer; the plan puts it in its place.
        self.completes: Any = None

    def start(self, parent: Any, place: Place, run: "Run") -> Any:
        """Call the resolver; Fault when its arguments cannot be read."""
        info = Info(run, self, place)
        if self._bare is not None:
            return self._bare(parent, info)
        kwargs = run.arguments.get(self.index)
        if kwargs is None:
            try:
                kwargs = run.arguments[self.index] = self._arguments.of(run.variables, run.whole)
            except Exception as exc:
                raise Fault from exc
        return self._call(parent, info, kwargs)

    def now(self, parent: Any, place: Place, run: "Run") -> Any:
        """The answer of a resolver that does not wait, held for a replay."""
        try:
            if self._bare is not None:
                value = self._bare(parent, Info(run, self, place))
            else:
                value = self.start(parent, place, run)
        except Fault:
            raise
        except Exception as exc:
            run.held.append((place, exc, None, False))
            raise Fault from exc
        run.held.append((place, None, value, False))
        return value


def _path(place: Place) -> Path:
    above, key = place
    return Path(None if above is None else _path(above), key, None)
