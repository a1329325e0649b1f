"""Keys that stood for something else before."""

from schema.messages.said import Said

REPEATING: Said = {
    "DUPLICATE_REQUEST": {
        "zh-CN": "该幂等键已用于其他请求，未执行任何操作。",
        "en": "This key stood for another wish before; nothing was done.",
    },
    "IDEMPOTENCY_KEY_REUSED": {
        "zh-CN": "该幂等键已用于其他内容，未执行任何操作。",
        "en": "This idempotency key was used for another input; nothing was done.",
    },
}
