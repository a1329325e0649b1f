"""Flash sales and their reservations."""

from schema.messages.said import Said

SELLING: Said = {
    "SOLD_OUT": {
        "zh-CN": "已售罄。",
        "en": "Nothing is left.",
    },
    "LIMIT_REACHED": {
        "zh-CN": "已达到每人限购数量。",
        "en": "You have as many as one person may.",
    },
    "NOT_OPEN": {
        "zh-CN": "活动不在开售时间内。",
        "en": "The sale is not open now.",
    },
    "THROTTLED": {
        "zh-CN": "人数过多，请稍后以同一请求重试。",
        "en": "Too many ask at once; come again with the same wish.",
    },
    "RESERVATION_UNKNOWN": {
        "zh-CN": "没有这个预订，或您无权查看。",
        "en": "There is no such reservation, or none that you may see.",
    },
    "RESERVATION_RELEASED": {
        "zh-CN": "预订已释放，付款将退回。",
        "en": "The reservation went back before; the payment is returned.",
    },
    "RESERVATION_PAID": {
        "zh-CN": "预订已付款，不能取消。",
        "en": "The reservation is paid and cannot be given back here.",
    },
    "FLASH_SALE_UNKNOWN": {
        "zh-CN": "没有这个秒杀活动或待确认的操作，未执行任何操作。",
        "en": "There is no such flash sale or proposal; nothing was done.",
    },
    "FLASH_SALE_INVALID": {
        "zh-CN": "秒杀定义或数量无效，详见 detail，未执行任何操作。",
        "en": "The flash sale cannot be so; `detail` says why. Nothing was done.",
    },
    "FLASH_SALE_TAKEN": {
        "zh-CN": "该编号的秒杀活动已存在。",
        "en": "There is a flash sale of this id already.",
    },
    "FLASH_SALE_DECLINED": {
        "zh-CN": "活动当前状态不允许此操作，详见 detail，未执行任何操作。",
        "en": "The sale does not take this step now; `detail` says why. Nothing was done.",
    },
    "FLASH_STOCK_SHORT": {
        "zh-CN": "可售库存不足，详见 detail，未执行任何操作。",
        "en": "There is not so much to sell; `detail` says where. Nothing was done.",
    },
    "FLASH_QUOTA_UNKNOWN": {
        "zh-CN": "该渠道没有此活动的配额，未执行任何操作。",
        "en": "The channel has no quota of this sale; nothing was done.",
    },
    "FLASH_QUOTA_UNSUPPORTED": {
        "zh-CN": "该渠道的系统不接受配额，可用渠道见 detail，未执行任何操作。",
        "en": "No system of this channel takes a quota; `detail` says which do. Nothing was done.",
    },
    "FLASH_QUOTA_CODE": {
        "zh-CN": "商品对照表中，该系统没有此商品的该编码；`detail` 列出可用编码。",
        "en": "The crosswalk has no such code for the product there; `detail` has those it knows.",
    },
    "FLASH_SALE_SECOND_PERSON": {
        "zh-CN": "须由两人完成：一人提出，另一人确认；接口密钥与角色令牌都不算人。",
        "en": "Two people do this: one proposes, another confirms; keys and roles are no people.",
    },
    "FLASH_SALE_CONFIRMED": {
        "zh-CN": "该操作已经确认过。",
        "en": "This was confirmed already.",
    },
    "FLASH_SALE_MOVED": {
        "zh-CN": "活动同时被他人更改，请重新查看后再试。",
        "en": "The sale was changed meanwhile; look again and try once more.",
    },
}
