"""Whether a manifest's documents can be asked and select what is read: said when it is loaded."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.choices import choices
from connectors.protocols.declared import Finding, Path, lookups
from connectors.protocols.graphql.answer import Step, steps_of
from connectors.protocols.graphql.document import (
    Document,
    DocumentError,
    Fragments,
    Selected,
    read_document,
    read_fragment,
)

LISTING = ("first", "last", "after", "before", "offset", "since", "until", "channels")
TURNS = ("direction", "reverse", "last")
_ROOT = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def check(manifest: dict[str, Any]) -> Iterator[Finding]:
    """Every fault of the documents of a manifest."""
    fragments: dict[str, Any] = {}
    for name, text in manifest.get("fragments", {}).items():
        try:
            fragments[name] = read_fragment(name, text)
        except DocumentError as exc:
            yield Finding(("fragments", name), "MANIFEST_BAD_DOCUMENT", str(exc))
            return
    for name, section in manifest.items():
        if isinstance(section, dict) and "record" in section:
            for path, question in _questions(section):
                yield from _Question(name, section, path, question, fragments).check()


def _questions(section: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield from lookups(section)
    if "search" in section:
        yield ("search",), section["search"]


class _Question:
    def __init__(
        self,
        name: str,
        section: dict[str, Any],
        path: Path,
        question: dict[str, Any],
        fragments: Fragments,
    ) -> None:
        self.place: Path = (name, *path)
        self.section = section
        self.path = path
        self.question = question
        self.fragments = fragments

    def check(self) -> Iterator[Finding]:
        if "document" not in self.question:
            return
        try:
            document = read_document(self.question["document"], self.fragments)
        except DocumentError as exc:
            yield self._fault("document", str(exc))
            return
        yield from self._variables(document)
        try:
            steps = steps_of(self.question.get("rows", ""))
        except ValueError as exc:
            yield self._fault("rows", str(exc))
            return
        yield from self._selection(document, steps)

    @property
    def _one_by_one(self) -> str:
        return "customer" if self.path == ("by_customer",) else "key"

    def _variables(self, document: Document) -> Iterator[Finding]:
        known = self._known()
        for name in document.variables:
            if name not in known:
                message = f"unknown variable ${name}; {choices(name, known)}"
                yield self._fault("document", message, "MANIFEST_UNKNOWN_PARAMETER")
        if self.path != ("search",):
            single = self._one_by_one
            asked = [name for name in (single, f"{single}s") if name in document.variables]
            parts = [name for name in self._parts() if name in document.variables]
            if len(asked) != 1 and not parts:
                message = f"${single} (an alias each) or ${single}s (a list) takes the keys"
                yield self._fault("document", message)
            if (single in asked or parts) and len(document.selected) != 1:
                yield self._fault("document", "a document with aliases has one field at its top")
        if self.path in (("search",), ("by_customer",)):
            yield from self._pages(document)

    def _pages(self, document: Document) -> Iterator[Finding]:
        used = set(document.variables)
        if not used & {"after", "offset"}:
            yield self._fault("document", "a list goes on by $after or $offset")
        by = self.section.get("order", {}).get("by")
        if by is not None and not used & set(TURNS):
            yield self._fault("document", "a list turns by $direction, $reverse or $last")

    def _known(self) -> tuple[str, ...]:
        fixed = (*self.section.get("fixed", {}), *self.question.get("fixed", {}))
        filters = self.section.get("search", {}).get("filters", {})
        pushed = tuple(one["push"] for one in filters.values() if "push" in one)
        if self.path == ("search",):
            return (*LISTING, *TURNS, *pushed, *fixed)
        if self.path == ("by_customer",):
            own = ("customer", "customers", *self._parts())
            return (*LISTING, *TURNS, *own, *pushed, *fixed)
        return ("key", "keys", "first", "after", *self._parts(), *fixed)

    def _parts(self) -> tuple[str, ...]:
        """Named groups of the pattern of keys: the parts of a composite key."""
        try:
            return tuple(re.compile(self.question.get("keys", "")).groupindex)
        except re.error:
            return ()

    def _selection(self, document: Document, steps: tuple[Step, ...]) -> Iterator[Finding]:
        below: Selected = document.selected
        for step in steps:
            if step.name not in below:
                message = f"the document does not answer {step.name!r}; {choices(step.name, below)}"
                yield self._fault("rows", message)
                return
            parent, below = below, below[step.name]
            if step.many and "after" in document.variables:
                yield from self._page_info(parent)
        if self.question.get("types") and "__typename" not in below:
            yield self._fault("document", "'types' are told apart by __typename: select it")
        for path in sorted(set(_paths(self.section["record"]))):
            yield from self._path(path, below)

    def _page_info(self, parent: Mapping[str, Any]) -> Iterator[Finding]:
        if "hasNextPage" not in parent.get("pageInfo", {}):
            message = "beside its list a document with $after selects pageInfo { hasNextPage … }"
            yield self._fault("document", message)

    def _path(self, path: str, below: Selected) -> Iterator[Finding]:
        for name in path.split("."):
            if name not in below:
                message = f"the record reads {path!r}, which the document does not select"
                yield self._fault("document", message)
                return
            below = below[name]
            if not below:
                return

    def _fault(self, key: str, message: str, code: str = "MANIFEST_BAD_DOCUMENT") -> Finding:
        return Finding((*self.place, key), code, message)


def _paths(record: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths that a record reads, those of an expression only by where it starts."""
    for spec in record.values():
        for path in _of_field(spec):
            found = path if _PLAIN.fullmatch(path) else (_ROOT.match(path) or [""])[0]
            if found:
                yield f"{prefix}{found}"
        if isinstance(spec, dict) and "record" in spec:
            each = spec.get("each")
            if each is None:
                yield from _paths(spec["record"], prefix)
            elif _PLAIN.fullmatch(each):
                yield from _paths(spec["record"], f"{prefix}{each}.")


def _of_field(spec: Any) -> Iterator[str]:
    if isinstance(spec, str):
        yield spec
    elif isinstance(spec, list):
        for one in spec:
            yield from _of_field(one)
    else:
        for key in ("from", "each", "currency_from"):
            if key in spec:
                yield spec[key]
        for key in ("join", "of", "any"):
            yield from _of_field(list(spec.get(key, ())))
