"""The client that a manifest's protocol needs, opened from a connection's settings."""

from importlib import import_module
from types import ModuleType

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.opening import Speaker
from connectors.protocols.table import PROTOCOLS

_DRIVERS = ("connectors.protocols.sql.mysql", "connectors.protocols.sql.sqlserver")
_CHECKED = ("connectors.protocols.graphql.checked",)


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of the manifest's protocol, whose every call goes through `upstream`."""
    speaker: Speaker = _speaking(manifest.protocol).open_speaker(manifest, spec, upstream)
    return speaker


def read_protocols() -> None:
    """Import whatever any connector may need.

    A process that stays does so at its start: a module that is first read when a connector is added
    would hold the loop up. One that makes a single pass reads what its connector needs.
    """
    for name in PROTOCOLS:
        _speaking(name)
    for name in (*_CHECKED, *_DRIVERS):
        import_module(name)


def _speaking(name: str) -> ModuleType:
    return import_module(f"connectors.protocols.{name}.speaking")
