import pytest

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
