"""What a resolver may ask of the platform itself: one part per capability that it owns."""

from typing import Protocol

from schema.access_part import AccessPart
from schema.adoption_part import AdoptionPart
from schema.benefit_part import BenefitPart
from schema.changes_part import ChangesPart
from schema.changing_part import ChangingPart
from schema.comparison_part import ComparisonPart
from schema.conflict_part import ConflictPart
from schema.coupon_part import CouponPart
from schema.dual_writes_part import DualWritesPart
from schema.flash_part import FlashPart
from schema.flash_quota_part import FlashQuotaPart
from schema.flash_running_part import FlashRunningPart
from schema.identity_part import IdentityPart
from schema.lifecycle_part import LifecyclePart
from schema.order_commands_part import OrderCommandsPart
from schema.order_sagas_part import OrderSagasPart
from schema.orders_part import OrdersPart
from schema.payments_part import PaymentsPart
from schema.points_part import PointsPart
from schema.privacy_part import PrivacyPart
from schema.profile_part import ProfilePart
from schema.promotion_part import PromotionPart
from schema.quality_part import QualityPart
from schema.segment_part import SegmentPart
from schema.suggestion_part import SuggestionPart
from schema.usage_part import UsagePart


class Platform(Protocol):
    """What Santong owns, asked and changed in the caller's name; each part is a capability.

    A part answers what its caller may see, in batches over all people of a request, and changes
    after an idempotency key, answered when it is committed.
    """

    @property
    def points(self) -> PointsPart:
        """Points, tiers and benefits of memberships."""

    @property
    def benefits(self) -> BenefitPart:
        """Uses of benefits."""

    @property
    def lifecycle(self) -> LifecyclePart:
        """Stages of people, touches due to them, and campaigns."""

    @property
    def profile(self) -> ProfilePart:
        """What is known of people beyond their memberships."""

    @property
    def segments(self) -> SegmentPart:
        """People by conditions."""

    @property
    def identity(self) -> IdentityPart:
        """Who is whom, and who decided so."""

    @property
    def privacy(self) -> PrivacyPart:
        """Consents of people, and who was erased."""

    @property
    def orders(self) -> OrdersPart:
        """Orders placed and changed, and what is known of them."""

    @property
    def order_commands(self) -> OrderCommandsPart:
        """Changes of orders on their way to other systems."""

    @property
    def order_sagas(self) -> OrderSagasPart:
        """Changes of orders over several systems."""

    @property
    def payments(self) -> PaymentsPart:
        """Payments that arrived."""

    @property
    def changing(self) -> ChangingPart:
        """Members who are registered, changed and bound."""

    @property
    def quality(self) -> QualityPart:
        """How good the data of members is."""

    @property
    def usage(self) -> UsagePart:
        """Who uses what of the graph."""

    @property
    def access(self) -> AccessPart:
        """What is kept from most."""

    @property
    def comparisons(self) -> ComparisonPart:
        """What comparing both sides came to."""

    @property
    def adoption(self) -> AdoptionPart:
        """How far channels are adopted."""

    @property
    def conflicts(self) -> ConflictPart:
        """What both sides changed, and who is right."""

    @property
    def dual_writes(self) -> DualWritesPart:
        """Writes that have two sides."""

    @property
    def coupons(self) -> CouponPart:
        """Coupons that the platform decides."""

    @property
    def promotions(self) -> PromotionPart:
        """Promotions that the platform decides."""

    @property
    def flash(self) -> FlashPart:
        """Flash sales."""

    @property
    def flash_quotas(self) -> FlashQuotaPart:
        """What channels sell of flash sales in their own carts."""

    @property
    def flash_running(self) -> FlashRunningPart:
        """Flash sales as operations run them."""

    @property
    def suggestions(self) -> SuggestionPart:
        """What people would change about products."""

    @property
    def changes(self) -> ChangesPart:
        """Changes as they happen."""
