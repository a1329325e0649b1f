"""Nobody's phone, e-mail address or name leaves the legacy systems in the clear, by any way."""

import json
import re
import zlib
from base64 import b64encode, urlsafe_b64decode
from binascii import Error as Base64Error
from hashlib import md5, sha256
from urllib.parse import quote

import httpx
import pytest

from tests.acceptance import doors, truth
from tests.acceptance.kept import WIDE, disguised, dump, kept_near
from tests.acceptance.retailer import ROOT, SYSTEMS

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

STARTERS = sorted((ROOT / "gateway/explorer/queries").glob("*.graphql"))
ROLES = ("operations", "guide", "consumer")
PAGES = """
query($orders: String, $members: String) {
  orders(first: 100, after: $orders) {
    edges { cursor node { id number notes sourceStatus member { id oneId displayName phoneMasked
      memberships { id number displayName phoneMasked emailMasked } } store { id name }
      payments { method } discounts { name } source { externalId } mirrors { id notes } } }
    pageInfo { startCursor endCursor }
  }
  members(first: 100, after: $members) {
    edges { cursor node { id oneId aliases displayName phoneMasked
      memberships { id number displayName phoneMasked emailMasked }
      coupons { id name code } } }
    pageInfo { startCursor endCursor }
  }
  coupons(first: 100) { edges { cursor node { id name code } } }
}
"""
UNMASKED = """
query($by: String!) { member(by: { phone: $by }) {
  unmasked(reason: "ticket 4711") { name phone email memberships { cardNumber phone } } } }
"""
WRONG = (
    '{ member(by: { phone: "13912345678x" }) { id } }',
    '{ member(by: { phone: "139 1234 56789" }) { id } }',
    '{ member(by: { email: "lin.xiaoman@example.com" }) { nothing } }',
    '{ member(by: { cardNumber: "BW88880001" }) { id }',
    '{ member(by: { id: "lin.xiaoman@example.com" }) { id } }',
    '{ member(by: { external: { kind: EMAIL, scope: "x", value: "13912345678" } }) { id } }',
)
BY_PHONE = f"members/by-phone/{truth.LIN['phone']}"
_SPELLINGS = ("{0}", "{1} {2} {3}", "{1}-{2}-{3}")
_WORD = re.compile(r"[A-Za-z0-9_-]{12,}")


@pytest.fixture(scope="module")
def canaries():
    """What must appear nowhere: of everybody phone and address, of her the name and card too."""
    people = truth.make_retailer().people
    words = {truth.LIN["name"], truth.LIN_CARD, *(one.email for one in people)}
    for one in people:
        parts = (one.phone, one.phone[:3], one.phone[3:7], one.phone[7:])
        words |= {spelling.format(*parts) for spelling in _SPELLINGS}
    plain = [truth.LIN["name"], truth.LIN_CARD, truth.LIN["phone"], truth.LIN["email"]]
    return words.union(*map(disguised, plain), *(disguised(one.phone) for one in people[:50]))


@pytest.fixture(scope="module")
def spread(box, canaries):
    """Every kind of answer there is, also of broken systems: what may have left a trace."""
    texts = {}
    for role in ROLES:
        for path in STARTERS:
            texts[f"{path.stem} as {role}"] = box.ask(path.read_text("utf-8"), role=role).text
        texts[f"pages as {role}"] = box.ask(PAGES, role=role).text
    for system in SYSTEMS:
        for mode in ("error500", "truncated"):
            with box.broken(system, mode):
                texts[f"{system} {mode}"] = box.ask(PAGES).text
    for number, query in enumerate(WRONG):
        texts[f"wrong {number}"] = box.ask(query).text
    # In the clear for the desk alone; what that leaves behind is searched as everything else.
    clear = json.loads(box.ask(UNMASKED, role="service", by=truth.LIN["phone"]).text)
    assert truth.LIN["phone"] in clear["data"]["member"]["unmasked"]["phone"]
    for role in ("operations", "guide"):
        texts[f"unmasked as {role}"] = box.ask(UNMASKED, role=role, by=truth.LIN["phone"]).text
    for by in (truth.LIN["phone"], truth.LIN["email"]):
        box.ask("query($by: String!) { member(by: { phone: $by }) { id } }", by=by)
        box.get(f"/graphql?query=%7Bmember(by:%7Bphone:%22{by}%22%7D)%7Bid%7D%7D")
    texts |= {f"/api: {asked}": told for asked, told in doors.resources(box, truth.LIN)}
    return texts


@pytest.fixture(scope="module")
def in_the_clear(box):
    """The doors that show people in the clear to whom they are for; they leave traces too."""
    answers = doors.old_application(box, truth.LIN)
    assert truth.LIN["email"] in answers[0].text
    assert truth.LIN["phone"] in answers[1].text
    told = doors.tmall(box, truth.LIN)
    assert [told[0]["query_code"], told[2:]] == ["E02", [None, None]]


def test_the_canaries_are_there_to_be_found(retailer, canaries):
    """The tills hold them in the clear: a search that finds nothing there would prove nothing."""
    found = _found_in(dump(retailer.state.pos_database), canaries)
    assert {truth.LIN["phone"], truth.LIN_CARD, truth.LIN["email"]} <= found


@pytest.mark.parametrize("form", ["hashed", "md5", "base64", "url", "wide", "spaced", "plain"])
def test_a_leak_in_any_form_is_found(canaries, form):
    phone, email = truth.LIN["phone"], truth.LIN["email"]
    leak = {
        "hashed": sha256(phone.encode()).hexdigest(),
        "md5": md5(phone.encode(), usedforsecurity=False).hexdigest(),
        "base64": b64encode(email.encode()).decode(),
        "url": quote(email, safe=""),
        "wide": phone.translate(WIDE),
        "spaced": f"{phone[:3]} {phone[3:7]} {phone[7:]}",
        "plain": phone,
    }[form]
    assert _found_in(f"key:{leak}:value", canaries)


def test_no_answer_of_any_starter_query_in_any_role_shows_them(spread, canaries):
    beside = [one for one in spread if not one.startswith("/api: ")]
    assert len(beside) == len(ROLES) * (len(STARTERS) + 1) + 2 * len(SYSTEMS) + len(WRONG) + 2
    assert '"phoneMasked":"139****5678"' in spread[f"/api: {BY_PHONE} as operations"]
    assert spread["/api: a file"].count("\n") > 100
    for told, text in spread.items():
        assert _found_in(text, canaries) == set(), told


def test_no_id_and_no_cursor_holds_them(spread, canaries):
    decoded = [
        one for text in spread.values() for word in _WORD.findall(text) for one in _read(word)
    ]
    assert any("Member:baiwei:" in one for one in decoded)
    assert len(decoded) > 200
    assert _found_in("\n".join(decoded), canaries) == set()


def test_no_log_holds_them(retailer, spread, in_the_clear, canaries):
    logs = list((retailer.home / "log").glob("*.log"))
    assert {"gateway.log", "sap.log", "postgres.log"} <= {one.name for one in logs}
    for path in logs:
        assert _found_in(path.read_text("utf-8", errors="replace"), canaries) == set(), path.name
    own = (retailer.home / "log/gateway.log").read_text("utf-8")
    assert "Person" in own
    assert "/api/members/by-phone/{phone}" in own


def test_no_figure_holds_them(retailer, spread, in_the_clear, canaries):
    asked = {"Authorization": f"Bearer {retailer.tokens['operations']}"}
    told = httpx.get(f"{retailer.address}/metrics", headers=asked, trust_env=False)
    assert told.status_code == httpx.codes.OK
    assert 'santong_compat_requests_total{resource="customers"' in told.text
    assert 'santong_resource_requests_total{resource="MemberByPhone"' in told.text
    assert "santong_tmall" in told.text
    assert _found_in(told.text, canaries) == set()


def test_no_key_and_no_value_in_valkey_holds_them(retailer, spread, in_the_clear, canaries):
    text = kept_near(retailer.state.environment["SANTONG_REDIS_URL"])
    assert "santong" in text
    assert _found_in(text, canaries) == set()


def test_no_column_of_the_platforms_database_holds_them(retailer, spread, in_the_clear, canaries):
    told = dump(retailer.state.environment["SANTONG_DATABASE_URL"])
    assert "BW-100123" in told
    assert "compat.read" in told
    assert "resource.exported" in told
    assert "MEMBER" in told.upper()
    assert _found_in(told, canaries) == set()
    # bytea columns are shown as hex
    hexed = {one.encode().hex() for one in canaries}
    assert _found_in(told, hexed) == set()


def _found_in(text, words):
    return {one for one in words if one in text}


def _read(word):
    """What a base64url text says, and what it says when it is deflated behind its form byte."""
    try:
        raw = urlsafe_b64decode(word + "=" * (-len(word) % 4))
    except (Base64Error, ValueError):
        return []
    texts = [raw.decode("utf-8", errors="replace")]
    if raw[:1] == b"\x02":
        texts.append(zlib.decompress(raw[1:], -zlib.MAX_WBITS).decode("utf-8", errors="replace"))
    return texts
