"""A connection that nobody dials: files come to us, and the platform's copy answers."""

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.copied import copy_speaker
from connectors.protocols.opening import Speaker


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """Readers over the copy; the folder is the work process's."""
    del manifest, upstream
    return copy_speaker(spec)
