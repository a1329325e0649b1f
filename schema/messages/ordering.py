"""Orders, what is paid for them, and what their systems are told."""

from schema.messages.said import Said

ORDERING: Said = {
    "ORDER_UNKNOWN": {
        "zh-CN": "没有这个订单，或您无权查看，未执行任何操作。",
        "en": "There is no such order, or none that you may see; nothing was done.",
    },
    "ORDER_CHANGED": {
        "zh-CN": "订单已被更改，请重新查看后再试。",
        "en": "The order has changed meanwhile; look again and try once more.",
    },
    "ORDER_CLOSED": {
        "zh-CN": "订单已取消或已全额退款，未执行任何操作。",
        "en": "The order was cancelled or wholly refunded; nothing was done.",
    },
    "ORDER_FULFILLED": {
        "zh-CN": "商品已发出，不能取消，请改用退货。",
        "en": "Goods have left already; nothing was done.",
    },
    "PAYMENT_EXCEEDS_DUE": {
        "zh-CN": "付款金额超过应付金额，未记录。",
        "en": "This is more than is due; nothing was recorded.",
    },
    "PAYMENT_NOT_OPEN": {
        "zh-CN": "没有待处理的该笔款项。",
        "en": "No payment of this name waits for anybody.",
    },
    "PAYMENT_KNOWN": {
        "zh-CN": "该交易号的付款已经记录。",
        "en": "A payment of this transaction was recorded already.",
    },
    "CURRENCY_DIFFERS": {
        "zh-CN": "币种与订单不一致，未执行任何操作。",
        "en": "The currency is not the order's; nothing was done.",
    },
    "TOTAL_DIFFERS": {
        "zh-CN": "金额与明细不符，未执行任何操作。",
        "en": "The sums do not add up; nothing was done.",
    },
    "COMMAND_UNKNOWN": {
        "zh-CN": "没有可以重试或放弃的此指令。",
        "en": "There is no such command that could be tried again or given up.",
    },
    "SAGA_UNKNOWN": {
        "zh-CN": "没有处于停滞状态的此变更。",
        "en": "There is no such change that is stuck.",
    },
    "SAGA_HAS_COMMAND": {
        "zh-CN": "该变更仍在等待一条指令，请重试或放弃该指令。",
        "en": "It waits for a command: try that again, or give it up.",
    },
    "QUOTE_EXPIRED": {
        "zh-CN": "报价无效或已过期，请重新报价。",
        "en": "The quote is none of ours or too old: ask for a new one.",
    },
    "QUOTE_DIFFERS": {
        "zh-CN": "订单与报价不一致，未执行任何操作。",
        "en": "The order is another one than was quoted; nothing was done.",
    },
    "PROMOTION_USED_UP": {
        "zh-CN": "报价中的优惠已用完，请重新报价。",
        "en": "A promotion of the quote is used up: ask for a new one.",
    },
    "LINES_MISSING": {
        "zh-CN": "缺少订单明细，未执行任何操作。",
        "en": "There is no line to act on; nothing was done.",
    },
    "LINE_TWICE": {
        "zh-CN": "同一明细出现多次，未执行任何操作。",
        "en": "A line stands there twice; nothing was done.",
    },
    "LINE_UNKNOWN": {
        "zh-CN": "订单中没有这条明细，未执行任何操作。",
        "en": "The order has no such line; nothing was done.",
    },
    "QUANTITY_EXCEEDED": {
        "zh-CN": "数量超过可操作的数量，未执行任何操作。",
        "en": "This is more than there is of the line; nothing was done.",
    },
    "REFUND_EXCEEDS_PAID": {
        "zh-CN": "退款金额超过可退金额，未执行任何操作。",
        "en": "This is more than can be refunded; nothing was done.",
    },
    "STORE_NOT_YOURS": {
        "zh-CN": "这不是您所在门店的订单，未执行任何操作。",
        "en": "This is no order of a store of yours; nothing was done.",
    },
    "MEMBERSHIP_OF_ANOTHER": {
        "zh-CN": "该会籍不属于此渠道的系统，未执行任何操作。",
        "en": "The membership belongs to another system than the channel's; nothing was done.",
    },
    "CHANNEL_UNSUPPORTED": {
        "zh-CN": "该渠道的系统不支持此操作，未执行任何操作。",
        "en": "The system of this channel cannot do that; nothing was done.",
    },
    "TOO_LATE": {
        "zh-CN": "订单已开始拣货或已结束，不能再添加服务。",
        "en": "The order is being picked or is over; nothing was added.",
    },
    "TEXT_TOO_LONG": {
        "zh-CN": "文字超过该渠道可承载的长度，未发送。",
        "en": "The text is longer than this channel can hold; nothing was sent.",
    },
    "TEXT_NOT_HELD": {
        "zh-CN": "文字含有该渠道无法保存的字符，未发送。",
        "en": "The text has characters that this channel cannot hold; nothing was sent.",
    },
    "SERVICE_REQUEST_UNKNOWN": {
        "zh-CN": "没有这项服务请求，或您无权查看。",
        "en": "There is no such service request, or none that you may see.",
    },
    "SERVICE_REQUEST_ENDED": {
        "zh-CN": "该服务请求尚未确认或已经结束。",
        "en": "This service request is not confirmed yet, or is over.",
    },
}
