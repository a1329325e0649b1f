"""What a section's mapping reads, as paths to select and navigation to expand."""

from connectors.manifest import CompiledSection
from connectors.protocols.odata.declared import ODataSection

_MARKS = frozenset({"results"})


def read_of(section: CompiledSection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Only what is read: each level below the row is navigation, unless `expand` says which is.

    What a function reads of a level is not known; `select` of the manifest may say it.
    """
    own: ODataSection = section.section.own
    told = set(own.select)
    inside = {parent for path in told for parent in _parents(path)}
    read = {_plain(path) for path in section.paths} - inside | told
    levels = {parent for path in read for parent in _parents(path)}
    return tuple(sorted(read)), own.expand or tuple(sorted(levels))


def _plain(path: str) -> str:
    """A path of the row as requests write it: collections have no `results` there."""
    return "/".join(part for part in path.split(".") if part not in _MARKS)


def _parents(path: str) -> list[str]:
    steps = path.split("/")
    return ["/".join(steps[:depth]) for depth in range(1, len(steps))]
