import pytest

from capabilities.caller import Role, Visibility


@pytest.mark.parametrize(
    ("stores", "asked", "shown"),
    [
        (None, None, None),
        (None, {"M0001"}, {"M0001"}),
        ({"M0001"}, None, {"M0001"}),
        ({"M0001"}, {"M0002"}, set()),
        ({"M0001", "M0002"}, {"M0002", "M0003"}, {"M0002"}),
    ],
)
def test_a_list_is_cut_to_the_caller_s_stores(stores, asked, shown):
    visibility = Visibility(
        role=Role.GUIDE, brand="b", stores=None if stores is None else frozenset(stores)
    )
    assert visibility.store_scope(None if asked is None else frozenset(asked)) == shown


@pytest.mark.parametrize("role", list(Role))
def test_only_staff_look_up_people(role):
    staff = role in (Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN)
    assert Visibility(role=role, brand="b").people is staff
