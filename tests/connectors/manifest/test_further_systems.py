"""Systems of an operator's own folder, beside those that ship."""

from hashlib import sha256

import pytest

from connectors.manifest import ManifestError, known_systems, load_system

MANIFEST = """\
system: acme_shop
title: Acme Shop
version: "1"
protocol: rest
address: "{base_url}"
paging: { limit: limit, offset: skip, sort: sort, direction: dir }
stores:
  resource: stores
  channel: { from: origin }
  record: { code: code, name: { call: shout, of: [name] } }
  order: { ties: keyset, by: code }
  by_key: { param: codes }
"""


@pytest.fixture
def further(tmp_path):
    folder = tmp_path / "acme_shop"
    folder.mkdir()
    (folder / "manifest.yaml").write_text(MANIFEST)
    (folder / "mapping.py").write_text("def shout(name):\n    return name.upper()\n")
    return tmp_path


def test_they_stand_beside_those_that_ship(further):
    assert known_systems(further) == tuple(sorted(("acme_shop", *known_systems())))
    assert load_system("ospos", further).manifest.system == "ospos"


def test_one_is_compiled_with_its_own_functions(further):
    system = load_system("acme_shop", further)
    assert system.manifest.title == "Acme Shop"
    assert set(system.sections) == {"stores"}


def test_what_is_kept_of_answers_changes_with_functions_that_a_mapping_borrows(further):
    before = load_system("acme_shop", further).digest
    (further / "acme_shop" / "mapping.py").write_text(
        "from connectors.systems.sap_s4hana.mapping import partner_state as shout\n"
    )
    borrowed = load_system("acme_shop", further)
    own = sha256((MANIFEST + (further / "acme_shop" / "mapping.py").read_text()).encode())
    assert len({before, borrowed.digest, own.hexdigest()}) == 3


def test_a_function_that_its_mapping_lacks_is_named(further):
    (further / "acme_shop" / "mapping.py").write_text("def whisper(name):\n    return name\n")
    with pytest.raises(ManifestError, match="has no function 'shout'") as refused:
        load_system("acme_shop", further)
    assert refused.value.faults[0].file == str(further / "acme_shop" / "manifest.yaml")


def test_without_the_folder_it_is_not_found(further):
    with pytest.raises(ManifestError, match="there is no system 'acme_shop'"):
        load_system("acme_shop")
    with pytest.raises(ManifestError, match="did you mean 'acme_shop'"):
        load_system("acme_shp", further)


def test_a_name_that_ships_cannot_be_taken_again(further):
    (further / "acme_shop").rename(further / "ospos")
    with pytest.raises(ManifestError, match="another name") as refused:
        load_system("ospos", further)
    assert refused.value.code == "MANIFEST_AMBIGUOUS"


def test_a_folder_of_another_name_is_refused(further):
    (further / "acme_shop").rename(further / "acme")
    with pytest.raises(ManifestError, match="called 'acme_shop', its folder 'acme'"):
        load_system("acme", further)
