"""A system's folder → its checked manifest, compiled; systems are found by looking for folders."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace

import msgspec
from msgspec import Struct

from connectors.manifest.check import check_shape
from connectors.manifest.compile import CompiledSection, compile_section
from connectors.manifest.errors import Fault, ManifestError, choices
from connectors.manifest.meaning import check_meaning
from connectors.manifest.model import Manifest
from connectors.manifest.source import read_source

SYSTEMS = Path(__file__).parent.parent / "systems"
_FILE = "manifest.yaml"


class System(Struct, frozen=True):
    """A manifest and its sections, compiled once."""

    manifest: Manifest
    sections: Mapping[str, CompiledSection]


def known_systems() -> tuple[str, ...]:
    """The systems that have a folder."""
    return tuple(sorted(path.parent.name for path in SYSTEMS.glob(f"*/{_FILE}")))


def read_manifest(
    text: str, file: str, mapping: ModuleType | SimpleNamespace | None = None
) -> Manifest:
    """A manifest from its text; ManifestError lists everything that is wrong with it."""
    source = read_source(text, file)
    faults = check_shape(source) or check_meaning(source, mapping)
    if faults:
        raise ManifestError(faults)
    return msgspec.convert(source.value, Manifest)


def compile_manifest(
    manifest: Manifest, mapping: ModuleType | SimpleNamespace | None = None
) -> System:
    """Every section of a manifest, compiled."""
    names = manifest.sections
    sections = {name: compile_section(manifest, name, mapping) for name in names}
    return System(manifest, MappingProxyType(sections))


def load_system(name: str) -> System:
    """The system of a folder; read anew each time, so that a repaired manifest is seen."""
    if name not in known_systems():
        message = f"there is no system {name!r}; {choices(name, known_systems())}"
        fault = Fault(code="MANIFEST_NOT_FOUND", message=message, file=name, line=1, column=1)
        raise ManifestError([fault])
    folder = SYSTEMS / name
    mapping = _mapping(name) if (folder / "mapping.py").exists() else None
    file = f"connectors/systems/{name}/{_FILE}"
    manifest = read_manifest((folder / _FILE).read_text(encoding="utf-8"), file, mapping)
    if manifest.system != name:
        message = f"the system is called {manifest.system!r}, its folder {name!r}"
        raise ManifestError(
            [Fault(code="MANIFEST_BAD_VALUE", message=message, file=file, line=1, column=1)]
        )
    return compile_manifest(manifest, mapping)


def _mapping(name: str) -> ModuleType:
    return importlib.import_module(f"connectors.systems.{name}.mapping")
