"""Every field of the contract is answered at least once, from real records."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    execute,
    get_named_type,
    is_leaf_type,
    parse,
)

from capabilities.caller import Role
from capabilities.flash.settled import reservation_id
from capabilities.ids import global_id
from capabilities.order.changes import OrderChange
from capabilities.places import Place
from tests.schema.adoption_shelf import DIFFERENCE
from tests.schema.flash_shelf import MOMENT, RESERVATION

EVENTS = {
    "adoptionDiff": ('adoptionDiff(channel: "shop", capability: MEMBER)', DIFFERENCE),
    "flashSale": ('flashSale(id: "spring-7")', MOMENT),
    "reservation": (f'reservation(id: "{reservation_id("spring-7", UUID(int=7))}")', RESERVATION),
    "orderChanged": (
        'orderChanged(on: {store: {code: "M0001"}})',
        OrderChange(
            place=Place(0, 7, 1),
            at=datetime(2026, 11, 1, tzinfo=UTC),
            channel_code="store",
            number="M0001-20261001-0-1-7",
        ),
    ),
}


def arguments(records: dict[str, Any]) -> dict[str, str]:
    """How to ask the root fields that need an argument."""
    ids = json.dumps([one.id for one in records.values()])
    keys = " ".join(
        f'{{__typename: "{kind}", id: "{records[kind].id}"}}'
        for kind in ("Order", "Member", "Product")
    )
    return {
        "orderChange": '(reference: "c1")',
        "member": '(by: {phone: "139 1234 5678"})',
        "order": f'(by: {{business: {{channel: "store", number: "{records["Order"].number}"}}}})',
        "product": '(sku: "BW-100123")',
        "store": '(channel: "store", code: "M0001")',
        "mergePreview": f'(members: ["{records["Member"].id}"])',
        "unmergePreview": f'(merge: "{_MERGE}")',
        "newProductRecommendations": f'(member: "{records["Member"].id}")',
        "segment": '(name: "vips")',
        "quote": (
            '(input: {channel: "shop", lines: [{ref: "1", sku: "BW-100123", unitPrice: "1.00"}]})'
        ),
        "quoteAgain": '(token: "a token")',
        "flashSale": '(id: "spring-7")',
        "reservation": f'(id: "{_RESERVATION}")',
        "promotionHistory": '(id: "eleven")',
        "promotionPreview": '(id: "eleven", since: "2026-11-20", until: "2026-11-26")',
        "adoption": '(channel: "shop", capability: MEMBER)',
        "lifecycleDue": '(rule: "second-purchase")',
        "previewSegment": '(where: {tagged: {tags: ["vip"]}})',
        "node": f'(id: "{records["Order"].id}")',
        "nodes": f"(ids: {ids})",
        "_entities": f"(representations: [{keys}])",
    }


def selection(schema: GraphQLSchema, kind: GraphQLNamedType, above: tuple[str, ...]) -> str:
    """Everything under a type; of a type inside itself only its name."""
    if is_leaf_type(kind):
        return ""
    if kind.name in above:
        return "{ __typename }"
    inside = (*above, kind.name)
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        possible = schema.get_possible_types(kind)
        parts = (f"... on {one.name} {selection(schema, one, inside)}" for one in possible)
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(kind, GraphQLObjectType)
    fields = (
        f"{kind.name}_{name}: {name} {selection(schema, get_named_type(field.type), inside)}"
        for name, field in kind.fields.items()
    )
    return "{ __typename " + " ".join(fields) + " }"


def answered(value: Any) -> Iterator[str]:
    """Coordinates of all fields that hold something."""
    if isinstance(value, list):
        for one in value:
            yield from answered(one)
    if isinstance(value, dict):
        for alias, inner in value.items():
            if inner not in (None, []):
                yield alias.replace("_", ".", 1)
                yield from answered(inner)


def coordinates(schema: GraphQLSchema) -> set[str]:
    return {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("_")
        for name, field in kind.fields.items()
        if kind.name not in {"Query", "Mutation", "Subscription"}
        and not nobody_fills(schema, field.type)
    }


def nobody_fills(schema: GraphQLSchema, kind: Any) -> bool:
    """Whether a field is of a native interface, whose types come with connectors."""
    inner = get_named_type(kind)
    return isinstance(inner, GraphQLInterfaceType) and not schema.get_possible_types(inner)


_SUGGESTION = global_id("ProductSuggestion", "baiwei", "ab12")
_OTHER = global_id("ProductSuggestion", "baiwei", "none")
_MEMBER = global_id("Member", "baiwei", "abcdefghijklmnopqrstuvwx")
_NOBODY = global_id("Member", "baiwei", "nobody")
_MERGE = global_id("Merge", "baiwei", "r1")
_CONFLICT = global_id("AdoptionConflict", "baiwei", "c1")
_PAIR = global_id("MergeCandidate", "baiwei", "cand1")
_MINE = global_id("Membership", "store", "8001")
_RESERVATION = reservation_id("spring-7", UUID(int=7))
_NONE = global_id("Membership", "store", "none")
_ORDER = global_id("Order", "store", "M0001-20261001-0-1-7")
_COMMAND = global_id("OrderCommand", "baiwei", "c1")
_SAGA = global_id("OrderSaga", "baiwei", "s1")
_REQUEST = global_id("ServiceRequest", "baiwei", "c1")
_WHY = 'reason: "{}", idempotencyKey: "1"'
WISHES = (
    {
        f"{name}_{key}": f'{name}(input: {{{given}, idempotencyKey: "{key}"}})'
        for name, given in (
            ("pauseFlashSale", 'sale: "spring-7"'),
            ("openFlashSale", 'sale: "spring-7"'),
            ("topUpFlashSale", 'sale: "spring-7", channel: "shop", units: 5'),
            ("confirmFlashSale", 'proposal: "p1"'),
            ("rehearseFlashSale", 'sale: "spring-7"'),
            ("pushFlashQuota", 'sale: "spring-7", channel: "shop", units: 5'),
            ("pushFlashQuotaAgain", 'sale: "spring-7", channel: "shop"'),
            ("takeBackFlashQuota", 'sale: "spring-7", channel: "shop"'),
            ("settleFlashQuota", 'sale: "spring-7", channel: "shop", sold: 3'),
            ("transferFlashStock", 'sale: "spring-7", target: "shop", units: 5'),
            ("changeFlashSaleSupply", 'sale: "spring-7", supply: {onHand: 9}'),
            ("withdrawFlashProposal", 'proposal: "p1"'),
            ("changeFlashSaleRate", 'sale: "spring-7", rate: 50'),
        )
        for key in ("fine", "declined", "reused")
    }
    | {
        f"{name}_{key}": (
            f'{name}(input: {{channel: "shop", capability: MEMBER, {given} reason: "why",'
            f' idempotencyKey: "{key}"}})'
        )
        for name, given in (
            ("promoteAdoption", ""),
            ("rollbackAdoption", ""),
            ("haltAdoption", ""),
            ("resumeAdoption", "target: SHADOW_READ,"),
            ("setAdoptionPercent", "side: READ, points: 500,"),
            ("keepLegacy", 'reviewOn: "2027-01-01",'),
            ("routeAdoption", 'labels: ["tester"], laggingFields: ["points"],'),
            ("signAdoption", "signature: OWNER_NAMED,"),
            (
                "acknowledgeDiff",
                'class: MISSING, pattern: "S9*", owner: "lin", until: "2026-12-24T00:00:00Z",',
            ),
        )
        for key in ("fine", "declined", "reused")
    }
    | {
        f"decideConflict_{key}": (
            f'decideConflict(input: {{conflict: "{_CONFLICT}", revision: "r1", keep: PLATFORM,'
            f' reason: "why", idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "declined", "reused")
    }
    | {
        f"haltAdoptions_{key}": f'haltAdoptions(input: {{reason: "why", idempotencyKey: "{key}"}})'
        for key in ("fine", "declined", "reused")
    }
    | {
        f"closePayment_{name}": (
            f'closePayment(input: {{provider: "bank", transaction: "{name}", reason: "why",'
            ' idempotencyKey: "1"})'
        )
        for name in ("fine", "none", "reused")
    }
    | {
        f"{name}_{key}": (
            f'{name}(input: {{command: "{_COMMAND}", reason: "why", idempotencyKey: "{key}"}})'
        )
        for name in ("retryOrderCommand", "discardOrderCommand")
        for key in ("fine", "none", "reused")
    }
    | {
        f"discardOrderSaga_{key}": (
            f'discardOrderSaga(input: {{saga: "{_SAGA}", reason: "why", idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "none", "reused")
    }
    | {
        f"retryPendingWrite_{key}": (
            f'retryPendingWrite(input: {{write: "{_COMMAND}", reason: "why",'
            f' idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "none", "reused")
    }
    | {
        "defineFlashSale": (
            'defineFlashSale(input: {id: "spring-7", sku: "SN-1", price: {amount: "9.90", currency:'
            ' "CNY"}, opensAt: "2026-11-11T12:00:00Z", closesAt: "2026-11-11T14:00:00Z",'
            ' pools: [{units: 5}], idempotencyKey: "1"})'
        )
    }
    | {
        f"placeFlashOrder_{key}": (
            f'placeFlashOrder(input: {{sale: "spring-7", ticket: "t", idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "sold", "limit", "closed", "twice", "crowd")
    }
    | {
        f"payReservation_{key}": (
            f'payReservation(input: {{reservation: "{_RESERVATION}", idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "reused")
    }
    | {
        f"cancelReservation_{key}": (
            f'cancelReservation(input: {{reservation: "{_RESERVATION}", idempotencyKey: "{key}"}})'
        )
        for key in ("fine", "paid")
    }
    | {
        f"submitSuggestion_{text}": (
            f'submitSuggestion(input: {{source: APP, text: "{text}", idempotencyKey: "1"}})'
        )
        for text in ("fine", "reused")
    }
    | {
        f"mergeSuggestions_{into}": (
            f'mergeSuggestions(input: {{into: "{into}", suggestions: ["{_SUGGESTION}"],'
            ' idempotencyKey: "1"})'
        )
        for into in (_SUGGESTION, _OTHER)
    }
    | {
        "decideSuggestion": (
            f'decideSuggestion(input: {{suggestion: "{_SUGGESTION}", status: ACCEPTED,'
            ' idempotencyKey: "1"})'
        )
    }
    | {
        f"recordTouch_{reference}_{number}": (
            f'recordTouch(input: {{source: "scrm", reference: "{reference}", channel: "store",'
            f' number: "{number}", kind: "V", at: "2026-10-01T08:00:00Z", idempotencyKey: "1"}})'
        )
        for reference, number in (("fine", "8001"), ("reused", "8001"), ("fine", "none"))
    }
    | {
        f"mergeMembers_{why}": (
            f'mergeMembers(input: {{members: ["{_MEMBER}"], override: ["DECIDED"],'
            f' seen: [{{member: "{_MEMBER}", version: 2}}], {_WHY.format(why)}}})'
        )
        for why in ("fine", "blocked", "reused")
    }
    | {
        f"unmergeMembers_{why}": f"unmergeMembers(input: {{{what}, {_WHY.format(why)}}})"
        for why, what in (
            ("fine", f'merge: "{_MERGE}"'),
            ("blocked", 'memberships: [{channel: "store", number: "1"}]'),
            ("reused", 'memberships: [{channel: "store", number: "1"}]'),
        )
    }
    | {
        f"decideMergeCandidate_{why}": (
            f'decideMergeCandidate(input: {{candidate: "{_PAIR}", verdict: ACCEPT,'
            f" {_WHY.format(why)}}})"
        )
        for why in ("fine", "judged", "blocked", "reused")
    }
    | {
        f"redeemPoints_{name}": (
            f'redeemPoints(input: {{membership: "{whose}", amount: {amount}, reason: "why",'
            ' idempotencyKey: "1"})'
        )
        for name, whose, amount in (
            ("fine", _MINE, 5),
            ("reused", _MINE, 13),
            ("few", _MINE, 999),
            ("none", _NONE, 5),
        )
    }
    | {
        f"{name}_{which}": (
            f'{name}(input: {{membership: "{_MINE}", {key}: "{which}", {_WHY.format(which)}}})'
        )
        for name, key in (("useBenefit", "benefit"), ("takeBackBenefit", "use"))
        for which in ("fine", "none", "reused")
    }
    | {
        f"tagMember_{tag}": (
            f'tagMember(input: {{member: "{who}", tag: "{tag}", idempotencyKey: "1"}})'
        )
        for tag, who in (("fine", _MEMBER), ("none", _NOBODY), ("reused", _MEMBER))
    }
    | {
        f"registerMember_{name}": (
            f'registerMember(input: {{channel: "{name}", phone: "x", idempotencyKey: "1"}})'
        )
        for name in ("fine", "none", "reused")
    }
    | {
        "updateProfile": f'updateProfile(input: {{member: "{_MEMBER}", idempotencyKey: "1"}})',
    }
    | {
        f"bindMembership_{number}": (
            f'bindMembership(input: {{member: "{_MEMBER}", channel: "c", number: "{number}", '
            'phone: "x", idempotencyKey: "1"})'
        )
        for number in ("1", "none")
    }
    | {
        "untagMember": (
            f'untagMember(input: {{member: "{_MEMBER}", tag: "vip", idempotencyKey: "1"}})'
        )
    }
    | {
        f"startCampaign_{name}": f'startCampaign(input: {{name: "{name}", idempotencyKey: "1"}})'
        for name in ("spring", "none", "reused")
    }
    | {
        f"recordTouchOutcome_{touch}": (
            f'recordTouchOutcome(input: {{touchId: "{touch}", kind: OPENED,'
            ' at: "2026-10-01T08:00:00Z", idempotencyKey: "1"})'
        )
        for touch in ("touch1", "none")
    }
    | {
        f"setConsent_{text}_{key}": (
            f'setConsent(input: {{member: "{_MEMBER}", purpose: MARKETING, medium: SMS, '
            f'status: GRANTED, textVersion: "{text}", source: "web", idempotencyKey: "{key}"}})'
        )
        for text, key in (("v1", "fine"), ("unknown", "fine"), ("v1", "reused"))
    }
    | {
        f"eraseMember_{reason}_{key}": (
            f'eraseMember(input: {{member: "{_MEMBER}", reason: "{reason}", '
            f'idempotencyKey: "{key}"}})'
        )
        for reason, key in (("ticket", "fine"), ("nobody", "fine"), ("ticket", "reused"))
    }
    | {
        f"{name}_{wish}": f'{name}(input: {{text: "{{ a }}", name: "{wish}", idempotencyKey: "1"}})'
        for name in ("registerOperation",)
        for wish in ("fine", "invalid", "reused")
    }
    | {
        f"saveSegment_{name}": (
            f'saveSegment(input: {{name: "{name}", where: {{tagged: {{tags: ["vip"]}}}},'
            ' reason: "why", idempotencyKey: "1"})'
        )
        for name in ("vips", "reused")
    }
    | {
        f"{name}_{key}": f'{name}(input: {{{given}, idempotencyKey: "{key}"}})'
        for name, given in (
            ("claimCoupon", 'template: "ten"'),
            ("lockCoupon", 'codes: ["x"], order: {channel: "shop", number: "1"}'),
        )
        for key in ("fine", "wrong", "reused")
    }
    | {
        f"createPromotion_{hours}_{key}": (
            'createPromotion(input: {promotion: {id: "eleven", name: "x", kind: GIFT, hours: '
            f'[{{start: "{hours}"}}], reward: {{gift: {{sku: "CARD"}}}}}}, reason: "why", '
            f'idempotencyKey: "{key}"}})'
        )
        for hours, key in (("10:00", "fine"), ("soon", "fine"), ("10:00", "reused"))
    }
    | {
        f"removeSegment_{name}": (
            f'removeSegment(input: {{name: "{name}", reason: "why", idempotencyKey: "1"}})'
        )
        for name in ("vips", "none")
    }
    | {
        f"placeOrder_{channel}": (
            f'placeOrder(input: {{channel: "{channel}", lines: [{{sku: "BW-1", quantity: "2",'
            ' unitPrice: {amount: "12.90", currency: "CNY"}}],'
            ' total: {amount: "25.80", currency: "CNY"}, idempotencyKey: "1"})'
        )
        for channel in ("store", "none", "till", "reused")
    }
    | {
        f"{name}_{number}": f'{name}(input: {{order: "{one}", idempotencyKey: "1", {what}}})'
        for number, one in (("fine", _ORDER),)
        for name, what in (
            ("payOrder", 'amount: {amount: "1", currency: "CNY"}, method: "CASH"'),
            ("cancelOrder", 'reason: "why"'),
            ("returnOrder", 'lines: [{ref: "1", quantity: "1"}], reason: "why"'),
            ("fulfillOrder", "delivered: true"),
            ("addOrderNote", 'text: "a note"'),
            ("addServiceRequest", 'kind: GIFT_CARD_NOTE, text: "a card"'),
        )
    }
    | {
        "answerServiceRequest": (
            f'answerServiceRequest(input: {{request: "{_REQUEST}", state: FULFILLED,'
            ' idempotencyKey: "1"})'
        )
    }
    | {
        f"purgeCache_{name}": f'purgeCache(input: {{connector: "{name}", idempotencyKey: "1"}})'
        for name in ("woo", "none")
    }
    | {
        f"updateConnector_{name}": (
            f'updateConnector(input: {{name: "{name}", reason: "why", idempotencyKey: "1"}})'
        )
        for name in ("fine", "invalid", "none")
    }
)


def denied(error: Any) -> bool:
    """Whether a field is kept from the role that asked: `me` shows a consumer less than staff."""
    return getattr(error.original_error, "code", None) == "FORBIDDEN"


async def everything(ask: Any, records: dict[str, Any]) -> dict[str, Any]:
    """The whole answer of every root field."""
    schema = ask.schema._schema
    answers = {}
    for name, field in schema.query_type.fields.items():
        inner = selection(schema, get_named_type(field.type), ())
        query = f"{{ it: {name}{arguments(records).get(name, '')} {inner} }}"
        answers[name] = await whole(ask, query, Role.CONSUMER if name == "me" else Role.ADMIN)
    recipient = schema.type_map["UnmaskedRecipient"]
    seen = f'unmaskedRecipient(reason: "7") {selection(schema, recipient, ())}'
    desk = f"{{ Order_desk: desk {{ OrderDesk_unmaskedRecipient: {seen} }} }}"
    clear = f"{{ it: order{arguments(records)['order']} {desk} }}"
    answers["recipient"] = await whole(ask, clear, Role.SERVICE)
    for name, wish in WISHES.items():
        field = schema.mutation_type.fields[wish.partition("(")[0]]
        inner = selection(schema, get_named_type(field.type), ())
        answers[name] = await whole(ask, f"mutation {{ it: {wish} {inner} }}", Role.ADMIN)
    for query, event in told(schema):
        answers[query] = await of_event(
            ask, re.sub(r"Subscription_\w+", "it", query, count=1), event
        )
    return answers


def told(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every subscription with all that lies below it, and an event of it."""
    for name, field in schema.subscription_type.fields.items():
        inner = selection(schema, get_named_type(field.type), ())
        yield f"subscription {{ Subscription_{name}: {EVENTS[name][0]} {inner} }}", EVENTS[name][1]


async def of_event(ask: Any, query: str, event: Any) -> Any:
    """What is answered to an event, as subscriptions answer it."""
    found = execute(
        ask.schema._schema, parse(query), root_value=event, context_value=ask.context_of(Role.ADMIN)
    )
    answer = await found if isawaitable(found) else found
    wrong = [one for one in answer.errors or () if not denied(one)]
    assert not wrong, (query, wrong)
    return answer.data["it"]


async def whole(ask: Any, query: str, role: Role) -> Any:
    """All of an answer that the role may see."""
    answer = await ask(query, role=role)
    wrong = [one for one in answer.errors or () if not denied(one)]
    assert not wrong, (query, wrong)
    return answer.data["it"]


async def test_every_field_of_the_contract_is_answered(ask, records):
    answers = await everything(ask, records)
    assert [name for name, answer in answers.items() if answer in (None, [])] == []
    assert coordinates(ask.schema._schema) - set(answered(list(answers.values()))) == set()


async def test_nothing_personal_leaves_in_the_clear(ask, records):
    answers = await everything(ask, records)
    own, desk = answers.pop("me"), answers.pop("recipient")["Order_desk"]
    assert (
        desk["OrderDesk_unmaskedRecipient"]["UnmaskedRecipient_name"] == "林小满"
    )  # with a reason
    assert own["Member_unmasked"]["UnmaskedMember_name"] == "林小满"  # a consumer's own
    text = json.dumps(answers, ensure_ascii=False)
    secrets = (
        "小满",
        "1990-05-17",
        "13912345678",
        "139 1234 5678",
        "lin@example",
        "LIN-2026",
        "SECRET-CODE",
    )
    assert [secret for secret in secrets if secret in text] == []
    assert "林**" in text
    assert "139****5678" in text
    assert "****WXYZ" in text
