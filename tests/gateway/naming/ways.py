"""Every argument of the contract that names an object, found in the contract itself.

A way is a root field and the place of one argument below it. Each argument that holds an id, or a
key of the business, says in KINDS what it names; one that says nothing fails the test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type

# Places in a list, and keys of wishes, name no object; flash sales are for everybody.
_NO_OBJECT = frozenset({"idempotencyKey", "after", "before", "sale"})
_NAMING = frozenset({"ID", "_Any", "MembershipKeyInput", "OrderBusinessKey", "StoreChangesInput"})
# Each of their fields is a way to name one object.
_KEYS = frozenset({"MemberKey", "OrderKey"})
NOBODYS = "nobody's"
KINDS: Mapping[str, str] = {
    "member": "newProductRecommendations.member MemberKey.id BindMembershipInput.member"
    " EraseMemberInput.member SetConsentInput.member SubmitSuggestionInput.member"
    " TagMemberInput.member UntagMemberInput.member UpdateProfileInput.member"
    " SeenMemberInput.member mergePreview.members MergeMembersInput.members",
    "phone": "MemberKey.phone",
    "email": "MemberKey.email",
    "card": "MemberKey.cardNumber",
    "external identity": "MemberKey.external",
    "membership": "AdjustPointsInput.membership ClaimCouponInput.membership"
    " EarnPointsInput.membership ExchangePointsInput.source ExchangePointsInput.target"
    " LockCouponInput.membership LockPointsInput.membership PlaceOrderInput.membership"
    " QuoteInput.membership RedeemCouponInput.membership RedeemPointsInput.membership"
    " UnlockPointsInput.membership UseBenefitInput.membership TakeBackBenefitInput.membership",
    "membership key": "MemberKey.membership UnmergeMembersInput.memberships",
    "order": "AddOrderNoteInput.order AddServiceRequestInput.order CancelOrderInput.order"
    " FulfillOrderInput.order PayOrderInput.order ReturnOrderInput.order OrderKey.id"
    " ExchangedOrderInput.order",
    "order key": "OrderKey.business",
    "order change": "orderChange.reference",
    "order command": "OrderCommandInput.command",
    "service request": "AnswerServiceRequestInput.request",
    "coupon": "LockCouponInput.coupons RedeemCouponInput.coupons VoidCouponInput.coupon",
    "unit": "RedeemCouponInput.unit ReturnCouponInput.unit QuoteInput.coupons",
    "reservation": "SettleReservationInput.reservation reservation.id",
    "merge": "unmergePreview.merge UnmergeMembersInput.merge",
    "candidate": "DecideMergeCandidateInput.candidate",
    "touch": "RecordTouchOutcomeInput.touchId",
    "object": "node.id nodes.ids _entities.representations",
    "store": "OrderChangedOn.store",
    # the brand's own: who may name them is the table of roles' alone
    NOBODYS: "flashSale.id reservation.key"
    " DecideSuggestionInput.suggestion MergeSuggestionsInput.into"
    " MergeSuggestionsInput.suggestions AuditFilterInput.about"
    " ConfirmFlashSaleInput.proposal WithdrawFlashProposalInput.proposal"
    " OrderCommandInput.command RetryPendingWriteInput.write OrderSagaInput.saga"
    # of the caller's channels alone: tests/gateway/platform/test_conflicts.py
    " DecideConflictInput.conflict"
    # looked for among the uses of the membership beside it
    " TakeBackBenefitInput.use",
}
NAMED = {one: kind for kind, names in KINDS.items() for one in names.split()}


@dataclass(frozen=True)
class Way:
    """A root field, and where below it an object is named."""

    operation: str
    root: str
    path: tuple[str, ...]
    coordinate: str

    @property
    def kind(self) -> str:
        """What the argument names."""
        return NAMED.get(self.coordinate, NOBODYS)

    def __str__(self) -> str:
        return f"{self.root}({'.'.join(self.path)})"


def ways(schema: GraphQLSchema) -> list[Way]:
    """All of them, in the order of the contract."""
    found = []
    for operation in ("query", "mutation", "subscription"):
        for root, field in getattr(schema, f"{operation}_type").fields.items():
            for name, argument in field.args.items():
                places = _places(f"{root}.{name}", name, argument.type, ())
                found += [Way(operation, root, path, where) for where, path in places]
    return found


def _places(
    coordinate: str, name: str, kind: Any, above: tuple[str, ...], inside: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    inner, path = get_named_type(kind), (*above, name)
    if name in _NO_OBJECT or inner.name in inside:
        return
    if inner.name in _NAMING or (inside and inside[-1] in _KEYS):
        yield coordinate, path
    elif isinstance(inner, GraphQLInputObjectType):
        for one, field in inner.fields.items():
            below = (*inside, inner.name)
            yield from _places(f"{inner.name}.{one}", one, field.type, path, below)
