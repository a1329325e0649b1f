"""Who may be told how an answer came about: it names systems, and the company of others."""

from capabilities.caller import Caller
from capabilities.errors import Forbidden
from capabilities.visibility.roles import OPERATORS

EXPLAIN = OPERATORS


def explain_refusal(caller: Caller) -> Forbidden | None:
    """Why a caller may not be told the plan of her answer; None where she may."""
    if caller.role in EXPLAIN:
        return None
    those = " or ".join(sorted(role.value for role in EXPLAIN))
    return Forbidden(f"The role {caller.role.value} may not ask for a plan; {those} may.")
