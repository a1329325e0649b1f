import pytest

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.usage.client import WITHHELD, credential_of, declared_name


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("", ""),
        ("  till 4.2 ", "till 4.2"),
        ("mini-program/2026.11", "mini-program/2026.11"),
        ("13912345678", WITHHELD),
        ("till of 139123", WITHHELD),
        ("lin@example.com", WITHHELD),
        ("林小姐", WITHHELD),
        ("x" * 41, WITHHELD),
        ("a\nb", WITHHELD),
    ],
)
def test_a_name_that_could_be_a_persons_is_not_kept(told, kept):
    assert declared_name(told) == kept


def test_people_are_all_one_credential():
    def caller(subject, machine=False):
        member = MembershipKey("jd", subject)
        seen = Visibility(role=Role.CONSUMER, brand="baiwei", member=member)
        return Caller(subject=subject, visibility=seen, machine=machine)

    assert {credential_of(caller(one)) for one in ("anna", "bob")} == {"token:CONSUMER"}
    assert credential_of(caller("key:tills", machine=True)) == "key:tills"
