"""Bodies of writes as templates: texts with marks, compiled once, filled with values and no code.

A text with a mark that has no value is left out, and so is what holds nothing else. Besides texts,
maps and lists there are `{each: lines, of: …}`, a list of one thing for each line; `{given: note,
of: …}`, which is left out where there is no such value; `{any: [...]}`, the first that is left;
`{number: "{quantity}"}`, a number where JSON must have one; and `{without_tax: "{total}", percent:
"{tax}"}`, an amount less the tax that is in it, to six places.
"""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from string import Formatter
from typing import Any

from connectors.choices import choices
from connectors.protocols.declared import Finding, Path

Values = Mapping[str, Any]
Filled = Callable[[Values], Any]

_EACH = {"each", "of"}
_GIVEN = {"given", "of"}
# A line has the codes of its product under their kinds: `code_matnr`.
_CODES = "code_"
_FINE = Decimal("0.000001")


def compiled(template: Any) -> Filled:
    """What fills a template; None from it where nothing is left."""
    if isinstance(template, str):
        return _text(template)
    if isinstance(template, list):
        return _list([compiled(one) for one in template])
    if isinstance(template, dict):
        form = _FORMS.get(frozenset(template))
        if form is not None:
            return form(template)
        return _map({name: compiled(one) for name, one in template.items()})
    return lambda _: template


def bad_marks(path: Path, template: Any, valid: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Marks that name no value: `valid` holds those at the top (`""`) and of each list by name."""
    yield from _Checked(valid).marks(path, template, valid[""])


class _Checked:
    """A template against the values that there are."""

    def __init__(self, valid: Mapping[str, tuple[str, ...]]) -> None:
        self._valid = valid

    def marks(self, path: Path, template: Any, known: tuple[str, ...]) -> Iterator[Finding]:
        """Faults of a template in which these values are known."""
        if isinstance(template, str):
            yield from self._names(path, marks(template), known)
        elif isinstance(template, list):
            for place, one in enumerate(template):
                yield from self.marks((*path, place), one, known)
        elif isinstance(template, dict):
            if set(template) == _EACH:
                yield from self._each(path, template, known)
                return
            if set(template) == _GIVEN:
                yield from self._names((*path, "given"), [template["given"]], known)
            for name, one in template.items():
                yield from self.marks((*path, name), one, known)

    def _each(self, path: Path, template: Any, known: tuple[str, ...]) -> Iterator[Finding]:
        of, lists = str(template["each"]), [name for name in self._valid if name]
        if of not in lists:
            message = f"{of!r} is no list; {choices(of, lists)}"
            yield Finding((*path, "each"), "MANIFEST_BAD_CHOICE", message)
            return
        inner = (*self._valid[of], *known, _CODES)
        yield from self.marks((*path, "of"), template["of"], inner)

    @staticmethod
    def _names(path: Path, names: list[str], known: tuple[str, ...]) -> Iterator[Finding]:
        for name in names:
            if name not in known and not (_CODES in known and name.startswith(_CODES)):
                message = f"unknown value {{{name}}}; {choices(name, known)}"
                yield Finding(path, "MANIFEST_UNKNOWN_PARAMETER", message)


def marks(template: str) -> list[str]:
    """Names of values in a text; what is no plain name is one that no value has."""
    try:
        parts = [one for one in Formatter().parse(template) if one[1] is not None]
    except ValueError:
        return [template]
    plain = all(not form and not conversion for _, _, form, conversion in parts)
    return [str(name) for _, name, _, _ in parts] if plain else [template]


def _text(template: str) -> Filled:
    parts = [(text, name) for text, name, _, _ in Formatter().parse(template)]

    def fill(values: Values) -> str | None:
        made = []
        for text, name in parts:
            made.append(text)
            if name is not None:
                value = values.get(name)
                if value is None:
                    return None
                made.append(str(value))
        return "".join(made)

    return fill


def _number(inner: Filled) -> Filled:
    def fill(values: Values) -> Decimal | None:
        text = inner(values)
        return None if text is None else Decimal(text)

    return fill


def _without_tax(amount: Filled, percent: Filled) -> Filled:
    def fill(values: Values) -> str | None:
        text, tax = amount(values), percent(values)
        if text is None or tax is None:
            return None
        net = Decimal(text) * 100 / (100 + Decimal(tax))
        return f"{net.quantize(_FINE):f}"

    return fill


def _each(name: str, inner: Filled) -> Filled:
    def fill(values: Values) -> list[Any] | None:
        rows = (inner(ChainMap(dict(row), dict(values))) for row in values.get(name) or ())
        return [one for one in rows if one is not None] or None

    return fill


def _given(name: str, inner: Filled) -> Filled:
    return lambda values: None if values.get(name) is None else inner(values)


def _any(inner: list[Filled]) -> Filled:
    def fill(values: Values) -> Any:
        found = (one(values) for one in inner)
        return next((one for one in found if one is not None), None)

    return fill


def _map(inner: Mapping[str, Filled]) -> Filled:
    def fill(values: Values) -> dict[str, Any] | None:
        found = {name: one(values) for name, one in inner.items()}
        return {name: one for name, one in found.items() if one is not None} or None

    return fill


def _list(inner: list[Filled]) -> Filled:
    def fill(values: Values) -> list[Any] | None:
        return [one for one in (fill(values) for fill in inner) if one is not None] or None

    return fill


_FORMS: Mapping[frozenset[str], Callable[[Any], Filled]] = {
    frozenset(_EACH): lambda of: _each(of["each"], compiled(of["of"])),
    frozenset(_GIVEN): lambda of: _given(of["given"], compiled(of["of"])),
    frozenset({"number"}): lambda of: _number(compiled(of["number"])),
    frozenset({"without_tax", "percent"}): lambda of: _without_tax(
        compiled(of["without_tax"]), compiled(of["percent"])
    ),
    frozenset({"any"}): lambda of: _any([compiled(one) for one in of["any"]]),
}
