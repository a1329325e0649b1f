"""Addresses with places in them, and the table that finds whose an address is."""

import re
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from msgspec import Struct

_T = TypeVar("_T")
_LITERAL = re.compile(r"[A-Za-z0-9._~-]+")
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MOST_SEGMENTS = 16


class Template(Struct, frozen=True):
    """The segments of an address; a place is None in `segments` and named in `names`, in order."""

    text: str
    segments: tuple[str | None, ...]
    names: tuple[str, ...]


def read_template(text: str) -> Template:
    """The template that a text writes; ValueError says what is wrong with it."""
    if not text.startswith("/") or text.endswith("/"):
        raise ValueError("an address begins with / and does not end with it")
    segments: list[str | None] = []
    names: list[str] = []
    for segment in text[1:].split("/"):
        place = _PLACE.fullmatch(segment)
        if place is not None:
            names.append(place[1])
            segments.append(None)
        elif _LITERAL.fullmatch(segment) and segment.strip("."):
            segments.append(segment)
        else:
            raise ValueError("a segment is letters, digits, - . _ ~, or one {place}")
    if len(segments) > _MOST_SEGMENTS:
        raise ValueError(f"an address has at most {_MOST_SEGMENTS} segments")
    if len(set(names)) != len(names):
        raise ValueError("a place stands twice")
    return Template(text, tuple(segments), tuple(names))


class _Branch(Generic[_T]):
    __slots__ = ("below", "here")

    def __init__(self) -> None:
        self.below: dict[str | None, _Branch[_T]] = {}
        self.here: dict[str, _T] = {}


class Table(Generic[_T]):
    """What stands at which address, by method; a word beats a place."""

    def __init__(self, rows: Iterable[tuple[Template, str, _T]] = ()) -> None:
        self._root: _Branch[_T] = _Branch()
        for template, method, value in rows:
            branch = self._root
            for segment in template.segments:
                branch = branch.below.setdefault(segment, _Branch())
            if method in branch.here:
                raise ValueError("another resource has this address and method")
            branch.here[method] = value

    def find(self, raw_path: bytes) -> tuple[Mapping[str, _T], tuple[str, ...]]:
        """What answers a path, by method, and the values of its places; nothing for no address."""
        try:
            words = [unquote_to_bytes(one).decode() for one in raw_path.lstrip(b"/").split(b"/")]
        except UnicodeDecodeError:
            return {}, ()
        if len(words) > _MOST_SEGMENTS:
            return {}, ()
        found = self._walk(self._root, words, 0, ())
        return found or ({}, ())

    def _walk(
        self, branch: _Branch[_T], words: list[str], at: int, values: tuple[str, ...]
    ) -> tuple[Mapping[str, _T], tuple[str, ...]] | None:
        if at == len(words):
            return (branch.here, values) if branch.here else None
        if (below := branch.below.get(words[at])) is not None:
            found = self._walk(below, words, at + 1, values)
            if found is not None:
                return found
        if words[at] and (below := branch.below.get(None)) is not None:
            return self._walk(below, words, at + 1, (*values, words[at]))
        return None
