"""Compiled systems of one process: who asks for one again and again compiles it once.

The files are read each time, so a repaired manifest is seen at once; what takes long is to compile.
"""

from hashlib import blake2b
from pathlib import Path

from cachetools import LRUCache

from capabilities.estate import ConnectorSpec
from connectors.connector import loaded
from connectors.manifest.load import System, written

_MOST = 256


class KeptSystems:
    """Systems by what is written of them; `folder` is the operator's, beside those that ship."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: LRUCache[tuple[str, bytes], System] = LRUCache(_MOST)

    def of(self, spec: ConnectorSpec) -> System:
        """As `loaded`, compiled again only where its files say something else."""
        if spec.manifest is not None:  # whether its name is free depends on all the others
            return loaded(spec, self._folder)
        key = self._key(spec)
        known = self._known.get(key)
        if known is None:
            known = loaded(spec, self._folder)
            if key == self._key(spec):  # nobody wrote meanwhile
                self._known[key] = known
        return known

    def _key(self, spec: ConnectorSpec) -> tuple[str, bytes]:
        return spec.system, blake2b(written(spec.system, self._folder)).digest()
