"""Members: registered, changed, bound, merged, and asked for consent."""

from schema.messages.said import Said

PEOPLE: Said = {
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
}
