"""The cursor's text: there and back, small, and refused when it is not ours."""

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.errors import BadInput
from capabilities.page import SortKey
from gateway.federation.cursor import Cursor, decode, encode

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_CHANNELS = ("taobao", "pos-east", "小程序")
_KEYS = st.builds(SortKey, st.integers(-(2**62), 2**62), st.sampled_from((*_CHANNELS, "x")), _TEXT)


def _of_twelve(natural_key: str, width: int) -> Cursor:
    channels = tuple(f"channel-{number:02}".ljust(width, "x") for number in range(12))
    stands = {
        channel: SortKey(1_790_000_000_000_000 - at * 86_399_123_457, channel, natural_key % at)
        for at, channel in enumerate(channels)
    }
    own = SortKey(1_790_000_000_000_001, channels[3], natural_key % 77)
    frontier = SortKey(1_700_000_000_000_001, channels[5], natural_key % 78)
    return Cursor(
        filter_hash="a" * 64,
        estate_version="0123456789abcdef",
        newest_first=True,
        channels=channels,
        own=own,
        frontier=frontier,
        stands=stands,
    )


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    own=_KEYS,
    frontier=_KEYS,
    version=_TEXT,
    newest_first=st.booleans(),
    stands=st.dictionaries(st.sampled_from(_CHANNELS), st.none() | _KEYS),
)
def test_there_and_back(own, frontier, version, newest_first, stands):
    cursor = Cursor(
        filter_hash="f",
        estate_version=version,
        newest_first=newest_first,
        channels=_CHANNELS,
        own=own,
        frontier=frontier,
        stands=stands,
    )
    assert decode(encode(cursor), "f") == cursor


@pytest.mark.parametrize(("natural_key", "width"), [("4500%016d", 24), ("WX-2026-%012d", 20)])
def test_twelve_channels_that_all_lag_fit_in_a_kilobyte(natural_key, width):
    cursor = _of_twelve(natural_key, width)
    text = encode(cursor)
    assert len(text) <= 1024
    assert decode(text, "a" * 64) == cursor


def test_twelve_lagging_channels_with_random_keys_fit_in_a_kilobyte():
    plain = _of_twelve("%d", 12)
    stands = {
        channel: SortKey(
            key.value,
            key.channel,
            str(UUID(int=(at + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)),
        )
        for at, (channel, key) in enumerate(plain.stands.items())
        if key is not None
    }
    cursor = Cursor(
        filter_hash="f",
        estate_version="12",
        newest_first=True,
        channels=plain.channels,
        own=plain.own,
        frontier=plain.frontier,
        stands=stands,
    )
    assert len(set(stands.values())) == 12
    assert len(encode(cursor)) <= 1024


def test_a_walk_where_nobody_lags_is_short():
    cursor = _of_twelve("%d", 12)
    plain = Cursor(
        filter_hash="f",
        estate_version="12",
        newest_first=True,
        channels=cursor.channels,
        own=cursor.own,
        frontier=cursor.own,
    )
    assert len(encode(plain)) < 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AQ",
        "not a cursor",
        "爱",
        "AZA=",
        "A" * 20_000,
        urlsafe_b64encode(b"\x02" + b"\x00" * 40).rstrip(b"=").decode(),
        urlsafe_b64encode(b"\x07\x90").rstrip(b"=").decode(),
    ],
)
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(BadInput) as refused:
        decode(text, "f")
    assert refused.value.code == "BAD_CURSOR"


def _refusal(text: str) -> str | None:
    try:
        decode(text, "a" * 64)
    except BadInput as refused:
        return refused.code
    return None


def test_no_cut_or_changed_cursor_breaks_anything():
    text = encode(_of_twelve("%d", 12))
    codes = {
        _refusal(other)
        for at in range(len(text))
        for other in (text[:at], text[:at] + "A" + text[at + 1 :], text[:at] + text[at + 1 :])
    }
    assert codes <= {None, "BAD_CURSOR", "CURSOR_FILTER_MISMATCH"}
    assert "BAD_CURSOR" in codes


def test_a_cursor_of_another_filter_is_refused():
    with pytest.raises(BadInput) as refused:
        decode(encode(_of_twelve("%d", 12)), "other")
    assert refused.value.code == "CURSOR_FILTER_MISMATCH"
