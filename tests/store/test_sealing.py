import os

import pytest
from cryptography.exceptions import InvalidTag

from store.sealing import Sealer

_KEY = bytes(range(32))


def test_what_is_sealed_opens_in_its_place_only():
    sealer = Sealer(_KEY)
    sealed = sealer.seal("13912345678", b"row 1")
    assert sealer.open(sealed, b"row 1") == "13912345678"
    assert b"139" not in sealed
    with pytest.raises(InvalidTag):
        sealer.open(sealed, b"row 2")
    with pytest.raises(InvalidTag):
        Sealer(os.urandom(32)).open(sealed, b"row 1")


def test_the_same_value_never_looks_the_same():
    sealer = Sealer(_KEY)
    assert sealer.seal("x", b"") != sealer.seal("x", b"")


def test_a_new_key_still_opens_what_the_old_one_sealed():
    old = Sealer(_KEY, key_id=1).seal("x", b"")
    both = Sealer(os.urandom(32), key_id=2, older={1: _KEY})
    assert both.open(old, b"") == "x"
    assert both.seal("x", b"")[0] == 2
    with pytest.raises(KeyError):
        Sealer(_KEY, key_id=2).open(old, b"")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")
