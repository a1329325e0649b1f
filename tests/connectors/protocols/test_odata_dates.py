"""SAP's ways to write time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from connectors.protocols.odata.dates import clock, day, moment


def test_the_three_encodings():
    assert moment("/Date(1130112000000)/") == datetime(2005, 10, 24)  # noqa: DTZ001 - SAP's own has no zone
    assert moment("/Date(1130168212000+0000)/") == datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC)
    assert moment("2005-10-24T15:36:52.0000000Z") == datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC)
    assert moment("2005-10-24T15:36:52") == datetime(2005, 10, 24, 15, 36, 52)  # noqa: DTZ001 - SAP's own has no zone


def test_an_offset_says_where_it_was_written_and_moves_nothing():
    written = moment("/Date(1130168212000+0480)/")
    assert written == datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC)
    assert written.utcoffset() == timedelta(hours=8)


def test_before_the_epoch_and_with_milliseconds():
    assert moment("/Date(-1)/") == datetime(1969, 12, 31, 23, 59, 59, 999000)  # noqa: DTZ001 - SAP's own has no zone


@pytest.mark.parametrize("raw", ["/Date(1130112000000)/", "2005-10-24T00:00:00"])
def test_a_day_is_not_shifted(raw):
    assert day(raw) == date(2005, 10, 24)


def test_a_time_of_day():
    assert clock("PT13H05M09S") == time(13, 5, 9)
    assert clock("PT00H00M00.123S") == time(0, 0, 0)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "/Date()/",
        "/Date(999999999999999)/",
        "/Date(1+9999)/",
        "/Date(1)/x",
        "\\/Date(1)\\/",
        "soon",
    ],
)
def test_what_is_no_date(raw):
    with pytest.raises(ValueError):  # noqa: PT011 - of whichever parser
        moment(raw)


@pytest.mark.parametrize("raw", ["", "13:05", "PT25H", "PT1H61M"])
def test_what_is_no_time_of_day(raw):
    with pytest.raises(ValueError):  # noqa: PT011 - of whichever parser
        clock(raw)
