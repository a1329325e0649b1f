"""Steps of adoption, differences and conflicts."""

from schema.messages.said import Said

ADOPTING: Said = {
    "CONFLICT_UNKNOWN": {
        "zh-CN": "没有这个待处理的冲突，未执行任何操作。",
        "en": "There is no such open conflict; nothing was done.",
    },
    "CONFLICT_CHANGED": {
        "zh-CN": "该冲突的值已变化，请重新查看，未执行任何操作。",
        "en": "Other values stand there by now; look again. Nothing was done.",
    },
    "ADOPTION_UNDRAINED": {
        "zh-CN": "旧系统尚未收到全部写入，未执行任何操作。",
        "en": "Its system was not told of every write yet; nothing was done.",
    },
    "ADOPTION_GATES": {
        "zh-CN": "条件尚未全部满足，详见 gates，状态未改变。",
        "en": "Conditions are not met; `gates` lists them. Nothing was moved.",
    },
    "ADOPTION_DIFF_INVALID": {
        "zh-CN": "差异说明无效，详见 detail，未执行任何操作。",
        "en": "The explanation cannot be so; `detail` says why. Nothing was done.",
    },
    "ADOPTION_DIFF_CRITICAL": {
        "zh-CN": "该字段不允许任何差异，不能说明为预期。",
        "en": "No difference in this field is ever expected.",
    },
    "ADOPTION_ILLEGAL": {
        "zh-CN": "当前状态不允许此操作，详见 detail，状态未改变。",
        "en": "It cannot go there from where it stands; `detail` says where to. Nothing was moved.",
    },
    "ADOPTION_MOVED": {
        "zh-CN": "状态已被他人改变，请重新查看后再试。",
        "en": "It was moved meanwhile; look again and try once more.",
    },
    "ADOPTION_SECOND_PERSON": {
        "zh-CN": "须由两人各凭本人令牌批准；首次批准者不能再次批准。",
        "en": "Two people approve this, each with a token of her own; who did so first is one.",
    },
}
