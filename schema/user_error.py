"""UserError: why a mutation did nothing, as a value that a client can show to a person."""

from collections.abc import Mapping

import strawberry
from strawberry import Parent

from capabilities.declined import Declined
from schema.context import Ask
from schema.view import asked, plain

# By code, in every language that a caller may prefer.
MESSAGES: Mapping[str, Mapping[str, str]] = {
    "OPERATION_INVALID": {
        "zh-CN": "该操作不符合图的约定或限制，未登记。",
        "en": "The operation does not fit the graph or its limits; it was not registered.",
    },
    "IDEMPOTENCY_KEY_REUSED": {
        "zh-CN": "该幂等键已用于其他内容，未执行任何操作。",
        "en": "This idempotency key was used for another input; nothing was done.",
    },
    "CONNECTOR_UNKNOWN": {
        "zh-CN": "没有这个连接器，未清除任何内容。",
        "en": "There is no such connector; nothing was purged.",
    },
    "CAPABILITY_MISSING": {
        "zh-CN": "按键或渠道清除时必须指定能力，未清除任何内容。",
        "en": "A key or channel needs its capability; nothing was purged.",
    },
}


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
