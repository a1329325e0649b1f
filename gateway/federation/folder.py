"""A folder of the operator's: one connector a file, followed while it changes."""

from collections.abc import Sequence
from pathlib import Path

from capabilities.estate import ConnectorOrigin
from gateway.federation.definition import MAX_CHARACTERS, Entry

_ENDINGS = (".yaml", ".yml")


class Folder:
    """The definitions of a folder, in the order of their files' names."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def mark(self) -> object | None:
        """What changes with the files; None where the folder cannot be read at the moment."""
        try:
            found = [(path.name, path.stat()) for path in self._files()]
        except OSError:
            return None
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)

    async def read(self) -> Sequence[Entry]:
        """Every file of the folder; OSError where it cannot be read."""
        return [
            Entry(
                place=str(path),
                name=path.stem,
                text=_text(path),
                origin=ConnectorOrigin.FOLDER,
            )
            for path in self._files()
        ]

    def _files(self) -> list[Path]:
        return sorted(
            path
            for path in self._path.iterdir()
            if path.suffix in _ENDINGS and not path.name.startswith(".")
        )


def _text(path: Path) -> str:
    """What a file holds; one that cannot be read is refused like any other that says nothing."""
    try:
        with path.open("rb") as file:
            return file.read(4 * MAX_CHARACTERS + 1).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
