"""UserError: why a mutation did nothing, as a value that a client can show to a person."""

from collections.abc import Mapping

import strawberry
from strawberry import Parent

from capabilities.declined import Declined
from schema.context import Ask
from schema.view import asked, plain

# By code, in every language that a caller may prefer.
MESSAGES: Mapping[str, Mapping[str, str]] = {
    "SOLD_OUT": {"zh-CN": "已售罄。", "en": "Nothing is left."},
    "LIMIT_REACHED": {
        "zh-CN": "已达到每人限购数量。",
        "en": "You have as many as one person may.",
    },
    "NOT_OPEN": {
        "zh-CN": "活动不在开售时间内。",
        "en": "The sale is not open now.",
    },
    "DUPLICATE_REQUEST": {
        "zh-CN": "该幂等键已用于其他请求，未执行任何操作。",
        "en": "This key stood for another wish before; nothing was done.",
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
    "FLASH_SALE_SECOND_PERSON": {
        "zh-CN": "须由另一人确认，提出者本人不能确认。",
        "en": "A second person confirms this: whoever proposed it does not.",
    },
    "FLASH_SALE_CONFIRMED": {
        "zh-CN": "该操作已经确认过。",
        "en": "This was confirmed already.",
    },
    "FLASH_SALE_MOVED": {
        "zh-CN": "活动同时被他人更改，请重新查看后再试。",
        "en": "The sale was changed meanwhile; look again and try once more.",
    },
    "OPERATION_INVALID": {
        "zh-CN": "该操作不符合图的约定或限制，未登记。",
        "en": "The operation does not fit the graph or its limits; it was not registered.",
    },
    "IDEMPOTENCY_KEY_REUSED": {
        "zh-CN": "该幂等键已用于其他内容，未执行任何操作。",
        "en": "This idempotency key was used for another input; nothing was done.",
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
    "CONFLICT_UNKNOWN": {
        "zh-CN": "没有这个待处理的冲突，未执行任何操作。",
        "en": "There is no such open conflict; nothing was done.",
    },
    "ADOPTION_UNDRAINED": {
        "zh-CN": "旧系统尚未收到全部写入，未执行任何操作。",
        "en": "Its system was not told of every write yet; nothing was done.",
    },
    "MEMBER_UNKNOWN": {
        "zh-CN": "没有这位会员，或您无权查看，未执行任何操作。",
        "en": "There is no such member, or none that you may see; nothing was done.",
    },
    "CHANNEL_UNKNOWN": {
        "zh-CN": "没有这个渠道，或您无权使用，未执行任何操作。",
        "en": "There is no such channel, or none that you may use; nothing was done.",
    },
    "CHANNEL_TAKES_NO_CHANGES": {
        "zh-CN": "该渠道的系统不接受会员变更，未执行任何操作。",
        "en": "The system of this channel takes no changes of members; nothing was done.",
    },
    "PHONE_NOT_PERSONAL": {
        "zh-CN": "该号码不能作为会员手机号，未执行任何操作。",
        "en": "This can be nobody's phone; nothing was done.",
    },
    "MEMBER_EXISTS": {
        "zh-CN": "该手机号在此渠道已有会籍，未执行任何操作。",
        "en": "Who has this phone is a member of the channel already; nothing was done.",
    },
    "MEMBER_ERASED": {
        "zh-CN": "此人的数据已按其要求删除，须重新取得同意。",
        "en": "This person was erased; she must register anew with her consent.",
    },
    "MEMBERSHIP_NOT_PROVEN": {
        "zh-CN": "会籍与手机号不相符，未执行任何操作。",
        "en": "Membership and phone do not belong together; nothing was done.",
    },
    "MEMBERSHIP_NOT_BOUND": {
        "zh-CN": "会籍与此会员相冲突，须由人工合并。",
        "en": "Something stands between this membership and this person; merge them by hand.",
    },
    "ATTRIBUTE_UNKNOWN": {
        "zh-CN": "没有声明这个属性，未执行任何操作。",
        "en": "No attribute of this name is declared; nothing was done.",
    },
    "ATTRIBUTE_INVALID": {
        "zh-CN": "该属性不能取这个值，未执行任何操作。",
        "en": "The attribute cannot have this value; nothing was done.",
    },
    "ATTRIBUTE_NOT_WRITABLE": {
        "zh-CN": "该属性只由业务系统提供，未执行任何操作。",
        "en": "Only systems tell this attribute; nothing was done.",
    },
    "MEMBER_PENDING": {
        "zh-CN": "该会员正在等待系统注册，请稍后再试。",
        "en": "Her registration has not arrived at its system yet; try again later.",
    },
    "ATTEMPTS_SPENT": {
        "zh-CN": "尝试次数过多，请稍后再试。",
        "en": "Too many attempts were wrong; try again later.",
    },
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
    "MERGE_BLOCKED": {
        "zh-CN": "存在冲突，未合并；确认后可在 override 中写明要越过的项。",
        "en": "Something stands against this merge; name it in `override` to merge all the same.",
    },
    "MERGE_SAME_MEMBER": {
        "zh-CN": "这些编号已是同一位会员，未执行任何操作。",
        "en": "These ids lead to one member already; nothing was done.",
    },
    "MERGE_UNKNOWN": {
        "zh-CN": "没有这次合并，未执行任何操作。",
        "en": "There is no such merge; nothing was done.",
    },
    "MERGE_UNDONE": {
        "zh-CN": "这次合并已经拆分，未执行任何操作。",
        "en": "This merge was undone already; nothing was done.",
    },
    "MEMBER_CHANGED": {
        "zh-CN": "会员资料已被更改，请重新查看后再试。",
        "en": "A member has changed meanwhile; look again and try once more.",
    },
    "MEMBERSHIPS_UNKNOWN": {
        "zh-CN": "这些会籍不属于同一位会员，或已是其全部会籍，未执行任何操作。",
        "en": "These are not some of one member's memberships; nothing was done.",
    },
    "CANDIDATE_UNKNOWN": {
        "zh-CN": "没有这一对候选，未执行任何操作。",
        "en": "There is no such pair; nothing was done.",
    },
    "CANDIDATE_JUDGED": {
        "zh-CN": "这一对候选已有结论，未执行任何操作。",
        "en": "This pair was judged already; nothing was done.",
    },
    "CONSENT_TEXT_UNKNOWN": {
        "zh-CN": "同意须指明已存档的告知文本版本，未执行任何操作。",
        "en": "A grant must name a version of the words that is kept; nothing was done.",
    },
    "TAG_ENDED": {
        "zh-CN": "该标签的到期时间已过，未执行任何操作。",
        "en": "The tag would have ended already; nothing was done.",
    },
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
    "CAPABILITY_MISSING": {
        "zh-CN": "按键或渠道清除时必须指定能力，未清除任何内容。",
        "en": "A key or channel needs its capability; nothing was purged.",
    },
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
        "zh-CN": "须由另一人批准。",
        "en": "A second person approves this: whoever approved it first does not.",
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
