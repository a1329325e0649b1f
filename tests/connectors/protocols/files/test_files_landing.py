"""The place of pushed files: what is old goes, what is fresh stays, room is counted."""

import os
from hashlib import sha256

import pytest

from capabilities.errors import Unavailable
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.landing import Landed, Landing, Part

FEEDS = {"day": Feed(section="orders", name="{store}_{day}.csv", form="csv")}
DAY = 86_400.0


def part(body, name="M1_20261020.csv", *, offset=0, of=None, sender="a"):
    whole = body if of is None else of
    digest = sha256(whole).hexdigest()
    return Part(sender=sender, name=name, size=len(whole), sha256=digest, offset=offset)


def test_only_names_of_feeds_are_known(tmp_path):
    landing = Landing(tmp_path, FEEDS, "till")
    assert landing.named("M1_20261020.csv").store == "M1"
    assert landing.named("readme.txt") is None


def test_an_empty_file_is_whole_at_once(tmp_path):
    assert Landing(tmp_path, FEEDS, "till").put(part(b""), b"") == (Landed.WHOLE, 0)


def test_a_file_whose_last_byte_came_before_a_crash_is_finished_by_an_empty_part(tmp_path):
    landing = Landing(tmp_path, FEEDS, "till")
    assert landing.put(part(b"ab", of=b"abc"), b"ab") == (Landed.TAKEN, 2)
    (lying,) = (tmp_path / "pushed" / "parts").iterdir()
    lying.write_bytes(b"abc")
    assert landing.put(part(b"c", offset=2, of=b"abc"), b"c") == (Landed.ELSEWHERE, 3)
    assert landing.put(part(b"", offset=3, of=b"abc"), b"") == (Landed.WHOLE, 3)
    assert (tmp_path / "pushed" / "M1_20261020.csv").read_bytes() == b"abc"


def test_what_was_abandoned_or_read_long_ago_goes_and_nothing_else(tmp_path):
    landing = Landing(tmp_path, FEEDS, "till")
    assert landing.sweep(0, 0) == 0
    landing.put(part(b"old", of=b"older"), b"old")
    landing.put(part(b"new", "M2_20261020.csv", of=b"newer"), b"new")
    landing.put(part(b"waits", "M3_20261020.csv"), b"waits")
    pushed = tmp_path / "pushed"
    (pushed / "processed").mkdir()
    (pushed / "processed" / "M4_20261020.csv").write_bytes(b"read")
    old, *_ = sorted((pushed / "parts").iterdir(), key=lambda path: path.read_bytes() != b"old")
    now = 40 * DAY
    for path in (old, pushed / "M3_20261020.csv"):
        os.utime(path, (now - 1.1 * DAY,) * 2)
    for path in (pushed / "parts").iterdir():
        if path != old:
            os.utime(path, (now - 0.9 * DAY,) * 2)
    os.utime(pushed / "processed" / "M4_20261020.csv", (now - 8 * DAY,) * 2)
    assert landing.sweep(now, 9 * DAY) == 1
    assert landing.sweep(now, 7 * DAY) == 1
    left = sorted(path.read_bytes() for path in pushed.rglob("*") if path.is_file())
    assert left == [b"new", b"waits"]


def test_room_is_counted_over_all_places_and_comes_back(tmp_path):
    landing = Landing(tmp_path, FEEDS, "till", room=10)
    assert landing.put(part(b"12345678"), b"12345678") == (Landed.WHOLE, 8)
    other = part(b"1234", "M2_20261020.csv")
    assert landing.put(other, b"1234")[0] is Landed.FULL
    assert list((tmp_path / "pushed" / "parts").iterdir()) == []
    (tmp_path / "pushed" / "M1_20261020.csv").unlink()
    landing.sweep(0, 0)
    assert landing.put(other, b"1234")[0] is Landed.WHOLE


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Unavailable, match="not there"):
        Landing(tmp_path / "no", FEEDS, "till").put(part(b""), b"")
