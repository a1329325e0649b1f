"""Operations and connectors that are registered, and what is purged of them."""

from schema.messages.said import Said

REGISTERING: Said = {
    "OPERATION_INVALID": {
        "zh-CN": "该操作不符合图的约定或限制，未登记。",
        "en": "The operation does not fit the graph or its limits; it was not registered.",
    },
    "CONNECTOR_UNKNOWN": {
        "zh-CN": "没有这个连接器，未执行任何操作。",
        "en": "There is no such connector; nothing was done.",
    },
    "CONNECTOR_INVALID": {
        "zh-CN": "该连接器定义无法生效，原有定义继续服务。",
        "en": "The definition cannot be put in force; what was there before keeps serving.",
    },
    "CONNECTOR_EXISTS": {
        "zh-CN": "同名连接器已登记，请改用更新。",
        "en": "A connector of this name is registered already; update it instead.",
    },
    "CONNECTOR_NOT_REGISTERED": {
        "zh-CN": "该连接器写在运维人员的文件中，请在文件中修改。",
        "en": "This connector stands in a file of the operator's; it is changed there.",
    },
    "CONNECTOR_NEEDED": {
        "zh-CN": "其他连接器仍在使用它带来的渠道，未执行任何操作。",
        "en": "Other connectors answer for channels that this one brings; nothing was done.",
    },
    "CONNECTOR_CHANGED": {
        "zh-CN": "连接器同时被他人修改，请重试。",
        "en": "Connectors were changed by somebody else at the same moment; try again.",
    },
    "CAPABILITY_MISSING": {
        "zh-CN": "按键或渠道清除时必须指定能力，未清除任何内容。",
        "en": "A key or channel needs its capability; nothing was purged.",
    },
}
