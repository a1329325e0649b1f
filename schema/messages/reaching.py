"""Suggestions, segments, campaigns and their touches."""

from schema.messages.said import Said

REACHING: Said = {
    "SUGGESTION_UNKNOWN": {
        "zh-CN": "没有这条建议，或它已并入其他建议，未执行任何操作。",
        "en": "There is no such suggestion, or it repeats another already; nothing was done.",
    },
    "SEGMENT_UNKNOWN": {
        "zh-CN": "没有这个人群，未执行任何操作。",
        "en": "There is no such segment; nothing was done.",
    },
    "CAMPAIGN_EXISTS": {
        "zh-CN": "同名活动已存在，未执行任何操作。",
        "en": "A campaign of this name exists already; nothing was done.",
    },
    "CAMPAIGN_RIVAL": {
        "zh-CN": "该规则的触达正由另一个活动发送，请先暂停它。",
        "en": "Another campaign sends the touches of this rule; pause it first.",
    },
    "CAMPAIGN_UNKNOWN": {
        "zh-CN": "没有这个活动，未执行任何操作。",
        "en": "There is no such campaign; nothing was done.",
    },
    "RULE_UNKNOWN": {
        "zh-CN": "生命周期规则中没有这个触达，未执行任何操作。",
        "en": "The lifecycle rules plan no touch of this name; nothing was done.",
    },
    "TEMPLATE_MISSING": {
        "zh-CN": "活动缺少文案模板，未启动。",
        "en": "The campaign lacks words of its touches; it was not started.",
    },
    "TOUCH_UNKNOWN": {
        "zh-CN": "没有这次触达，未记录任何结果。",
        "en": "There is no such touch; nothing was recorded.",
    },
}
