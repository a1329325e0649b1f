"""Keys of an installation: what hashes stays, what seals is a list with the newest first."""

import os

import pytest
from cryptography.exceptions import InvalidTag

from capabilities.derived import derived
from store.keyring import keyring_of
from store.sealing import Sealer

SECRET = b"s" * 40
NEW, OTHER = "n" * 40, "o" * 40


def test_without_a_list_the_secret_seals_as_it_always_did():
    keys = keyring_of(SECRET)
    sealed = Sealer(derived(SECRET, "values")).seal("x", b"here")
    assert keys.sealer().open(sealed, b"here") == "x"
    assert keys.sealer().seal("x", b"here")[0] == sealed[0] == 1


def test_the_newest_seals_and_every_one_opens_whatever_the_order():
    before = keyring_of(SECRET).sealer().seal("x", b"")
    both = keyring_of(SECRET, f"{NEW}, derived")
    sealed = both.sealer().seal("x", b"")
    assert (both.sealer().open(before, b""), both.sealer().open(sealed, b"")) == ("x", "x")
    for listed in (f"derived,{NEW}", NEW, f"{OTHER},{NEW}"):
        assert keyring_of(SECRET, listed).sealer().open(sealed, b"") == "x"
    with pytest.raises(KeyError):
        keyring_of(SECRET, NEW).sealer().open(before, b"")


def test_hashes_never_follow_the_list_and_purposes_never_share_a_key():
    keys = keyring_of(SECRET, NEW)
    assert keys.derived("hashes") == derived(SECRET, "hashes")
    sealed = keys.sealer("connector secrets").seal("x", b"")
    with pytest.raises(InvalidTag):
        keys.sealer().open(sealed, b"")


def test_a_key_is_read_from_where_it_lies(tmp_path, monkeypatch):
    sealed = keyring_of(SECRET, NEW).sealer().seal("x", b"")
    (tmp_path / "key").write_text(f"{NEW}\n")
    monkeypatch.setenv("NEW_KEY", NEW)
    for entry in (f"file:{tmp_path}/key", "env:NEW_KEY"):
        assert keyring_of(SECRET, entry).sealer().open(sealed, b"") == "x"


@pytest.mark.parametrize(
    "listed", ["", "short", f"derived,,{NEW}", "env:NOT_THERE_AT_ALL", "file:/not/there"]
)
def test_what_is_no_key_is_said_without_it(listed):
    assert "NOT_THERE_AT_ALL" not in os.environ
    with pytest.raises(ValueError, match=r"entry [12] of SANTONG_SEALING_KEYS") as caught:
        keyring_of(SECRET, listed)
    assert "short" not in str(caught.value).replace("shortest", "")


def test_a_key_twice_is_no_list():
    with pytest.raises(ValueError, match="one number"):
        keyring_of(SECRET, f"{NEW},{NEW}")


def test_no_key_shows_itself():
    keys = keyring_of(SECRET, f"{NEW},derived")
    assert not any(one in repr((keys, keys.sealing)) for one in (NEW, "sss"))
