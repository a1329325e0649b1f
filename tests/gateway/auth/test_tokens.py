from datetime import UTC, datetime, timedelta

import jwt
import pytest

from capabilities.caller import MembershipKey, Person, Role
from capabilities.errors import BadInput, Unauthenticated
from gateway.auth.bearer import bearer_token
from gateway.auth.tokens import mint, verify
from gateway.keys import derived_key
from gateway.settings import Settings


@pytest.fixture
def settings():
    return Settings(secret_key="k" * 40)


def test_a_token_carries_role_and_scope(settings):
    token = mint(settings, role=Role.GUIDE, brand="baiwei", stores=["M0001", "M0002"])
    caller = verify(settings, token)
    assert caller.role is Role.GUIDE
    assert caller.visibility.stores == {"M0001", "M0002"}
    assert caller.visibility.brand == "baiwei"


def test_a_consumer_is_bound_to_her_membership(settings):
    key = MembershipKey("shop", "101")
    token = mint(settings, role=Role.CONSUMER, brand="baiwei", member=key)
    assert verify(settings, token).visibility.member == key


def test_operators_are_bound_to_no_store(settings):
    token = mint(settings, role=Role.OPERATIONS, brand="baiwei", stores=["M0001"])
    assert verify(settings, token).visibility.stores is None


def test_a_token_of_a_role_names_no_person_but_in_a_demo(settings):
    """Whoever may print one may print two."""
    of_a_role = mint(settings, role=Role.ADMIN, brand="baiwei")
    assert verify(settings, of_a_role).person is None
    hers = mint(settings, role=Role.ADMIN, brand="baiwei", subject="ann")
    assert verify(settings, hers).person == Person(subject="ann", role=Role.ADMIN)
    demo = settings.model_copy(update={"demo": True})
    assert verify(demo, of_a_role).person == Person(subject="demo-admin", role=Role.ADMIN)


@pytest.mark.parametrize(("role", "code"), [(Role.GUIDE, "STORE"), (Role.CONSUMER, "MEMBER")])
def test_a_role_without_its_scope_gets_no_token(settings, role, code):
    with pytest.raises(BadInput) as told:
        mint(settings, role=role, brand="baiwei")
    assert code in told.value.code


def _claims(**changes):
    now = datetime.now(UTC)
    claims = {
        "iss": "santong-demo",
        "aud": "santong",
        "sub": "x",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "role": "ADMIN",
        "brand": "baiwei",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _signing_key(settings):
    return derived_key(settings, "token")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": datetime.now(UTC) - timedelta(minutes=1)},
        {"exp": None},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
        {"aud": "other"},
        {"iss": "other"},
        {"role": "EMPEROR"},
        {"role": None},
        {"role": "GUIDE"},
        {"role": "CONSUMER"},
        {"role": "CONSUMER", "member": ["shop"]},
        {"brand": None},
    ],
)
def test_a_signed_token_that_says_something_wrong_is_refused(settings, changes):
    token = jwt.encode(_claims(**changes), _signing_key(settings), algorithm="HS256")
    with pytest.raises(Unauthenticated):
        verify(settings, token)


def test_the_same_token_is_good_when_nothing_is_wrong(settings):
    token = jwt.encode(_claims(), _signing_key(settings), algorithm="HS256")
    assert verify(settings, token).role is Role.ADMIN


@pytest.mark.filterwarnings("ignore:The HMAC key")
@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_another_algorithm_is_refused(settings, algorithm):
    key = None if algorithm == "none" else _signing_key(settings)
    token = jwt.encode(_claims(), key, algorithm=algorithm)
    with pytest.raises(Unauthenticated):
        verify(settings, token)


def test_another_key_is_refused(settings):
    token = mint(Settings(secret_key="z" * 40), role=Role.ADMIN, brand="baiwei")
    with pytest.raises(Unauthenticated):
        verify(settings, token)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer " + "a" * 9000]
)
def test_a_header_without_a_token_is_refused(header):
    with pytest.raises(Unauthenticated):
        bearer_token(header)


def test_the_scheme_is_written_as_people_like(settings):
    token = mint(settings, role=Role.ADMIN, brand="baiwei")
    assert verify(settings, bearer_token(f"bEaReR  {token} ")).role is Role.ADMIN


def test_a_short_key_is_no_key():
    with pytest.raises(ValueError, match="SANTONG_SECRET_KEY"):
        Settings(secret_key="short").key()
