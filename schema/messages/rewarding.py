"""Points, benefits, promotions and coupons."""

from schema.messages.said import Said

REWARDING: Said = {
    "INSUFFICIENT_POINTS": {
        "zh-CN": "可用积分不足，未执行任何操作。",
        "en": "There are not enough points to spend; nothing was done.",
    },
    "MEMBERSHIP_UNKNOWN": {
        "zh-CN": "没有这个会籍，未执行任何操作。",
        "en": "There is no such membership; nothing was done.",
    },
    "BENEFIT_NOT_HELD": {
        "zh-CN": "该会籍今天没有这项权益，未执行任何操作。",
        "en": "The membership does not have this benefit today; nothing was done.",
    },
    "BENEFIT_USED_UP": {
        "zh-CN": "该权益本期次数已用完，未执行任何操作。",
        "en": "The benefit was used as often as this period gives; nothing was done.",
    },
    "BENEFIT_USE_UNKNOWN": {
        "zh-CN": "没有这次权益使用，或已撤回，未执行任何操作。",
        "en": "There is no such use, or it was taken back before; nothing was done.",
    },
    "POINTS_NOT_OURS": {
        "zh-CN": "该会籍的积分由其他系统管理，请在该系统中操作。",
        "en": "Another system decides the points of this membership; change them there.",
    },
    "EXCHANGE_NOT_OFFERED": {
        "zh-CN": "没有适用的积分兑换规则，未执行任何操作。",
        "en": "No rule offers this exchange; nothing was done.",
    },
    "LOCK_UNKNOWN": {
        "zh-CN": "没有这笔冻结积分，或已解冻，未执行任何操作。",
        "en": "No points are put aside under this number, or no more; nothing was done.",
    },
    "LOCK_ENDED": {
        "zh-CN": "冻结截止时间已过，未执行任何操作。",
        "en": "Points cannot be put aside until a moment that has passed; nothing was done.",
    },
    "PROMOTION_INVALID": {
        "zh-CN": "促销定义无效，详见 faults，未执行任何操作。",
        "en": "The promotion cannot be so; `faults` says why. Nothing was done.",
    },
    "PROMOTION_EXISTS": {
        "zh-CN": "该编号的促销已存在，请改用更新。",
        "en": "A promotion of this id exists already; update it instead.",
    },
    "PROMOTION_UNKNOWN": {
        "zh-CN": "平台没有这个促销，未执行任何操作。",
        "en": "The platform has no such promotion; nothing was done.",
    },
    "PROMOTION_CHANGED": {
        "zh-CN": "该促销已被他人修改，请重新查看后再试。",
        "en": "The promotion was changed by somebody else; look again and try once more.",
    },
    "PROMOTION_STAGE": {
        "zh-CN": "促销当前状态不允许此操作，未执行任何操作。",
        "en": "The promotion cannot do this where it is in its life; nothing was done.",
    },
    "COUPON_NOT_VALID": {
        "zh-CN": "优惠券无效，未执行任何操作。",
        "en": "The coupon is not valid; nothing was done.",
    },
    "COUPON_NOT_OFFERED": {
        "zh-CN": "没有可领取的此类优惠券，未执行任何操作。",
        "en": "No such coupon is offered now; nothing was done.",
    },
    "COUPON_LIMIT": {
        "zh-CN": "该优惠券已领完，或已达个人领取上限，未执行任何操作。",
        "en": "No more of these coupons are given out, in all or to one person; nothing was done.",
    },
}
