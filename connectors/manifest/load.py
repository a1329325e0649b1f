"""A system's folder → its checked manifest, compiled; systems are found by looking for folders.

The shipped ones lie in connectors/systems; an operator may have a folder of further ones.
"""

import importlib
from collections.abc import Mapping
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace

from msgspec import Struct
from msgspec.structs import replace

from connectors.choices import choices
from connectors.manifest.apart import as_manifest
from connectors.manifest.check import check_shape
from connectors.manifest.compile import CompiledSection, compile_section, compiled
from connectors.manifest.errors import Fault, ManifestError
from connectors.manifest.hooks_check import check_hooks
from connectors.manifest.meaning import check_meaning
from connectors.manifest.model import Manifest
from connectors.manifest.source import read_source

SYSTEMS = Path(__file__).parent.parent / "systems"
_FILE = "manifest.yaml"
_SHIPPED = "connectors.systems."


class System(Struct, frozen=True):
    """A manifest and its sections, compiled once; `digest` changes with manifest and mapping.

    `changes` are the sections that say what changed, as they are asked for that.
    """

    manifest: Manifest
    sections: Mapping[str, CompiledSection]
    digest: str = ""
    changes: Mapping[str, CompiledSection] = MappingProxyType({})


def known_systems(further: Path | None = None) -> tuple[str, ...]:
    """The systems that have a folder, the shipped ones and those in the folder `further`."""
    return tuple(sorted({*_names(SYSTEMS), *_names(further)}))


def read_manifest(
    text: str, file: str, mapping: ModuleType | SimpleNamespace | None = None
) -> Manifest:
    """A manifest from its text; ManifestError lists everything that is wrong with it."""
    source = read_source(text, file)
    faults = check_shape(source) or [*check_meaning(source, mapping), *check_hooks(source)]
    if faults:
        raise ManifestError(faults)
    return as_manifest(source.value)


def compile_manifest(
    manifest: Manifest, mapping: ModuleType | SimpleNamespace | None = None
) -> System:
    """Every section of a manifest, compiled."""
    names = manifest.sections
    sections = {name: compile_section(manifest, name, mapping) for name in names}
    changes = {
        name: compiled(manifest, name, one.changes.section, mapping)
        for name, one in names.items()
        if one.changes is not None
    }
    return System(manifest, MappingProxyType(sections), changes=MappingProxyType(changes))


def load_system(name: str, further: Path | None = None) -> System:
    """The system of a folder; read anew each time, so that a repaired manifest is seen."""
    folder, file = _place(name, further)
    written = (folder / _FILE).read_bytes()
    code = _code(folder)
    mapping = _mapping(name, folder) if code.exists() else None
    manifest = read_manifest(written.decode(), file, mapping)
    if manifest.system != name:
        message = f"the system is called {manifest.system!r}, its folder {name!r}"
        raise _fault("MANIFEST_BAD_VALUE", message, file)
    functions = b"" if mapping is None else code.read_bytes() + _borrowed(mapping)
    digest = sha256(written + functions).hexdigest()
    return replace(compile_manifest(manifest, mapping), digest=digest)


def written(name: str, further: Path | None = None) -> bytes:
    """All that is written in a system's folder: its manifest, and its mapping if it has one."""
    folder, _ = _place(name, further)
    code = _code(folder)
    mapping = code.read_bytes() if code.exists() else b""
    return (folder / _FILE).read_bytes() + mapping


def load_file(path: Path) -> System:
    """The system of a manifest anywhere, with the mapping.py beside it; OSError where none is."""
    text = path.read_text("utf-8")
    mapping = _mapping(path.parent.name, path.parent) if _code(path.parent).exists() else None
    return compile_manifest(read_manifest(text, str(path), mapping), mapping)


def load_inline(text: str, file: str, further: Path | None = None) -> System:
    """The system of a manifest that has no folder; ManifestError where its name is taken."""
    manifest = read_manifest(text, file)
    if manifest.system in known_systems(further):
        message = f"a system that is known is called {manifest.system!r} too; choose another name"
        raise _fault("MANIFEST_AMBIGUOUS", message, file)
    digest = sha256(text.encode()).hexdigest()
    return replace(compile_manifest(manifest), digest=digest)


def _place(name: str, further: Path | None) -> tuple[Path, str]:
    """A system's folder, and its file as errors name it."""
    known = known_systems(further)
    if name not in known:
        raise _fault(
            "MANIFEST_NOT_FOUND", f"there is no system {name!r}; {choices(name, known)}", name
        )
    if further is None or name not in _names(further):
        return SYSTEMS / name, f"connectors/systems/{name}/{_FILE}"
    file = str(further / name / _FILE)
    if name in _names(SYSTEMS):
        message = f"a system that ships is called {name!r} too; give this one another name"
        raise _fault("MANIFEST_AMBIGUOUS", message, file)
    return further / name, file


def _code(folder: Path) -> Path:
    return folder / "mapping.py"


def _borrowed(mapping: ModuleType) -> bytes:
    """The text of other systems' mappings, where this one uses functions of theirs."""
    homes = {str(getattr(one, "__module__", "")) for one in vars(mapping).values()}
    others = sorted(home for home in homes - {mapping.__name__} if home.startswith(_SHIPPED))
    files = (importlib.import_module(home).__file__ for home in others)
    return b"".join(Path(file).read_bytes() for file in files if file is not None)


def _names(systems: Path | None) -> set[str]:
    return set() if systems is None else {path.parent.name for path in systems.glob(f"*/{_FILE}")}


def _fault(code: str, message: str, file: str) -> ManifestError:
    return ManifestError([Fault(code=code, message=message, file=file, line=1, column=1)])


def _mapping(name: str, folder: Path) -> ModuleType:
    if folder.parent == SYSTEMS:
        return importlib.import_module(f"connectors.systems.{name}.mapping")
    spec = spec_from_file_location(f"{name}_mapping", folder / "mapping.py")
    if spec is None or spec.loader is None:
        raise TypeError("a mapping.py without a loader")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
