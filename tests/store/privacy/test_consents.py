from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentDeclined,
    ConsentMedium,
    ConsentPurpose,
    ConsentRecorded,
    ConsentStatus,
)
from capabilities.operations import IdempotencyKeyReused
from store.privacy.consents import Consents

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MARKETING = ConsentPurpose.MARKETING
SMS, WECHAT, ANY = ConsentMedium.SMS, ConsentMedium.WECHAT, ConsentMedium.ANY
YES, NO, REVOKED = ConsentStatus.GRANTED, ConsentStatus.DENIED, ConsentStatus.REVOKED


@pytest.fixture
async def consents(store):
    """Lin with a card and a shop account, Chen with a card, Wu without a membership."""
    for one_id in ("lin", "chen", "wu"):
        await store.rows(
            text("INSERT INTO members VALUES ('baiwei', :one_id, 'ACTIVE', now(), 1)"),
            {"one_id": one_id},
        )
    for channel, number, one_id in (
        ("store", "7", "lin"),
        ("shop", "c:7", "lin"),
        ("store", "8", "chen"),
    ):
        await store.rows(
            text("INSERT INTO membership_links VALUES ('baiwei', :number, :channel, :one_id)"),
            {"channel": channel, "number": number, "one_id": one_id},
        )
    opened = Consents(store, "baiwei")
    assert await opened.add_text(MARKETING, "v1", "May we write to you?", by="ops", at=NOW)
    return opened


async def move(store, number, one_id):
    await store.rows(
        text("UPDATE membership_links SET one_id = :one_id WHERE number = :number"),
        {"number": number, "one_id": one_id},
    )


def answer(who, status=YES, medium=SMS, hours=0, **changes):
    one_id, membership = (who, None) if isinstance(who, str) else (None, MembershipKey(*who))
    given = {
        "one_id": one_id,
        "membership": membership,
        "purpose": MARKETING,
        "medium": medium,
        "status": status,
        "text_version": "v1" if status is YES else None,
        "source": "store:0017",
        "at": NOW + timedelta(hours=hours),
    }
    return ConsentAnswer(**{**given, **changes})


async def said(consents, *answers, key="k"):
    for place, one in enumerate(answers):
        done = await consents.record(one, author="ops", idempotency_key=f"{key}{place}", now=NOW)
        assert isinstance(done, ConsentRecorded), done
    return done


async def allowed(consents, *one_ids, medium=SMS, hours=100):
    return await consents.allowed(one_ids, MARKETING, medium, NOW + timedelta(hours=hours))


async def test_nobody_is_allowed_who_said_nothing(consents):
    await said(consents, answer("lin"), answer("wu"))
    assert await allowed(consents, "chen", "lin", "nobody", "wu", "lin") == [
        False,
        True,
        False,
        True,
        True,
    ]
    assert await allowed(consents, "lin", medium=WECHAT) == [False]
    assert await consents.allowed([], MARKETING, SMS, NOW) == []
    assert await Consents(consents._store, "other").allowed(["lin"], MARKETING, SMS, NOW) == [False]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(YES, SMS, 0), (NO, SMS, 1)], False),
        ([(NO, SMS, 1), (YES, SMS, 0)], False),
        ([(NO, SMS, 0), (YES, SMS, 1)], True),
        ([(YES, ANY, 0)], True),
        ([(YES, ANY, 0), (NO, SMS, 1)], False),
        ([(NO, SMS, 0), (YES, ANY, 1)], False),
        ([(YES, SMS, 0), (REVOKED, ANY, 1)], False),
        ([(REVOKED, ANY, 0), (YES, SMS, 1)], True),
        ([(REVOKED, ANY, 0), (YES, SMS, 1), (YES, ANY, 2)], True),
        ([(YES, SMS, 0), (YES, WECHAT, 0), (NO, WECHAT, 1)], True),
    ],
)
async def test_the_newest_answer_of_a_part_counts_and_every_way_is_no_leave(
    consents, answers, expected
):
    await said(consents, *(answer(("store", "8"), *one) for one in answers))
    assert await allowed(consents, "chen") == [expected]


async def test_a_grant_ends_and_one_of_tomorrow_is_none_today(consents):
    await said(consents, answer("chen", hours=2, expires_at=NOW + timedelta(hours=5)))
    assert [(await allowed(consents, "chen", hours=at))[0] for at in (1, 2, 4, 5, 6)] == [
        False,
        True,
        True,
        False,
        False,
    ]


async def test_a_merge_leaves_the_most_restrictive_and_its_undoing_what_each_had(consents, store):
    await said(consents, answer(("store", "7")), answer(("store", "8"), REVOKED))
    assert await allowed(consents, "lin", "chen") == [True, False]
    await move(store, "8", "lin")
    assert await allowed(consents, "lin") == [False]
    await move(store, "8", "chen")
    assert await allowed(consents, "lin", "chen") == [True, False]


async def test_after_an_unmerge_nobody_lives_on_her_neighbours_yes_but_a_no_stays(consents, store):
    await move(store, "8", "lin")
    await said(consents, answer("lin"), answer("lin", NO, WECHAT))
    assert await allowed(consents, "lin") == [True]
    await move(store, "8", "chen")
    assert await allowed(consents, "lin", "chen") == [False, False]
    assert await allowed(consents, "lin", "chen", medium=WECHAT) == [False, False]
    history = (await consents.history(["chen"]))[0]
    assert [one.status for one in history] == [YES, NO] or [one.status for one in history] == [
        NO,
        YES,
    ]


async def test_a_membership_that_its_system_closed_voids_no_grant_of_the_rest(consents, store):
    await said(consents, answer("lin"))
    await store.rows(text("DELETE FROM membership_links WHERE number = 'c:7'"))
    assert await allowed(consents, "lin") == [True]


async def test_what_an_old_id_answered_holds_for_its_survivor(consents, store):
    await said(consents, answer("wu", REVOKED), answer("lin"))
    await store.rows(text("INSERT INTO member_aliases VALUES ('baiwei', 'wu', 'lin')"))
    assert await allowed(consents, "wu", "lin") == [False, False]


async def test_an_answer_is_recorded_once_with_its_event(consents, store):
    first = await said(consents, answer("lin"))
    assert (first.one_id, first.allowed) == ("lin", True)
    assert await said(consents, answer("lin")) == first
    other = await consents.record(answer("lin", NO), author="ops", idempotency_key="k0", now=NOW)
    assert isinstance(other, IdempotencyKeyReused)
    rows = await store.rows(text("SELECT topic, key FROM events"))
    assert [tuple(row) for row in rows] == [("consent.changed", "lin")]
    (history,) = await consents.history(["lin"])
    assert {(one.membership, one.text_version, one.source, one.at) for one in history} == {
        (MembershipKey("store", "7"), "v1", "store:0017", NOW),
        (MembershipKey("shop", "c:7"), "v1", "store:0017", NOW),
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer("nobody"), "MEMBER_UNKNOWN"),
        (answer(("store", "99")), "MEMBER_UNKNOWN"),
        (answer("lin", text_version="v9"), "CONSENT_TEXT_UNKNOWN"),
        (answer("lin", text_version=None), "CONSENT_TEXT_UNKNOWN"),
        (answer("lin", NO, text_version="v9"), "CONSENT_TEXT_UNKNOWN"),
    ],
)
async def test_a_yes_needs_a_person_and_words_that_are_known(consents, given, code):
    done = await consents.record(given, author="ops", idempotency_key="k", now=NOW)
    assert isinstance(done, ConsentDeclined)
    assert done.code == code
    assert done.valid == (("v1",) if code == "CONSENT_TEXT_UNKNOWN" else ())


async def test_words_are_kept_and_a_version_stands_for_one_text(consents):
    assert await consents.add_text(MARKETING, "v1", "May we write to you?", by="x", at=NOW)
    assert not await consents.add_text(MARKETING, "v1", "May we?", by="x", at=NOW)
    (kept,) = await consents.texts(MARKETING)
    assert (kept.version, kept.text, kept.added_by) == ("v1", "May we write to you?", "ops")
    assert await consents.texts(ConsentPurpose.SERVICE) == []


async def test_no_answer_is_ever_changed_or_taken_away(consents, database):
    await said(consents, answer("lin"))
    with psycopg.connect(database) as connection:
        for statement in (
            "UPDATE consents SET status = 'GRANTED'",
            "DELETE FROM consents",
            "TRUNCATE consents",
        ):
            with pytest.raises(psycopg.errors.RaiseException), connection.transaction():
                connection.execute(statement)
