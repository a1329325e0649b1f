"""What a file's name tells."""

from datetime import date

import pytest

from connectors.protocols.files import Pattern


@pytest.mark.parametrize(
    ("pattern", "day", "name", "part", "revision"),
    [
        ("{store}_{day}.csv", "%Y%m%d", "0001_20260102.csv", "0001/2026-01-02/", 0),
        ("POS-{day}-{store}-{sequence}.xml", "%Y-%m-%d", "POS-2026-01-02-M1-07.xml",
         "M1/2026-01-02/07", 0),
        ("{store}_{day}_v{revision}.csv", "%y%m%d", "1_260102_v12.csv", "1/2026-01-02/", 12),
        ("ORDERS05_*.xml", "%Y%m%d", "ORDERS05_a b.xml", "ORDERS05_a b.xml", 0),
        ("{store}*.csv", "%Y%m%d", "12-日报.csv", "12//", 0),
    ],
)  # fmt: skip
def test_names_that_are_the_feeds(pattern, day, name, part, revision):
    named = Pattern(pattern, day).read(name)
    assert named is not None
    assert (named.part, named.revision, named.name) == (part, revision, name)


def test_a_day_is_read():
    named = Pattern("{store}_{day}.csv").read("0001_20260102.csv")
    assert (named.store, named.day) == ("0001", date(2026, 1, 2))


@pytest.mark.parametrize(
    "name",
    ["0001_20261302.csv", "0001_2026010.csv", "0001_20260102.csv.done", "0001_20260102.CSV",
     "../0001_20260102.csv", "x/0001_20260102.csv", ".0001_20260102.csv", "0001_20260102.csv\n"],
)  # fmt: skip
def test_names_that_are_not(name):
    assert Pattern("{store}_{day}.csv").read(name) is None
