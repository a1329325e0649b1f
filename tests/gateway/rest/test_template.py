from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rest.template import Table, read_template

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


def table(*addresses):
    return Table([(read_template(one), "GET", one) for one in addresses])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "orders",
        "/orders/",
        "//",
        "/a b",
        "/{}",
        "/x{a}",
        "/{a}/{a}",
        "/..",
        "/a?b",
        "/{a-b}",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"address|segment|place"):
        read_template(text)


def test_an_address_is_no_longer_than_its_bound():
    read_template("/a" * 16)
    with pytest.raises(ValueError, match="16"):
        read_template("/a" * 17)
    assert table("/a").find(b"/a" * 17) == ({}, ())


def test_a_word_beats_a_place_and_goes_back_where_it_leads_nowhere():
    found = table("/members/by-phone/{phone}", "/members/{id}/{what}", "/members/{id}").find
    assert found(b"/members/by-phone/139")[0]["GET"] == "/members/by-phone/{phone}"
    assert found(b"/members/by-phone/139")[1] == ("139",)
    assert found(b"/members/by-phone")[0]["GET"] == "/members/{id}"
    assert found(b"/members/7/orders") == ({"GET": "/members/{id}/{what}"}, ("7", "orders"))
    for nothing in (b"", b"/", b"/members", b"/members/", b"/members/7/", b"/members/7/a/b", b"/x"):
        assert found(nothing) == ({}, ())


def test_two_of_one_address_and_method_are_refused():
    rows = [(read_template("/a/{x}"), "GET", 1), (read_template("/a/{y}"), "GET", 2)]
    with pytest.raises(ValueError, match="another"):
        Table(rows)


@given(WORDS, WORDS)
def test_whatever_stands_in_a_place_comes_out_as_it_was(one, other):
    path = f"/a/{quote(one, safe='')}/b/{quote(other, safe='')}".encode()
    assert table("/a/{x}/b/{y}").find(path)[1] == (one, other)


def test_what_is_no_utf_8_is_nowhere():
    assert table("/{x}").find(b"/%ff") == ({}, ())
