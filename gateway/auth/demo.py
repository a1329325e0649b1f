"""Ready-made callers of the demo, one a role."""

from capabilities.caller import MembershipKey, Role
from gateway.auth.tokens import mint
from gateway.settings import Settings

BRAND = "baiwei"
GUIDE_STORE = "M0001"
# 林小满, whom all three systems know, as the web shop's customer.
CONSUMER = MembershipKey("shop", "101")


def demo_tokens(settings: Settings) -> dict[str, str]:
    """A fresh token per role, by a label that people read."""
    return {
        "OPERATIONS": mint(settings, role=Role.OPERATIONS, brand=BRAND),
        "SERVICE": mint(settings, role=Role.SERVICE, brand=BRAND),
        "ADMIN": mint(settings, role=Role.ADMIN, brand=BRAND),
        f"GUIDE of store {GUIDE_STORE}": mint(
            settings, role=Role.GUIDE, brand=BRAND, stores=[GUIDE_STORE]
        ),
        "CONSUMER 林小满": mint(settings, role=Role.CONSUMER, brand=BRAND, member=CONSUMER),
    }
