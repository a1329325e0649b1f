"""The cursor's text: there and back, small, and refused when it is not ours."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.errors import BadInput
from capabilities.page import SortKey
from gateway.federation.cursor import Cursor, _digest, can_carry, decode, encode
from gateway.federation.merge_walk import resume

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_MOMENTS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)  # the years 1 to 9999
_CHANNELS = ("taobao", "pos-east", "小程序")
_KEYS = st.builds(SortKey, _MOMENTS, st.sampled_from((*_CHANNELS, "x")), _TEXT)


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


def _forged(body: object) -> str:
    packed = b"\x01" + msgspec.msgpack.encode(body)
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _one_key(value: object = 1, channel: object = 0, number: object = "7", version: object = "1"):
    """A cursor that stands at one key, as `encode` would write it."""
    return [_digest("f"), version, True, ["jd"], [[value, channel, number]], 0, 0, []]


def test_a_forged_cursor_is_read_when_it_is_as_ours():
    assert decode(_forged(_one_key()), "f").own == SortKey(1, "jd", "7")


@pytest.mark.parametrize(
    "forged",
    [
        _one_key(value=2**62),
        _one_key(value=-(2**62)),
        _one_key(value=253_402_300_800_000_000),
        _one_key(value=-62_135_596_800_000_001),
        _one_key(number="7" * 201),
        _one_key(number="7\0"),
        _one_key(number="7\x7f"),
        _one_key(number="7\x85"),
        _one_key(channel="j\0d"),
        _one_key(channel="j" * 201),
        _one_key(channel=1),
        _one_key(version="1\n2"),
        _one_key(version="1" * 201),
    ],
)
def test_a_place_that_no_list_has_is_refused(forged):
    with pytest.raises(BadInput) as refused:
        decode(_forged(forged), "f")
    assert refused.value.code == "BAD_CURSOR"


_ANY_TEXT = st.text(max_size=250)
_VALUES = st.integers(-(2**63), 2**64 - 1) | _ANY_TEXT | st.binary(max_size=12) | st.none()
_INDICES = st.integers(-1, 3) | st.none() | _VALUES
_FORGED = st.tuples(
    st.just(_digest("f")) | _VALUES,
    _VALUES,
    st.booleans() | _VALUES,
    st.lists(_ANY_TEXT | _VALUES, max_size=3),
    st.lists(st.tuples(_VALUES, _INDICES, _VALUES), max_size=3),
    _INDICES,
    _INDICES,
    st.lists(st.tuples(_INDICES, _INDICES), max_size=3),
).map(list)
_NEARLY_OURS = st.builds(_one_key, _VALUES, _INDICES, _VALUES, _VALUES)
_START = Cursor(filter_hash="f", estate_version="9", newest_first=True, channels=("jd",))


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.one_of(_FORGED, _NEARLY_OURS, st.recursive(_VALUES, st.lists, max_leaves=8)))
def test_whatever_is_forged_is_refused_or_a_place_that_sources_can_be_asked_from(body):
    text = _forged(body)
    code = _refusal(lambda: resume(_START, text))
    assert code in {None, "BAD_CURSOR", "CURSOR_FILTER_MISMATCH", "CURSOR_EXPIRED"}
    if code is None:
        cursor = decode(text, "f")
        assert can_carry([key for key in (cursor.own, *cursor.stands.values()) if key])


def _refusal(reading: Callable[[], Cursor]) -> str | None:
    try:
        reading()
    except BadInput as refused:
        return refused.code
    return None


def test_no_cut_or_changed_cursor_breaks_anything():
    text = encode(_of_twelve("%d", 12))
    codes = {
        _refusal(partial(decode, other, "a" * 64))
        for at in range(len(text))
        for other in (text[:at], text[:at] + "A" + text[at + 1 :], text[:at] + text[at + 1 :])
    }
    assert codes <= {None, "BAD_CURSOR", "CURSOR_FILTER_MISMATCH"}
    assert "BAD_CURSOR" in codes


def test_a_cursor_of_another_filter_is_refused():
    with pytest.raises(BadInput) as refused:
        decode(encode(_of_twelve("%d", 12)), "other")
    assert refused.value.code == "CURSOR_FILTER_MISMATCH"
