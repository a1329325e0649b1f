"""Connectors that have a drop folder: the folder, its feeds, and the way into the copy."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from capabilities.copied import Copied
from capabilities.errors import BadInput, SantongError
from capabilities.estate import ConnectorOrigin, ConnectorSpec
from connectors._kit import SilentObserver
from connectors.connector import at_of, loaded
from connectors.manifest import System
from connectors.ports.copying import Copying
from connectors.protocols.files.declared import FilesFile
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.folder import Folder
from connectors.protocols.files.intake import Intake
from connectors.protocols.files.landing import PUSHED, Landing
from connectors.protocols.files.names import marks_of
from connectors.protocols.settings import filled


def has_folder(spec: ConnectorSpec, systems: Path | None = None) -> bool:
    """Whether a connector's system drops files; one whose manifest is broken does not."""
    try:
        return loaded(spec, systems).manifest.protocol == "files"
    except SantongError:
        return False


def open_folder(spec: ConnectorSpec, systems: Path | None = None) -> Folder:
    """The folder of a connector."""
    return _folder(loaded(spec, systems), spec)


def open_pushed(spec: ConnectorSpec, systems: Path | None = None) -> Folder | None:
    """The folder of files that senders pushed to a connector; None where none ever came."""
    return _pushed(loaded(spec, systems), spec)


def open_landing(spec: ConnectorSpec, room: int, systems: Path | None = None) -> Landing:
    """Where files of senders land, at most so many bytes of them at a time.

    BadInput for a connector that was registered over the network: it names no folder of ours.
    """
    system = loaded(own_folder(spec), systems)
    root = Path(filled(system.manifest.address, spec))
    return Landing(root, feeds_of(system), spec.name, room=room)


def own_folder(spec: ConnectorSpec) -> ConnectorSpec:
    """The connector, where the operator's own files name its folder; BadInput otherwise."""
    if spec.origin is ConnectorOrigin.REGISTERED:
        message = "a drop folder is named by the operator's own files only"
        raise BadInput(message, code="FOLDER_NOT_ALLOWED")
    return spec


def dated_feeds(spec: ConnectorSpec, systems: Path | None = None) -> list[str]:
    """Feeds of which a file is expected for every store and day."""
    feeds = feeds_of(loaded(spec, systems))
    return [name for name, feed in feeds.items() if {"store", "day"} <= set(marks_of(feed.name))]


def feeds_of(system: System) -> Mapping[str, Feed]:
    """The feeds that a system's manifest declares."""
    own = system.manifest.own
    if not isinstance(own, FilesFile):
        raise TypeError("a manifest of another protocol has no feeds")
    return own.feeds


def _folder(system: System, spec: ConnectorSpec) -> Folder:
    return Folder(Path(filled(system.manifest.address, spec)), feeds_of(system), spec.name)


def _pushed(system: System, spec: ConnectorSpec) -> Folder | None:
    root = Path(filled(system.manifest.address, spec)) / PUSHED
    if root.is_symlink() or not root.is_dir():
        return None
    return Folder(root, feeds_of(system), spec.name, whole=True)


def open_intakes(
    spec: ConnectorSpec, copied: Copied, *, zone: ZoneInfo, systems: Path | None = None
) -> list[Intake]:
    """The ways of a connector's files into the copy: what was dropped, then what was pushed.

    `zone` is the estate's.
    """
    system = loaded(spec, systems)
    own = ZoneInfo(system.manifest.time["zone"]) if "zone" in system.manifest.time else zone
    copying = {
        name: Copying(section, at_of(system, name, spec, SilentObserver(), own))
        for name, section in system.sections.items()
    }
    folders = {False: _folder(system, spec), True: _pushed(system, spec)}
    return [
        Intake(
            spec.name,
            folder,
            feeds_of(system),
            copying,
            copied,
            version=system.digest,
            bounded=bounded,
        )
        for bounded, folder in folders.items()
        if folder is not None
    ]
