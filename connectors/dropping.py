"""Connectors that have a drop folder: the folder, its feeds, and the way into the copy."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from capabilities.copied import Copied
from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from connectors._kit import SilentObserver
from connectors.connector import at_of, loaded
from connectors.manifest import System
from connectors.ports.copying import Copying
from connectors.protocols.files.declared import FilesFile
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.folder import Folder
from connectors.protocols.files.intake import Intake
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


def open_intake(
    spec: ConnectorSpec, copied: Copied, *, zone: ZoneInfo, systems: Path | None = None
) -> Intake:
    """The way of a connector's files into the copy; `zone` is the estate's."""
    system = loaded(spec, systems)
    own = ZoneInfo(system.manifest.time["zone"]) if "zone" in system.manifest.time else zone
    copying = {
        name: Copying(section, at_of(system, name, spec, SilentObserver(), own))
        for name, section in system.sections.items()
    }
    return Intake(
        spec.name,
        _folder(system, spec),
        feeds_of(system),
        copying,
        copied,
        version=system.digest,
    )
