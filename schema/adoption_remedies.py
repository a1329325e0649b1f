"""What to do about a condition of adoption that is not met, in the caller's language."""

from collections.abc import Mapping

REMEDIES: Mapping[str, Mapping[str, str]] = {
    "connector-valid": {
        "zh-CN": "修正连接器定义，使其可以打开。",
        "en": "Correct the connector's definition until it opens.",
    },
    "connector-healthy": {
        "zh-CN": "恢复该系统或其登录，并运行 connector doctor。",
        "en": "Bring its system or its logon back, and ask the connector's doctor.",
    },
    "owner-named": {
        "zh-CN": "由负责人签名：OWNER_NAMED。",
        "en": "Say who owns the legacy: sign OWNER_NAMED.",
    },
    "pii-classed": {
        "zh-CN": "在清单中为每个原生字段写明可见范围。",
        "en": "Give every native field of the manifest its class of visibility.",
    },
    "contract-passed": {
        "zh-CN": "按 doctor 的结果修正映射，直到没有错误。",
        "en": "Correct what the connector's doctor finds wrong.",
    },
    "status-covered": {
        "zh-CN": "把近 90 天出现的状态值全部写入映射。",
        "en": "Map every status that rows of the last 90 days have.",
    },
    "status-unknown": {
        "zh-CN": "为未知状态值补充映射，并重新同步。",
        "en": "Map the statuses that are unknown, and take the rows in again.",
    },
    "legacy-p99": {
        "zh-CN": "让系统更快，或与负责人约定更高的上限。",
        "en": "Make the system quicker, or agree on another bound.",
    },
    "legacy-errors": {
        "zh-CN": "先排除该系统的错误。",
        "en": "Remove the errors of its system first.",
    },
    "headroom": {
        "zh-CN": "降低调用量，或与负责人约定更高的负载。",
        "en": "Ask it for less, or agree on a higher load.",
    },
    "load-agreed": {
        "zh-CN": "与系统负责人约定负载并写入连接器。",
        "en": "Agree on a load with the system's owner, and write it into the connector.",
    },
    "backfill-days": {
        "zh-CN": "把数据完整同步一遍，直到每天的数量一致。",
        "en": "Take everything in once as a whole, until the counts of every day are equal.",
    },
    "feed-lag": {
        "zh-CN": "更频繁地同步，或改用推送。",
        "en": "Take changes in more often, or have them pushed.",
    },
    "comparisons": {
        "zh-CN": "等待更多比对，或提高采样比例。",
        "en": "Wait for more comparisons, or sample more.",
    },
    "compared-for": {
        "zh-CN": "继续比对，直到达到要求的时长。",
        "en": "Go on comparing for as long as is asked.",
    },
    "compared-peaks": {
        "zh-CN": "等待一次高峰期也被比对。",
        "en": "Wait until a busy time was compared, too.",
    },
    "mismatch-rate": {
        "zh-CN": "查看报告，修正映射或补齐数据。",
        "en": "Read the report, and correct the mapping or the rows.",
    },
    "mismatch-critical": {
        "zh-CN": "积分、金额、状态、手机号不允许有任何差异。",
        "en": "Correct every difference in points, amounts, statuses and phones.",
    },
    "mismatch-explained": {
        "zh-CN": "为每类差异写明原因与到期日，或消除它。",
        "en": "Acknowledge each kind of difference with a reason and an end, or remove it.",
    },
    "canary-held": {
        "zh-CN": "先提高到 100%，并保持要求的时长。",
        "en": "Move everybody first, and hold it for as long as is asked.",
    },
    "platform-p99": {
        "zh-CN": "让平台的回答更快。",
        "en": "Make the platform's answers quicker.",
    },
    "platform-errors": {
        "zh-CN": "排除平台回答中的错误。",
        "en": "Remove the errors of the platform's answers.",
    },
    "writes-idempotent": {
        "zh-CN": "证明重复的写入只生效一次。",
        "en": "Prove that a write told twice counts once.",
    },
    "reverse-sync": {
        "zh-CN": "测试从平台到旧系统的回写。",
        "en": "Test the way from the platform to the legacy.",
    },
    "drift": {
        "zh-CN": "对账，直到双方没有差异。",
        "en": "Reconcile until nothing differs.",
    },
    "drift-free-for": {
        "zh-CN": "继续对账，直到无差异的时长达到要求。",
        "en": "Go on until nothing has differed for as long as is asked.",
    },
    "replay-accepted": {
        "zh-CN": "证明旧系统接受重放的写入。",
        "en": "Prove that the legacy takes a write again.",
    },
    "write-lag": {
        "zh-CN": "让发往另一方的写入更快到达。",
        "en": "Bring writes to the other side sooner.",
    },
    "conflict-policy": {
        "zh-CN": "选择冲突策略：主导方优先、按字段或人工处理。",
        "en": "Choose what happens where both sides changed the same.",
    },
    "runbook-rehearsed": {
        "zh-CN": "演练回退手册后签名：RUNBOOK_REHEARSED。",
        "en": "Rehearse the way back, and sign RUNBOOK_REHEARSED.",
    },
    "led-for": {
        "zh-CN": "让平台主导全部写入，并保持要求的时长。",
        "en": "Let the platform lead everybody's writes for as long as is asked.",
    },
    "business-signed": {
        "zh-CN": "由业务方签名：BUSINESS_SIGNED。",
        "en": "Have the business sign BUSINESS_SIGNED.",
    },
    "legacy-unread-for": {
        "zh-CN": "让仍读取旧系统的应用改用平台。",
        "en": "Move the applications that still read the legacy.",
    },
    "archive-exported": {
        "zh-CN": "导出归档后签名：ARCHIVE_EXPORTED。",
        "en": "Export the archive, and sign ARCHIVE_EXPORTED.",
    },
    "two-approvals": {
        "zh-CN": "须由第二人批准。",
        "en": "Have a second person approve it.",
    },
    "consent-kept": {
        "zh-CN": "从平台清除已被删除者的数据。",
        "en": "Take out what is here again of people who were erased.",
    },
    "contract-kept": {
        "zh-CN": "按 doctor 的结果修正映射，然后重新检查。",
        "en": "Correct what the connector's doctor finds wrong, and ask it again.",
    },
    "circuit-closed": {
        "zh-CN": "恢复旧系统，直到它再次应答。",
        "en": "Bring the legacy back until it answers again.",
    },
    "definitions-unchanged": {
        "zh-CN": "两侧都写时，先 reconcile 至无差异；否则恢复到 SHADOW_READ，按新的定义重新比对。",
        "en": "Where both sides are written, reconcile until nothing differs; else resume at "
        "SHADOW_READ, and compare under what is in force now.",
    },
    "step-order": {
        "zh-CN": "按顺序逐级提高比例。",
        "en": "Raise the percentage one step after another.",
    },
    "step-held": {
        "zh-CN": "在当前比例保持要求的时长。",
        "en": "Hold the percentage for as long as is asked.",
    },
}


def remedy_of(gate: str, language: str) -> str:
    """What to do about a gate."""
    return REMEDIES[gate][language]
