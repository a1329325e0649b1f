"""Mutation: everything that the graph is told to do, put together from its capabilities."""

import strawberry

from schema.acknowledging import AcknowledgeMutations
from schema.adoption_changes import AdoptionMutations
from schema.adoption_halting import HaltingMutations
from schema.benefit import BenefitMutations
from schema.campaign import CampaignMutations
from schema.changing import ChangingMutations
from schema.conflict import ConflictMutations
from schema.consent import ConsentMutations
from schema.coupon_changes import CouponMutations
from schema.dual_writes import DualWriteMutations
from schema.erasing import ErasureMutations
from schema.flash import FlashMutations
from schema.flash_quotas import FlashQuotaMutations
from schema.flash_running import FlashRunningMutations
from schema.merging import MergeMutations
from schema.operation import OperationMutations
from schema.order_commands import OrderCommandMutations
from schema.order_sagas import OrderSagaMutations
from schema.ordering import OrderMutations
from schema.points_changes import PointsMutations
from schema.promotion_changes import PromotionMutations
from schema.purging import PurgingMutations
from schema.received_payment import PaymentMutations
from schema.registration import ConnectorMutations
from schema.review import ReviewMutations
from schema.segment import SegmentMutations
from schema.suggestion import SuggestionMutations
from schema.tagging import TagMutations
from schema.touch import TouchMutations


@strawberry.type(description="Everything that the graph is told to do.")
class Mutation(
    SegmentMutations,
    CampaignMutations,
    OperationMutations,
    PurgingMutations,
    ConnectorMutations,
    TagMutations,
    TouchMutations,
    SuggestionMutations,
    ChangingMutations,
    MergeMutations,
    ReviewMutations,
    ConsentMutations,
    ErasureMutations,
    PointsMutations,
    BenefitMutations,
    OrderMutations,
    OrderCommandMutations,
    OrderSagaMutations,
    PaymentMutations,
    PromotionMutations,
    FlashMutations,
    FlashRunningMutations,
    FlashQuotaMutations,
    CouponMutations,
    AdoptionMutations,
    HaltingMutations,
    AcknowledgeMutations,
    ConflictMutations,
    DualWriteMutations,
):
    """The root of all writes; who may ask what stands in `capabilities.visibility`."""
