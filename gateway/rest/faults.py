"""What is wrong with a file of resources: each fault with its line, its path and a stable code."""

from collections.abc import Sequence

from msgspec import Struct

from capabilities.errors import SantongError
from connectors.manifest.errors import ManifestError
from connectors.manifest.source import Path, Source, read_source


class ResourceFault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where it stands."""

    code: str
    message: str
    file: str
    line: int
    path: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message} [{self.code}]"


class ResourcesFault(SantongError):
    """The file of resources cannot be put in force; `faults` lists everything that is wrong."""

    code = "RESOURCES_INVALID"

    def __init__(self, faults: Sequence[ResourceFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class Written:
    """A file of resources as its author wrote it; it knows the line of every path."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.value = source.value

    def fault(self, path: Path, message: str, *, code: str) -> ResourceFault:
        """A fault at a path."""
        place = self._source.fault(path, code, message)
        return ResourceFault(
            code=code, message=message, file=place.file, line=place.line, path=shown(path)
        )


def read_written(text: str, file: str) -> Written:
    """The file's values; ResourcesFault where it is no YAML or a key stands twice."""
    try:
        return Written(read_source(text, file))
    except ManifestError as exc:
        raise ResourcesFault(
            [
                ResourceFault(
                    code="RESOURCE_SYNTAX", message=one.message, file=file, line=one.line, path="$"
                )
                for one in exc.faults
            ]
        ) from exc


def shown(path: Path) -> str:
    """`("resources", 0, "path")` → `resources[0].path`."""
    text = ""
    for one in path:
        text += f"[{one}]" if isinstance(one, int) else f".{one}" if text else one
    return text or "$"
