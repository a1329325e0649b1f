"""A folder: what waits and why, claims, last places, and days that are missing."""

import os
from datetime import date

import pytest

from capabilities.errors import Overloaded, Unavailable
from connectors.protocols.files import Feed
from connectors.protocols.files.folder import PROCESSED, QUARANTINE, Folder, digest_of
from connectors.protocols.files.gaps import Gap, gaps

FEEDS = {
    "sales": Feed(section="orders", name="{store}_{day}_v{revision}.csv", form="csv",
                  done="{file}.done"),
    "late": Feed(section="orders", name="late_{day}.csv", form="csv", settle_seconds=60),
}  # fmt: skip
NOW = 1_800_000_000.0


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path, FEEDS, "till")
    with made.held():
        yield made


def put(root, name, text="x", changed=NOW - 300):
    path = root / name
    path.write_text(text)
    os.utime(path, (changed, changed))
    return path


def seen(folder):
    return {one.named.name: one.waits for one in folder.waiting(NOW)}


def test_a_file_waits_for_its_mark_and_for_one_that_is_younger(folder, tmp_path):
    put(tmp_path, "1_20260102_v1.csv")
    put(tmp_path, "1_20260103_v1.csv")
    put(tmp_path, "1_20260103_v1.csv.done", changed=NOW - 400)
    put(tmp_path, "1_20260104_v1.csv")
    put(tmp_path, "1_20260104_v1.csv.done")
    assert seen(folder) == {
        "1_20260102_v1.csv": "its mark is missing",
        "1_20260103_v1.csv": "its mark is older than it",
        "1_20260104_v1.csv": None,
    }


def test_without_a_mark_a_file_waits_until_it_has_not_grown(folder, tmp_path):
    put(tmp_path, "late_20260102.csv", changed=NOW - 59)
    put(tmp_path, "late_20260103.csv", changed=NOW - 61)
    assert seen(folder) == {"late_20260102.csv": "it may still grow", "late_20260103.csv": None}


def test_a_link_in_the_place_of_the_lock_empties_no_file(tmp_path):
    victim = put(tmp_path, "victim", "kept")
    (tmp_path / "drops" / "claimed").mkdir(parents=True)
    (tmp_path / "drops" / "claimed" / ".lock").symlink_to(victim)
    with pytest.raises(Unavailable), Folder(tmp_path / "drops", FEEDS, "till").held():
        pass
    assert victim.read_text() == "kept"


@pytest.mark.parametrize("place", ["claimed", "processed", "quarantine"])
def test_a_link_in_the_place_of_a_folder_leads_no_file_elsewhere(tmp_path, place):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops" / place).symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(Unavailable), Folder(tmp_path / "drops", FEEDS, "till").held():
        pass
    assert list(elsewhere.iterdir()) == []


def test_links_folders_and_strangers_are_nobodys_files(folder, tmp_path):
    secret = put(tmp_path, "secret.txt")
    (tmp_path / "late_20260102.csv").symlink_to(secret)
    (tmp_path / "late_20260103.csv").mkdir()
    assert seen(folder) == {}


def test_the_oldest_day_comes_first_and_in_it_the_first_revision(folder, tmp_path):
    for name in ("2_20260103_v1.csv", "1_20260102_v10.csv", "1_20260102_v9.csv"):
        put(tmp_path, name)
    assert list(seen(folder)) == ["1_20260102_v9.csv", "1_20260102_v10.csv", "2_20260103_v1.csv"]


def test_a_claimed_file_is_out_of_the_way_of_an_upload_and_ends_in_one_place(folder, tmp_path):
    path = put(tmp_path, "1_20260102_v1.csv", "first")
    put(tmp_path, "1_20260102_v1.csv.done")
    claimed = folder.claim(folder.waiting(NOW)[0])
    assert not (tmp_path / "1_20260102_v1.csv.done").exists()
    put(tmp_path, path.name, "second")
    assert claimed.path.read_text() == "first"
    assert [one.named.name for one in folder.claimed()] == [path.name]
    done = folder.finish(claimed, PROCESSED, digest_of(claimed.path))
    assert (folder.claimed(), done.name, done.read_text()) == ([], path.name, "first")
    second = folder.finish(folder.claim(folder.waiting(NOW)[0]), PROCESSED, "f" * 64)
    assert second.name == f"{path.name}.{'f' * 12}"
    assert done.read_text() == "first"
    assert (folder.count(PROCESSED), folder.count(QUARANTINE)) == (2, 0)


def test_a_revision_that_comes_late_is_known(folder, tmp_path):
    put(tmp_path / "processed", "1_20260102_v3.csv")
    for name in ("1_20260102_v2.csv", "1_20260102_v4.csv", "2_20260102_v2.csv"):
        put(tmp_path, name)
    late = [one.named.name for one in folder.waiting(NOW) if folder.is_superseded(one)]
    assert late == ["1_20260102_v2.csv"]


def test_two_never_work_in_one_folder(folder, tmp_path):
    with pytest.raises(Overloaded), Folder(tmp_path, FEEDS, "till").held():
        pass


def test_a_folder_that_is_not_there_is_an_answer(tmp_path):
    with pytest.raises(Unavailable), Folder(tmp_path / "gone", FEEDS, "till").held():
        pass
    with pytest.raises(Unavailable):
        Folder(tmp_path / "gone", FEEDS, "till").waiting(NOW)


FIRST, LAST = date(2026, 1, 1), date(2026, 1, 6)


def days(store, *numbers):
    return [(store, date(2026, 1, number)) for number in numbers]


@pytest.mark.parametrize(
    ("brought", "stores", "found"),
    [
        (days("A", 1, 2, 3, 4, 5, 6), [], []),
        (days("A", 1, 2, 5, 6), [], [Gap("A", date(2026, 1, 3), date(2026, 1, 4))]),
        (days("A", 3), [], [Gap("A", date(2026, 1, 4), LAST)]),
        (days("A", 3), ["B"], [Gap("B", FIRST, LAST)]),
        (days("A", 2, 3, 4, 5, 6) + days("B", 6), ["A"], [Gap("A", FIRST, FIRST)]),
        ([], [], []),
    ],
)
def test_what_is_missing_is_every_open_store_and_day_that_did_not_come(brought, stores, found):
    assert gaps(brought, stores, FIRST, LAST) == found


def test_a_gap_counts_its_days():
    assert Gap("A", FIRST, LAST).days == 6
