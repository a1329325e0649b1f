"""Manifests: how a system is declared, checked and compiled."""

from connectors.manifest.casts import At
from connectors.manifest.compile import CompiledSection
from connectors.manifest.errors import Fault, ManifestError
from connectors.manifest.load import (
    System,
    compile_manifest,
    known_systems,
    load_file,
    load_inline,
    load_system,
    read_manifest,
)
from connectors.manifest.model import Manifest

__all__ = [
    "At",
    "CompiledSection",
    "Fault",
    "Manifest",
    "ManifestError",
    "System",
    "compile_manifest",
    "known_systems",
    "load_file",
    "load_inline",
    "load_system",
    "read_manifest",
]
