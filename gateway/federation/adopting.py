"""What a request begins with where systems are being adopted: who answers, and who compares."""

from msgspec import Struct

from gateway.federation.adopted import Parts
from gateway.federation.adopted_lists import AdoptedLists
from gateway.federation.asking import Request
from gateway.federation.compared import Shadow
from gateway.federation.deciding import Deciding
from gateway.federation.stored_people import StoredPeople
from gateway.federation.switch import ReadSwitch


class Adopting(Struct, frozen=True):
    """The parts as they stand now, a tester's labels, and who is shown what is answered."""

    parts: Parts
    labels: frozenset[str] = frozenset()
    shadow: Shadow | None = None

    def lists(self, request: Request, people: StoredPeople) -> AdoptedLists:
        """Put the switch into a request; its lists."""
        deciding = Deciding(request, people, self.labels, self.shadow)
        request.switch = switch = ReadSwitch(self.parts, deciding)
        return AdoptedLists(request, switch)
