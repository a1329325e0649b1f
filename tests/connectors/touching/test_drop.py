"""Drops appear whole, are fetched or changed and never both, and hold no formula."""

import asyncio
import csv
from datetime import UTC, datetime

import pytest

from capabilities.lifecycle.sending import Delivery, Message
from capabilities.member.consent import ConsentMedium
from connectors.touching.cells import neutral, restored
from connectors.touching.drop import COLUMNS, DropSender

NOW = datetime(2026, 4, 15, 2, tzinfo=UTC)


@pytest.fixture
def sender(tmp_path):
    return DropSender("letters", tmp_path / "out", now=lambda: NOW)


def message(touch_id, text="Come back", address="+8613800001111"):
    return Message(
        touch_id=touch_id,
        campaign="spring",
        medium=ConsentMedium.SMS,
        address=address,
        language="zh-CN",
        template="second",
        text=text,
    )


def _rows(sender, name):
    with (sender._folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


async def test_messages_lie_in_one_file_that_appeared_whole(sender):
    receipts = await sender.send([message("a"), message("b")])
    assert {one.delivery for one in receipts} == {Delivery.DROPPED}
    (name,) = {one.drop_name for one in receipts}
    assert name.startswith("touches-spring-20260415T020000Z-")
    head, first, _ = _rows(sender, name)
    assert tuple(head) == COLUMNS
    assert first == ["a", "spring", "SMS", "8613800001111", "zh-CN", "second", "Come back"]
    assert [one.name for one in sender._folder.iterdir() if one.name[0] != "."] == [name]
    assert (sender._folder / name).stat().st_mode & 0o777 <= 0o640
    assert await sender.waiting() == {name}
    assert await sender.send([]) == ()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", " =1", "'quoted", 'a "b", c', "a\nb"]
)
async def test_no_cell_begins_a_formula_and_every_text_comes_back(sender, text):
    (receipt,) = await sender.send([message("a", text)])
    cell = _rows(sender, receipt.drop_name)[1][-1]
    assert cell[0] not in "=+-@\t\r＝ "
    assert restored(cell) == text


def test_plain_text_stays_plain():
    assert neutral("欢迎再来") == "欢迎再来"


async def test_a_touch_is_taken_out_until_somebody_fetched(sender):
    receipts = await sender.send([message("a"), message("b")])
    name = receipts[0].drop_name
    assert await sender.withdraw(name, frozenset({"a"}))
    assert [row[0] for row in _rows(sender, name)[1:]] == ["b"]
    (sender._folder / name).rename(sender._folder / f"{name}.mine")
    assert not await sender.withdraw(name, frozenset({"b"}))
    assert await sender.waiting() == frozenset()


async def test_a_drop_without_touches_is_gone(sender):
    (receipt,) = await sender.send([message("a")])
    assert await sender.withdraw(receipt.drop_name, frozenset({"a"}))
    assert await sender.waiting() == frozenset()


async def test_fetched_or_changed_and_never_both(sender, tmp_path):
    """Whoever comes first wins: no row is both fetched and withdrawn."""
    for turn in range(8):
        receipts = await sender.send([message(f"a{turn}"), message(f"b{turn}")])
        name, mine = receipts[0].drop_name, tmp_path / f"mine{turn}"

        def fetch(name=name, mine=mine):
            try:
                (sender._folder / name).rename(mine)
            except FileNotFoundError:
                return False
            return True

        out, got = await asyncio.gather(
            sender.withdraw(name, frozenset({f"a{turn}"})), asyncio.to_thread(fetch)
        )
        fetched = f"a{turn}" in mine.read_text("utf-8") if got else False
        assert fetched is not out


async def test_what_became_of_a_touch_is_looked_up(sender):
    (receipt,) = await sender.send([message("a")])
    part = sender._folder / ".touches-spring-x.csv.part"
    part.write_text("\r\n".join([",".join(COLUMNS), "never,spring,SMS,1,zh-CN,second,x"]), "utf-8")
    found = await sender.look_up(["a", "never", "gone"])
    assert [one.delivery.value for one in found] == ["DROPPED", "NOT_SENT", "UNKNOWN"]
    assert found[0].drop_name == receipt.drop_name
    assert not part.exists()


async def test_a_withdrawal_that_was_killed_leaves_the_drop_as_it_was(sender):
    (receipt,) = await sender.send([message("a")])
    path = sender._folder / receipt.drop_name
    path.rename(sender._folder / f".{path.name}.taken-back")
    assert await sender.waiting() == {receipt.drop_name}
    assert _rows(sender, receipt.drop_name)[1][0] == "a"


async def test_a_folder_that_cannot_be_written_sends_nothing(tmp_path):
    sender = DropSender("letters", tmp_path, now=lambda: NOW)
    name = sender._name([message("a")])
    (tmp_path / f".{name}.part").mkdir()
    (receipt,) = await sender.send([message("a")])
    assert receipt.delivery is Delivery.NOT_SENT
