"""Outcomes as the fast path tells them: what the graph's union says, as JSON."""

import msgspec

from capabilities.flash.records import (
    DuplicateRequest,
    LimitReached,
    NotOpen,
    Outcome,
    Reserved,
    SoldOut,
    Throttled,
)
from gateway.http.reply import Reply

_encode = msgspec.json.Encoder().encode
_SOLD_OUT = {
    back: Reply(200, b'{"__typename":"SoldOut","mayReturn":%b}' % word)
    for back, word in ((True, b"true"), (False, b"false"))
}
_DUPLICATE = Reply(200, b'{"__typename":"DuplicateRequest"}')


def encoded_outcome(outcome: Outcome) -> Reply:
    """200 for what was decided; 429 where nothing was, and the same wish may come again."""
    match outcome:
        case Reserved(reservation, pay_until, replay):
            until = pay_until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            again = "true" if replay else "false"
            said = (
                f'{{"__typename":"Reserved","reservation":"{reservation}",'
                f'"payUntil":"{until}","replay":{again}}}'
            )
            return Reply(200, said.encode())
        case SoldOut(back):
            return _SOLD_OUT[back]
        case LimitReached(limit):
            return Reply(200, b'{"__typename":"LimitReached","limit":%d}' % limit)
        case NotOpen(state, opens_at, closes_at):
            told = {"__typename": "NotOpen", "state": state.value}
            return Reply(200, _encode({**told, "opensAt": opens_at, "closesAt": closes_at}))
        case DuplicateRequest():
            return _DUPLICATE
        case Throttled(after):
            seconds = b"%d" % max(1, -(-after // 1000))
            body = b'{"__typename":"Throttled","retryAfterMs":%d}' % after
            return Reply(429, body, extra=((b"retry-after", seconds),))
