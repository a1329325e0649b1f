from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.money import Money, Rounding, exponent, money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.90", "CNY", 1290),
        ("-3.5", "CNY", -350),
        ("0.005", "CNY", 1),
        ("1000", "JPY", 1000),
        ("1.2345", "KWD", 1235),
        ("99999999999999999.99", "CNY", 9999999999999999999),
    ],
)
def test_money_is_parsed_exactly(text, currency, minor):
    assert money(text, currency).minor == minor


def test_bankers_rounding_differs_where_it_should():
    assert money("0.125", "CNY", Rounding.HALF_EVEN).minor == 12
    assert money("0.125", "CNY", Rounding.HALF_UP).minor == 13


def test_a_float_is_refused():
    with pytest.raises(TypeError):
        money(0.1, "CNY")


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1,2"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        money(text, "CNY")


def test_two_currencies_do_not_add_up():
    with pytest.raises(ValueError, match="cannot add"):
        Money(1, "CNY") + Money(1, "JPY")


_NUMBERS = st.one_of(
    st.decimals(),
    st.decimals(-(10**6), 10**6, places=2),
    st.decimals(-(10**6), 10**6, places=3),
    st.builds("{}.{}".format, st.integers(0, 10**30), st.integers(0, 10**30)).map(Decimal),
    st.builds("{}E{}".format, st.integers(-99, 99), st.integers(-60, 60)).map(Decimal),
)


@given(_NUMBERS, st.sampled_from(["CNY", "JPY", "KWD"]), st.sampled_from(Rounding))
def test_money_is_the_amount_quantised_to_minor_units(amount, currency, rounding):
    try:
        moved = amount.scaleb(exponent(currency))
        minor = int(moved.quantize(Decimal(1), rounding=rounding.value))
    except (InvalidOperation, ValueError):
        with pytest.raises(ValueError, match="not an amount"):
            money(amount, currency, rounding)
    else:
        assert money(amount, currency, rounding) == Money(minor, currency)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_the_amount_reads_back_as_the_same_money(minor, currency):
    assert money(Money(minor, currency).amount, currency) == Money(minor, currency)


@given(st.integers(-(10**26), 10**26), st.sampled_from([("CNY", 2), ("JPY", 0), ("KWD", 3)]))
def test_the_amount_is_the_minor_units_moved_by_the_currency_s_decimals(minor, currency):
    code, decimals = currency
    assert str(Money(minor, code).amount) == str(Decimal(minor).scaleb(-decimals))


@given(st.integers(-(10**26), 10**26), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_the_text_of_an_amount_is_that_of_its_decimal(minor, currency):
    one = Money(minor, currency)
    assert one.amount_text == format(one.amount, "f")


def test_the_amount_keeps_the_currency_s_decimals():
    assert str(Money(1290, "CNY").amount) == "12.90"
    assert Money(5, "JPY").amount == Decimal(5)


@pytest.mark.parametrize("minor", [1.5, "7", True, None, float("nan"), 10**28, -(10**28)])
@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_no_text_stands_for_what_is_no_exact_amount(minor, currency):
    with pytest.raises(ValueError, match="no whole number"):
        _ = Money(minor, currency).amount_text
