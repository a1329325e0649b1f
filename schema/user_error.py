"""UserError: why a mutation did nothing, as a value that a client can show to a person."""

import strawberry
from strawberry import Parent

from capabilities.declined import Declined
from schema.context import Ask
from schema.messages import MESSAGES
from schema.view import asked, plain


@strawberry.interface(description="Why a mutation did nothing.")
class UserError:
    """What every typed refusal of a mutation shares."""

    code: str = plain("Stable code; its page is among the documented errors.")
    path: list[str] = plain("Way to the part of the input that is meant; empty for the whole.")

    @asked(str)
    @staticmethod
    def message(declined: Parent[Declined], info: Ask) -> str:
        """What to tell a person, in the language of `Accept-Language`: zh-CN or en."""
        return MESSAGES[declined.code][info.context.language]
