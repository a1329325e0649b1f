"""One person's story, over the real systems of the box, from her first visit to her erasure.

A walk-in with a card of the till; later an account of the web shop with the same phone; later the
mini program. Joined, each membership with its own tier and points. Merged by mistake with a
neighbour at a shared phone, and undone without a trace. Then erased, for good.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import yaml

from capabilities.caller import Role
from gateway.auth.tokens import mint
from gateway.settings import Settings
from tests.acceptance.kept import disguised, dump, kept_near
from tests.acceptance.retailer import (
    ROOT,
    Gateway,
    Retailer,
    eventually,
    running_gateway,
    running_retailer,
)

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("story")]

HER_PHONE, SHARED_PHONE = "13612340001", "13612340002"
HER_OPENID = "oStory-7vKq2"
CONNECTORS = ("pos", "woo", "mini")
HER_CARD = "BW-HERS-0001"
HERS = ("甘棠", HER_PHONE, f"+86{HER_PHONE}", HER_OPENID, HER_CARD, f"{HER_PHONE}@example.com")
# The members of the mini program, kept beside the till's: a system of one table, one page of YAML.
MINI = """
name: mini
channels: { member: mini }
settings: { url: "%s" }
manifest:
  system: mini_like
  title: Mini program
  version: "1"
  protocol: sql
  address: "{url}"
  auth: { password: password }
  memberships:
    channel: {}
    identities: { WECHAT_OPENID: openid }
    record:
      number: id
      status: { const: ACTIVE }
      joined_at: { from: joined, as: local }
      tier: { record: { code: level, name: level } }
      points: { record: { available: points } }
      contact: { record: { name: name, phone: phone, phone_verified: { const: true } } }
    order: { ties: complete, by: joined, page_max: 100 }
    by_key: { keys: "m[0-9]{1,9}", statement: "SELECT * FROM mini_members WHERE id IN :keys" }
    by_identity:
      WECHAT_OPENID: { statement: "SELECT * FROM mini_members WHERE openid IN :keys" }
    search:
      statement: >-
        SELECT * FROM mini_members
        WHERE (CAST(:place AS timestamp) IS NULL OR joined {upto} CAST(:place AS timestamp))
        ORDER BY joined {desc} FETCH FIRST (CAST(:limit AS integer)) ROWS WITH TIES
"""
WHO = """
  id oneId status aliases phoneMasked displayName
  memberships { number channel { code } tier { code } points { available } homeStoreCode }
"""
MEMBER = f"query($by: MemberKey!) {{ member(by: $by) {{ {WHO} }} }}"
WITH_ORDERS = f"""
query($by: MemberKey!) {{
  member(by: $by) {{ {WHO} orders(first: 20) {{ nodes {{ number channel {{ code }} }} }} }}
}}
"""
PREVIEW = """
query($members: [ID!]!) {
  mergePreview(members: $members) { resultingMemberId parts { memberId } blocks { code } }
}
"""
CANDIDATES = "{ mergeCandidates(first: 100) { pairs { leftId rightId evidence { reason kind } } } }"
MERGE = """mergeMembers(input: $input) {
  __typename
  ... on MembersMerged { mergeId resultingMemberId mergedMemberIds }
  ... on UserError { code message }
}"""
UNMERGE = """unmergeMembers(input: $input) {
  __typename
  ... on MembersUnmerged { parts { memberId } }
  ... on UserError { code message }
}"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Story"]:
    home = tmp_path_factory.mktemp("story") / "home"
    with running_retailer(home) as retailer:
        yield Story(retailer)


class Story:
    """The people at the tills and desks, and what they do."""

    def __init__(self, retailer: Retailer, gateway: Gateway | None = None) -> None:
        self.retailer = retailer
        self.gateway = gateway or retailer
        secret = retailer.state.environment["SANTONG_SECRET_KEY"]
        settings = Settings(secret_key=secret)
        for role in (Role.SERVICE, Role.ADMIN):
            self.gateway.tokens[role.value.lower()] = mint(settings, role=role, brand="baiwei")
        estate = yaml.safe_load(Path(retailer.state.environment["SANTONG_ESTATE"]).read_text())
        by_name = {one["name"]: one for one in estate["connectors"]}
        self._shop = by_name["woo"]["settings"]["base_url"]
        self._till = by_name["pos"]["settings"]["url"]

    def at_the_till(self, name: str, phone: str, card: str, points: int = 0) -> str:
        """A clerk enters a new customer; her number."""
        with psycopg.connect(self.retailer.state.pos_database) as till:
            (number,) = till.execute(
                "INSERT INTO ospos_people (first_name, last_name, phone_number, email, address_1,"
                " address_2, city, state, zip, country, comments)"
                " VALUES (%s, '', %s, '', '', '', '', '', '', '', '') RETURNING person_id",
                (name, phone),
            ).fetchone()
            till.execute(
                "INSERT INTO ospos_customers (person_id, account_number, points, package_id, date,"
                " employee_id, home_location_id)"
                " VALUES (%s, %s, %s, 1, '2026-11-01 10:00:00', 1, 1)",
                (number, card, points),
            )
        return str(number)

    def in_the_shop(self, name: str, phone: str) -> str:
        """She makes an account in the web shop; its number."""
        secret = self.retailer.state.environment["DEMO_WOO_SECRET"]
        answer = httpx.post(
            f"{self._shop}/customers",
            json={
                "email": f"{phone}@example.com",
                "first_name": name,
                "billing": {"phone": phone},
            },
            auth=("ck_demo", secret),
            trust_env=False,
        )
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def in_the_mini_program(self, name: str, phone: str, openid: str) -> str:
        """She opens the mini program, whose members a new connector brings; her number there."""
        with psycopg.connect(self.retailer.state.pos_database) as till:
            till.execute(
                "CREATE TABLE mini_members (id text PRIMARY KEY, openid text, name text,"
                " phone text, joined timestamp, level text, points integer)"
            )
            till.execute(
                "INSERT INTO mini_members VALUES"
                " ('m1', %s, %s, %s, '2026-11-03 10:00:00', 'SILVER', 30)",
                (openid, name, phone),
            )
            till.execute("GRANT SELECT ON mini_members TO PUBLIC")
        definition = self.retailer.home.parent / "mini.yaml"
        definition.write_text(MINI % self._till, "utf-8")
        self.santong(
            *("connector", "add", str(definition), "--reason", "the mini program"),
            *("--secret", "password"),
            typed=self.retailer.state.environment["DEMO_POS_PASSWORD"] + "\n",
        )
        return "m1"

    def restored(self, backups: Path, dump: Path) -> dict[str, str]:
        """Restores the backup beside what runs; the settings that ask it."""
        own = self.retailer.state.environment
        address = urlsplit(own["SANTONG_DATABASE_URL"])
        settings = {
            **own,
            "SANTONG_DATABASE_URL": address._replace(path="/restored").geturl(),
            "SANTONG_REDIS_URL": own["SANTONG_REDIS_URL"],
        }
        self.santong("restore", str(backups), "--dump", str(dump), **settings)
        return settings

    def santong(self, *arguments: str, typed: str = "", **settings: str) -> str:
        """A command of the operator's; what it printed."""
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith("SANTONG_")
        }
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments],
            cwd=ROOT,
            env={**clean, "SANTONG_HOME": str(self.retailer.home), **settings},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def traces(self) -> list[tuple[str, str]]:
        """Where anything of hers stands in the clear, hashed or encoded: everywhere we write."""
        own, asked = self.retailer.state.environment, self.gateway.tokens["operations"]
        figures = httpx.get(
            f"{self.retailer.address}/metrics",
            headers={"Authorization": f"Bearer {asked}"},
            trust_env=False,
        )
        places = {
            "the platform's database": dump(own["SANTONG_DATABASE_URL"]),
            "valkey": kept_near(own["SANTONG_REDIS_URL"]),
            "the figures": figures.text,
            **{
                path.name: path.read_text("utf-8", errors="replace")
                for path in (self.retailer.home / "log").glob("*.log")
            },
        }
        words = {form for one in HERS for form in {one, one.encode().hex(), *disguised(one)}}
        return [(place, word) for place, told in places.items() for word in words if word in told]

    def asked(self, **by: object) -> dict:
        """What is answered to a key that no system may know yet."""
        return self.gateway.ask(MEMBER, role="operations", by=by).body["data"]

    def member(self, query: str = MEMBER, role: str = "operations", **by: object) -> dict | None:
        return self.gateway.ask(query, role=role, by=by).data["member"]

    def gone(self, id: str) -> None:  # noqa: A002 - the contract's name
        """Nothing leads to her any more."""
        openid = {"kind": "WECHAT_OPENID", "scope": "mini", "value": HER_OPENID}
        ways = ({"phone": HER_PHONE}, {"cardNumber": HER_CARD}, {"id": id}, {"external": openid})
        found = [self.member(**way) for way in ways]
        assert [one for one in found if one and one["memberships"]] == []

    def told(self, mutation: str, role: str, **fields: object) -> dict:
        """What a mutation answered; its input under the names of the contract."""
        name = mutation.partition("(")[0].strip()
        query = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {mutation} }}"
        fields = {"reason": "ticket 4711", "idempotencyKey": f"{name}-{len(fields)}", **fields}
        return self.gateway.ask(query, role=role, input=fields).data[name]


def _keys(member):
    return sorted((one["channel"]["code"], one["number"]) for one in member["memberships"])


def _facts(member):
    """What must be the same after a merge was undone."""
    kept = {
        (one["channel"]["code"], one["number"]): (one["tier"], one["points"], one["homeStoreCode"])
        for one in member["memberships"]
    }
    orders = [(one["channel"]["code"], one["number"]) for one in member["orders"]["nodes"]]
    return member["id"], kept, orders


@pytest.mark.timeout(400)
def test_the_whole_story(story):
    joined = _comes_thrice(story)
    neighbour = _shares_a_phone(story)
    both = _merged_by_mistake(story, joined, neighbour)
    _erased_for_good(story, joined, neighbour, both)


def _comes_thrice(story):
    """A card, then a web account with the same phone, then the mini program: one person."""
    card = story.at_the_till("甘棠", HER_PHONE, HER_CARD, points=120)
    story.santong("sync", "members", "--connector", "pos")
    walk_in = story.member(cardNumber=HER_CARD)
    assert _keys(walk_in) == [("store", card)]

    account = story.in_the_shop("甘棠", HER_PHONE)
    story.santong("sync", "members", "--connector", "woo")
    joined = story.member(WITH_ORDERS, phone=HER_PHONE)
    assert _keys(joined) == [("shop", account), ("store", card)]
    by_channel = {one["channel"]["code"]: one for one in joined["memberships"]}
    assert by_channel["store"]["points"] == {"available": 120}
    assert by_channel["shop"]["points"] != by_channel["store"]["points"], "nothing is levelled"
    assert story.member(id=walk_in["id"])["id"] == joined["id"], "her first id still leads to her"
    return _opens_the_mini_program(story, joined)


def _opens_the_mini_program(story, before):
    """A third membership joins by the phone; tiers and points of each stay as they were."""
    number = story.in_the_mini_program("甘棠", HER_PHONE, HER_OPENID)
    story.santong("sync", "members", "--connector", "mini")
    openid = {"kind": "WECHAT_OPENID", "scope": "mini", "value": HER_OPENID}
    eventually(lambda: story.asked(external=openid)["member"], within=30)
    joined = story.member(WITH_ORDERS, external=openid)
    assert joined["id"] == before["id"]
    assert _keys(joined) == sorted([*_keys(before), ("mini", number)])
    kept, earlier = _facts(joined)[1], _facts(before)[1]
    assert {key: kept[key] for key in earlier} == earlier, "nothing is levelled"
    tier, points, _ = kept["mini", number]
    assert (tier, points) == ({"code": "SILVER"}, {"available": 30})
    assert story.member(phone=HER_PHONE)["id"] == joined["id"]
    return joined


def _shares_a_phone(story):
    """Five at a shop that writes its own number for whoever has none; the first of them."""
    strangers = [
        story.at_the_till(name, SHARED_PHONE, f"BW-STORY-1{place}", points=place)
        for place, name in enumerate(("邻一", "邻二", "邻三", "邻四", "邻五"))
    ]
    story.santong("sync", "members", "--connector", "pos", "--whole")
    people = [
        story.member(WITH_ORDERS, membership={"channel": "store", "number": number})
        for number in strangers
    ]
    assert len({one["id"] for one in people}) == len(strangers), "the guard keeps them apart"
    pairs = story.retailer.ask(CANDIDATES).data["mergeCandidates"]["pairs"]
    shared = [
        pair for pair in pairs if {pair["leftId"], pair["rightId"]} <= {one["id"] for one in people}
    ]
    assert not shared or {one["reason"] for pair in shared for one in pair["evidence"]} == {
        "SHARED"
    }
    return people[0]


def _merged_by_mistake(story, joined, neighbour):
    """Merged and undone without a trace; the ids of the two."""
    before = _facts(joined), _facts(neighbour)
    both = [joined["id"], neighbour["id"]]
    preview = story.retailer.ask(PREVIEW, members=both).data["mergePreview"]
    assert {part["memberId"] for part in preview["parts"]} == set(both)
    merged = story.told(
        MERGE, "operations", members=both, override=[one["code"] for one in preview["blocks"]]
    )
    assert merged["__typename"] == "MembersMerged", merged
    assert merged["resultingMemberId"] == preview["resultingMemberId"]
    one = story.member(WITH_ORDERS, id=merged["resultingMemberId"])
    assert _keys(one) == sorted(_keys(joined) + _keys(neighbour))
    assert {story.member(id=each)["id"] for each in both} == {one["id"]}
    undone = story.told(UNMERGE, "operations", merge=merged["mergeId"])
    assert undone["__typename"] == "MembersUnmerged", undone
    again = [story.member(WITH_ORDERS, id=each) for each in both]
    assert (_facts(again[0]), _facts(again[1])) == before
    story.santong("sync", "members", "--connector", "pos", "--whole")
    assert [_keys(story.member(id=each)) for each in both] == [_keys(joined), _keys(neighbour)]
    return both


def _erased_for_good(story, joined, neighbour, both):
    """Erased, taken in again, and a backup of yesterday restored: she stays gone."""
    backups = story.retailer.home.parent / "backups"
    story.santong("backup", str(backups))
    story.santong("member", "erase", joined["oneId"], "--reason", "ticket 4712", "--yes")
    eventually(lambda: story.member(phone=HER_PHONE) is None, within=5)
    story.gone(both[0])
    for connector in CONNECTORS:
        story.santong("sync", "members", "--connector", connector, "--whole")
    story.gone(both[0])
    assert story.traces() == [], "she is written down somewhere"
    (yesterday,) = backups.glob("platform-*.dump")
    story.santong("backup", str(backups))  # today's, which names whom it no longer holds
    restored = story.restored(backups, yesterday)
    with running_gateway(story.retailer.home.parent / "restored", restored) as gateway:
        elsewhere = Story(story.retailer, gateway)
        elsewhere.gone(both[0])
        for connector in CONNECTORS:
            story.santong("sync", "members", "--connector", connector, "--whole", **restored)
        elsewhere.gone(both[0])
        assert _keys(elsewhere.member(id=both[1])) == _keys(neighbour), "nobody else is touched"
