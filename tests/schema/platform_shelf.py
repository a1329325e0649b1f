"""What the platform owns, one real record of each kind; every part of it brings its own shelf."""

from tests.schema.access_shelf import AccessShelf
from tests.schema.adoption_shelf import AdoptionShelf
from tests.schema.benefit_shelf import BenefitShelf
from tests.schema.changing_shelf import ChangingShelf
from tests.schema.comparison_shelf import ComparisonShelf
from tests.schema.conflict_shelf import ConflictShelf
from tests.schema.coupon_shelf import CouponShelf
from tests.schema.dual_writes_shelf import DualWritesShelf
from tests.schema.flash_quota_shelf import FlashQuotaShelf
from tests.schema.flash_running_shelf import FlashRunningShelf
from tests.schema.flash_shelf import FlashShelf
from tests.schema.identity_shelf import IdentityShelf
from tests.schema.lifecycle_shelf import LifecycleShelf
from tests.schema.order_commands_shelf import OrderCommandsShelf
from tests.schema.order_sagas_shelf import OrderSagasShelf
from tests.schema.orders_shelf import OrdersShelf
from tests.schema.payments_shelf import PaymentsShelf
from tests.schema.points_shelf import PointsShelf
from tests.schema.privacy_shelf import PrivacyShelf
from tests.schema.profile_shelf import ProfileShelf
from tests.schema.promotion_shelf import PromotionShelf
from tests.schema.quality_shelf import QualityShelf
from tests.schema.segment_shelf import SegmentShelf
from tests.schema.suggestion_shelf import SuggestionShelf
from tests.schema.usage_shelf import UsageShelf


class PlatformShelf:
    """Answers every question with the one record of its kind."""

    def __init__(self) -> None:
        self.privacy = PrivacyShelf()
        self.access = AccessShelf()
        self.adoption = AdoptionShelf()
        self.comparisons = ComparisonShelf()
        self.conflicts = ConflictShelf()
        self.dual_writes = DualWritesShelf()
        self.changing = ChangingShelf()
        self.profile = ProfileShelf()
        self.lifecycle = LifecycleShelf()
        self.quality = QualityShelf()
        self.points = PointsShelf()
        self.benefits = BenefitShelf()
        self.coupons = CouponShelf()
        self.order_commands = OrderCommandsShelf()
        self.order_sagas = OrderSagasShelf()
        self.promotions = PromotionShelf()
        self.segments = SegmentShelf()
        self.flash = FlashShelf()
        self.flash_quotas = FlashQuotaShelf()
        self.flash_running = FlashRunningShelf()
        self.identity = IdentityShelf()
        self.suggestions = SuggestionShelf()
        self.usage = UsageShelf()
        self.orders = OrdersShelf()
        self.payments = PaymentsShelf()
