import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.member import phone
from capabilities.member.mask import mask_email, mask_name
from capabilities.member.phone import mask_phone, normalise_phone


@pytest.mark.parametrize(
    "raw",
    [
        "13912345678",
        "+86 139-1234-5678",
        "0086 139 1234 5678",
        "139 1234 5678",
        "+8613912345678",
        "１３９１２３４５６７８",
        " 139-1234-5678 ",
        "(+86)13912345678",
    ],
)
def test_spellings_of_one_number_are_one_number(raw):
    assert normalise_phone(raw) == "+8613912345678"


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "18877771111-123",
        "+86 18877771111-0042",
        "138****1234",
        "12345",
        "02161234567",
        "anonymous",
        "-1",
        "0000",
        "12912345678",
        "139123456789",
    ],
)
def test_what_can_be_nobody_s_number_is_none(raw):
    assert normalise_phone(raw) is None


_DIGITS = st.text("0123456789", max_size=13)
_MOBILE_LIKE = st.builds("1{}{}".format, st.integers(300, 999), st.integers(1_000_000, 9_999_999))
_WRITTEN = st.one_of(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "+86", "86", "0086", "+", "+852", "+1", "0", "(+86)", " +86-"]),
        st.one_of(_DIGITS, _MOBILE_LIKE, st.text("0123456789 -()xX*１２+\n", max_size=16)),
        st.sampled_from(["", "", " ", "-123", "#7"]),
    ),
    st.text(max_size=14),
)


def _as_the_library_reads_it(raw, region="CN"):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phone, "_plain", lambda *_: None)
        return normalise_phone(raw, region)


@given(_WRITTEN, st.sampled_from(["CN", "CN", "CN", "HK"]))
def test_the_short_way_answers_as_the_library_does(raw, region):
    assert normalise_phone(raw, region) == _as_the_library_reads_it(raw, region)


@pytest.mark.parametrize("lead", range(100, 200))
def test_the_short_way_knows_the_same_ranges(lead):
    numbers = [f"{lead}{more:02}{tail}" for more in range(100) for tail in ("000000", "987654")]
    assert [normalise_phone(one) for one in numbers] == [
        _as_the_library_reads_it(one) for one in numbers
    ]


@pytest.mark.parametrize(
    ("name", "masked"),
    [("林小满", "林**"), ("王", "王*"), ("欧阳修文长", "欧***"), ("", None), (None, None)],
)
def test_a_masked_name_shows_its_first_character(name, masked):
    assert mask_name(name) == masked


def test_a_masked_phone_hides_its_middle():
    assert mask_phone("+8613912345678") == "139****5678"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("lin@example.com", "l***@e***.com"),
        ("nobody", None),
        ("@x.y", None),
        ("a@b", None),
        (None, None),
    ],
)
def test_a_masked_address_hides_who_and_where(address, masked):
    assert mask_email(address) == masked
