import pytest

from capabilities.attempts import GuessedBy, Guesser, Origin, forwarded, guessers, network_of


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("no address", "no address"),
    ],
)
def test_an_address_counts_as_its_network(address, counts_as):
    assert network_of(address) == counts_as


@pytest.mark.parametrize(
    ("header", "hops", "found"),
    [
        (None, 0, "10.0.0.1"),
        ("1.1.1.1", 0, "10.0.0.1"),
        ("6.6.6.6, 1.1.1.1", 1, "1.1.1.1"),
        ("6.6.6.6, 1.1.1.1, 10.0.0.9", 2, "1.1.1.1"),
        ("1.1.1.1", 2, "10.0.0.1"),
        (" , ", 1, "10.0.0.1"),
    ],
)
def test_what_a_client_writes_itself_is_not_believed(header, hops, found):
    assert forwarded("10.0.0.1", header, hops) == found


def test_everybody_who_is_known_has_a_budget_and_shows_no_value():
    origin = Origin(address="203.0.113.7", device="d" * 500)
    found = guessers(origin, member="m1", secret="c1")
    assert [one.by for one in found] == [
        *(GuessedBy.MEMBER, GuessedBy.DEVICE, GuessedBy.ADDRESS, GuessedBy.SECRET),
    ]
    assert len(found[1].value) == 200
    assert guessers(Origin()) == ()
    assert "138" not in repr(Guesser(GuessedBy.PHONE, "+8613800138000"))
