"""A system is compiled once for what is written of it, and anew once that changes."""

from shutil import copytree

import pytest

from capabilities.estate import ConnectorSpec
from connectors.connector import loaded
from connectors.kept_systems import KeptSystems
from connectors.manifest.errors import ManifestError
from connectors.manifest.load import SYSTEMS

MINE = ConnectorSpec(name="mine", system="mine")


@pytest.fixture
def folder(tmp_path):
    """An operator's folder with a system of her own."""
    copytree(SYSTEMS / "woocommerce", tmp_path / "mine")
    manifest = tmp_path / "mine" / "manifest.yaml"
    text = manifest.read_text("utf-8").replace("system: woocommerce", "system: mine", 1)
    manifest.write_text(text, "utf-8")
    return tmp_path


def test_what_did_not_change_is_compiled_once(folder):
    kept = KeptSystems(folder)
    assert kept.of(MINE) is kept.of(MINE)
    assert kept.of(MINE).digest == loaded(MINE, folder).digest


@pytest.mark.parametrize("file", ["manifest.yaml", "mapping.py"])
def test_what_was_changed_is_compiled_anew(folder, file):
    kept = KeptSystems(folder)
    before = kept.of(MINE)
    written = folder / "mine" / file
    written.write_text(written.read_text("utf-8") + "\n# changed\n", "utf-8")
    assert kept.of(MINE).digest == loaded(MINE, folder).digest != before.digest


def test_a_system_that_is_gone_is_gone(folder):
    kept = KeptSystems(folder)
    kept.of(MINE)
    (folder / "mine" / "manifest.yaml").unlink()
    with pytest.raises(ManifestError):
        kept.of(MINE)
