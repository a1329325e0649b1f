"""What a system can hold of a text, and what a write shows of itself."""

import pytest

from capabilities.order.writing import (
    OrderWrite,
    OrderWriteKind,
    Recipient,
    TextLimit,
)


@pytest.mark.parametrize(
    ("limit", "said", "fault"),
    [
        (TextLimit(characters=4), "生日快乐", None),
        (TextLimit(characters=3), "生日快乐", "TEXT_TOO_LONG"),
        (TextLimit(characters=9, octets=12), "生日快乐", None),
        (TextLimit(characters=9, octets=11), "生日快乐", "TEXT_TOO_LONG"),
        (TextLimit(characters=9), "🎂", None),
        (TextLimit(characters=9, basic_plane=True), "🎂", "TEXT_NOT_HELD"),
        (TextLimit(characters=9, basic_plane=True), "𠮷", "TEXT_NOT_HELD"),
        (TextLimit(characters=9, basic_plane=True), "吉", None),
    ],
)
def test_a_text_that_would_not_survive_is_refused_before_it_is_sent(limit, said, fault):
    assert limit.fault(said) == fault


def test_a_write_shows_nobody_who_receives_it():
    write = OrderWrite(
        kind=OrderWriteKind.SERVICE_REQUEST,
        reference="r1",
        channel="shop",
        number="17",
        text="给林晓",
        recipient="林晓",
    )
    assert "林" not in repr(write)
    assert "林" not in repr(Recipient(name="林晓"))
