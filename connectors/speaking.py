"""The client that a manifest's protocol needs, opened from a connection's settings."""

from collections.abc import Callable, Mapping
from importlib import import_module

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.opening import Speaker
from connectors.protocols.table import PROTOCOLS

# Imported at start: a module that is first read when a connector is added would hold the loop up.
_OPENING: Mapping[str, Callable[[Manifest, ConnectorSpec, Upstream], Speaker]] = {
    name: import_module(f"connectors.protocols.{name}.speaking").open_speaker for name in PROTOCOLS
}


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of the manifest's protocol, whose every call goes through `upstream`."""
    return _OPENING[manifest.protocol](manifest, spec, upstream)
