"""The platform as one caller meets it in one request."""

from functools import cached_property

from capabilities.caller import Caller
from gateway.federation.asking import Request
from gateway.platform.identity import Identities
from gateway.platform.privacy import Privacy
from gateway.platform.profile import Profiles
from gateway.platform.segments import SegmentLists
from store.owned import Owned


class CallersPlatform:
    """The platform of one caller; each part is made when it is first asked.

    `request` batches what is read: `request.load_with(name, ask, key)` puts the keys of all
    people of a wave into one statement.
    """

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self.owned = owned
        self.caller = caller
        self.request = request

    @cached_property
    def profile(self) -> Profiles:
        """What is known of people beyond their memberships."""
        return Profiles(self.owned, self.caller, self.request)

    @cached_property
    def segments(self) -> SegmentLists:
        """People by conditions."""
        return SegmentLists(self.owned, self.caller)

    @cached_property
    def identity(self) -> Identities:
        """Who is whom, and who decided so."""
        return Identities(self.owned, self.caller, self.request)

    @cached_property
    def privacy(self) -> Privacy:
        """Consents of people, and who was erased."""
        return Privacy(self.owned, self.caller, self.request)
