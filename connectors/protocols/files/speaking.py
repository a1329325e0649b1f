"""A connection that nobody dials: files come to us, and the platform's copy answers."""

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors._kit.rules import rules_of
from connectors.manifest import Manifest
from connectors.protocols.copied import copy_speaker
from connectors.protocols.opening import Speaker


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """Readers over the copy; the folder is the work process's.

    BadInput where a connector that came over the network names a folder of this machine.
    """
    del manifest, upstream
    if rules_of(spec).secrets.bounded:
        raise BadInput(
            "a connector that is registered over the network may not name a folder; "
            "write it into the estate file or the folder of connectors",
            code="FOLDER_NOT_ALLOWED",
        )
    return copy_speaker(spec)
