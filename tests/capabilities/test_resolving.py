"""Who is one person follows from the set of claims and decisions, never from their order."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.member.claims import Claim, shown_by
from capabilities.member.identity_rules import DEFAULT_RULES, read_rules, written_rules
from capabilities.member.naming import name_people
from capabilities.member.records import Contact, Identity, IdentityKind, Membership
from capabilities.member.resolution import Decisions, Reason, ordered
from capabilities.member.resolving import counts, resolve
from capabilities.sources import SourceRef

KINDS = {
    IdentityKind.PHONE: "+86",
    IdentityKind.CARD_NO: "club",
    IdentityKind.WECHAT_UNIONID: "open",
    IdentityKind.EMAIL: "",
    IdentityKind.TAOBAO_NICK: "taobao",
    IdentityKind.DEVICE: "",
}
RULES = replace(DEFAULT_RULES, shared_in_channel=2, shared_in_all=4, most_memberships=5)
_KEYS = st.tuples(st.sampled_from(["pos", "sap", "woo"]), st.sampled_from("123"))
_CLAIMS = st.builds(
    lambda key, kind, value, verified, gone: Claim(
        key, kind, KINDS[kind], f"{kind.value}{value}".encode(), verified, gone=gone
    ),
    _KEYS,
    st.sampled_from(list(KINDS)),
    st.integers(0, 3),
    st.booleans() | st.just(True),  # noqa: FBT003 - a strategy
    st.sampled_from([False, False, False, True]),
)
_SETS = st.lists(_CLAIMS, max_size=24, unique_by=lambda one: (one.key, one.hash))
_PAIRS = st.lists(
    st.tuples(_KEYS, _KEYS).filter(lambda pair: pair[0] != pair[1]).map(lambda two: ordered(*two)),
    max_size=4,
)


def claim(key, kind, value, *, verified=True):
    return Claim(key, kind, KINDS[kind], f"{kind.value}{value}".encode(), verified)


def decided(together=(), apart=()):
    return Decisions(frozenset(together), frozenset(set(apart) - set(together)))


NOTHING = Decisions()


def people(claims, decisions=NOTHING, rules=RULES, members=()):
    every = {one.key for one in claims} | set(members)
    return resolve(every, claims, decisions, rules)


def named(found, claims, rules=RULES, former=(), older=()):
    return name_people(
        found,
        claims,
        rules,
        own_id=lambda key: "own:" + ":".join(key),
        id_of=lambda digest: "phone:" + digest.decode(),
        former=dict(former),
        older=dict(older),
    )


A, B, C, D = ("pos", "1"), ("sap", "1"), ("woo", "1"), ("woo", "2")
PHONE, CARD, UNION = IdentityKind.PHONE, IdentityKind.CARD_NO, IdentityKind.WECHAT_UNIONID


@given(_SETS, _PAIRS, _PAIRS, st.randoms())
def test_the_order_of_arrival_changes_nothing(claims, together, apart, random):
    decisions = decided(together, apart)
    expected = people(claims, decisions)
    shuffled = list(claims)
    random.shuffle(shuffled)
    found = people(shuffled, decisions)
    assert found == expected
    assert named(found, shuffled) == named(expected, claims)


@given(_SETS, _PAIRS, _PAIRS)
def test_a_component_alone_gives_what_it_gives_among_others(claims, together, apart):
    decisions = decided(together, apart)
    whole = people(claims, decisions, members=[key for pair in together for key in pair])
    ids = named(whole, claims).ids
    for part in _components(claims, together):
        own = [one for one in claims if one.key in part]
        alone = resolve(part, own, decisions, RULES)
        assert set(alone.people) == {one for one in whole.people if one[0] in part}
        assert set(alone.candidates) == {one for one in whole.candidates if one.left in part}
        assert named(alone, own).ids.items() <= ids.items()


def _components(claims, together):
    """Who could meet by anything at all, without any rule."""
    groups = [{one.key} for one in claims] + [set(pair) for pair in together]
    for one, other in combinations(claims, 2):
        if one.hash == other.hash:
            groups.append({one.key, other.key})
    merged = []
    for group in groups:
        met = [one for one in merged if one & group]
        merged = [one for one in merged if not one & group]
        merged.append(group.union(*met))
    return merged


@given(_SETS, _PAIRS, _PAIRS)
def test_every_membership_is_one_persons_and_nobody_is_lost(claims, together, apart):
    found = people(claims, decided(together, apart))
    everyone = [key for person in found.people for key in person]
    assert sorted(everyone) == sorted({one.key for one in claims})


@given(_SETS, _PAIRS)
def test_a_conflict_never_merges(claims, apart):
    found = people(claims, decided(apart=apart))
    for person in found.people:
        for kind, rule in RULES.kinds.items():
            shown = {
                one.hash
                for one in claims
                if one.key in person
                and one.kind is kind
                and counts(one, rule)
                and one.hash not in found.shared
            }
            if rule.unique:
                own = [{c.hash for c in claims if c.key == key} & shown for key in person]
                assert len(shown) <= max(map(len, own), default=0)
        assert not any(one in person and other in person for one, other in apart)


@given(_SETS)
def test_ids_of_people_differ_and_aliases_lead_to_them(claims):
    found = people(claims)
    names = named(found, claims)
    ids = [names.ids[person[0]] for person in found.people]
    assert len(set(ids)) == len(ids)
    assert set(names.aliases.values()) <= set(ids)
    assert not set(names.aliases) & set(ids)


@given(_SETS, _SETS)
def test_an_old_id_finds_a_person_for_ever(before, after):
    first = named(people(before), before)
    kept = {(one.key, one.hash) for one in after}
    gone = [replace(one, gone=True) for one in before if (one.key, one.hash) not in kept]
    now = [*after, *gone]
    found = people(now, members=[one.key for one in before])
    second = named(found, now, former=first.ids, older=first.aliases)
    for old in {*first.ids.values(), *first.aliases}:
        assert old in {*second.ids.values(), *second.aliases}


def test_a_verified_phone_joins_and_an_unverified_one_asks_a_person():
    sure = people([claim(A, PHONE, 1), claim(B, PHONE, 1)])
    assert sure.people == ((A, B),)
    unsure = people([claim(A, PHONE, 1), claim(B, PHONE, 1, verified=False)])
    assert unsure.people == ((A,), (B,))
    assert [one.evidence[0].reason for one in unsure.candidates] == [Reason.UNSURE.value]


def test_two_unionids_keep_two_people_apart_who_share_a_phone():
    claims = [
        claim(A, PHONE, 1),
        claim(B, PHONE, 1),
        claim(A, UNION, 1),
        claim(B, UNION, 2),
    ]
    found = people(claims)
    assert found.people == ((A,), (B,))
    (candidate,) = found.candidates
    assert {one.kind for one in candidate.evidence} == {"PHONE", "WECHAT_UNIONID"}
    assert {one.reason for one in candidate.evidence} == {"CONFLICT"}


def test_who_shares_a_phone_with_two_people_that_conflict_is_given_to_neither():
    claims = [claim(key, PHONE, 1) for key in (A, B, C)]
    claims += [claim(A, UNION, 1), claim(B, UNION, 2)]
    found = people(claims)
    assert found.people == ((A,), (B,), (C,))
    reasons = {
        (one.left, one.right): {each.reason for each in one.evidence} for one in found.candidates
    }
    assert reasons == {(A, B): {"CONFLICT"}, (A, C): {"AMBIGUOUS"}, (B, C): {"AMBIGUOUS"}}


def test_what_a_person_decided_stands_above_the_rules():
    claims = [claim(A, UNION, 1), claim(B, UNION, 2), claim(C, PHONE, 1), claim(D, PHONE, 1)]
    found = people(claims, decided(together=[(A, B)], apart=[(C, D)]))
    assert found.people == ((A, B), (C,), (D,))
    assert found.candidates == ()


def test_the_sides_of_an_undone_merge_stay_whole_on_one_phone():
    claims = [claim(key, PHONE, 1) for key in (A, B, C)]
    found = people(claims, decided(apart=[(A, B), ordered(B, C)]))
    assert found.people == ((A, C), (B,))


def test_500_people_on_one_phone_do_not_become_one():
    crowd = [("pos", str(number)) for number in range(500)]
    found = people([claim(key, PHONE, 1) for key in crowd], rules=DEFAULT_RULES)
    assert len(found.people) == 500
    assert found.candidates == ()
    assert found.shared == {claim(A, PHONE, 1).hash}
    names = named(found, [claim(key, PHONE, 1) for key in crowd], DEFAULT_RULES)
    assert len(set(names.ids.values())) == 500


def test_a_counter_phone_in_one_channel_is_shown_to_a_person_who_may_judge():
    shop = [("pos", str(number)) for number in range(4)]
    found = people([claim(key, PHONE, 1) for key in shop], rules=DEFAULT_RULES)
    assert len(found.people) == 4
    assert {one.reason for each in found.candidates for one in each.evidence} == {"SHARED"}


def test_a_value_that_more_memberships_show_elsewhere_joins_nobody_here():
    claims = [claim(A, PHONE, 1), claim(B, PHONE, 1)]
    found = resolve([A, B], claims, Decisions(), RULES, {claims[0].hash})
    assert found.people == ((A,), (B,))


def test_a_stricter_rule_splits_those_whom_the_old_one_joined():
    claims = [claim(key, CARD, 1) for key in (A, B)]
    assert people(claims).people == ((A, B),)
    kinds = {
        kind: replace(rule, strength="NEVER") if kind is CARD else rule
        for kind, rule in RULES.kinds.items()
    }
    stricter = read_rules({**_document(RULES), "kinds": _kinds(kinds)})
    assert people(claims, rules=stricter).people == ((A,), (B,))


def _document(rules):
    return {
        "shared_in_channel": rules.shared_in_channel,
        "shared_in_all": rules.shared_in_all,
        "most_memberships": rules.most_memberships,
        "blocked": list(rules.blocked),
    }


def _kinds(kinds):
    return {
        kind.value: {
            "strength": getattr(rule.strength, "value", rule.strength),
            "verified": rule.verified,
            "unique": rule.unique,
            "most": rule.most,
            "priority": rule.priority,
        }
        for kind, rule in kinds.items()
    }


def test_a_person_has_no_more_memberships_or_values_than_the_rules_allow():
    many = [claim(("pos", "1"), CARD, 0), *(claim(key, CARD, 0) for key in (B, C, D))]
    strict = replace(RULES, most_memberships=3)
    found = people(many, rules=strict)
    assert [len(person) for person in found.people] == [3, 1]
    assert {one.reason for each in found.candidates for one in each.evidence} == {"CROWD"}
    kinds = {**RULES.kinds, PHONE: replace(RULES.kinds[PHONE], most=1)}
    two = [claim(A, CARD, 0), claim(B, CARD, 0), claim(A, PHONE, 1), claim(B, PHONE, 2)]
    found = people(two, rules=replace(RULES, kinds=kinds))
    assert found.people == ((A,), (B,))
    assert {one.reason for each in found.candidates for one in each.evidence} == {"LIMIT"}


def test_a_person_is_named_by_a_phone_that_is_hers_alone():
    claims = [claim(A, PHONE, 2), claim(B, PHONE, 1), claim(A, CARD, 1), claim(B, CARD, 1)]
    names = named(people(claims), claims)
    assert set(names.ids.values()) == {"phone:PHONE1"}
    assert names.aliases == {"phone:PHONE2": "phone:PHONE1"}
    nobody = [claim(C, CARD, 2)]
    assert named(people(nobody), nobody).ids == {C: "own:woo:1"}


def test_a_phone_that_led_to_somebody_else_names_nobody_new():
    claims = [claim(A, PHONE, 1)]
    names = name_people(
        people(claims),
        claims,
        RULES,
        own_id=lambda _: "own",
        id_of=lambda _: "phone",
        former={},
        older={},
        taken={"phone"},
    )
    assert names.ids == {A: "own"}


_NOBODY = ["18877771111-123", "138****1234", "0000", "-1", "anonymous", "02012345678"]


@settings(max_examples=20)
@given(st.permutations(_NOBODY))
def test_what_names_nobody_is_no_identity(values):
    for value in values:
        member = Membership(
            channel="pos",
            number="1",
            contact=Contact(phone=value, phone_verified=True, card_number=value),
            source=SourceRef(connector="c", system="s", external_id="1"),
        )
        shown = shown_by(member, DEFAULT_RULES)
        assert [one.identity.kind for one in shown] == [CARD]
        placeholder = value in {"0000", "-1", "anonymous"}
        assert [one.barred for one in shown] == [placeholder]


def test_a_membership_shows_each_identity_once_and_the_better_claim_counts():
    union = Identity(UNION, "open", "u1")
    member = Membership(
        channel="pos",
        number="1",
        programme="club",
        contact=Contact(
            phone="139 1234 5678",
            email="Lin@Example.com",
            card_number=" BW1 ",
            identities=(union, union),
        ),
        source=SourceRef(connector="c", system="s", external_id="1"),
    )
    shown = {one.identity: one.verified for one in shown_by(member, DEFAULT_RULES)}
    assert shown == {
        Identity(PHONE, "+86", "+8613912345678"): False,
        Identity(IdentityKind.EMAIL, "", "lin@example.com"): False,
        Identity(CARD, "club", "BW1"): True,
        union: True,
    }


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kinds": {"PHONE": {"strength": "MAYBE"}}},
        {"kinds": {"PIGEON": {}}},
        {"kinds": {}, "blocked": ["("]},
        {"kinds": {}, "shared_in_all": 100_000},
        {"kinds": {}, "often": 1},
    ],
)
def test_rules_that_cannot_be_followed_are_refused(document):
    with pytest.raises(BadInput, match="identity rules"):
        read_rules(document)


def test_rules_are_written_as_they_are_read():
    document = {**_document(DEFAULT_RULES), "kinds": _kinds(DEFAULT_RULES.kinds)}
    assert read_rules(document) == DEFAULT_RULES
    assert written_rules(read_rules(document)) == written_rules(DEFAULT_RULES)
