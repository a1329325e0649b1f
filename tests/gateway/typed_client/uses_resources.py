"""What an old application's team writes against the client that was made from our description.

It is type-checked and run: `python uses_resources.py URL TOKEN PHONE`.
"""

import json
import sys
from datetime import datetime

from santong_resources import AuthenticatedClient
from santong_resources.api.default import channels, member_by_phone, orders, update_profile
from santong_resources.models import (
    MemberByPhone,
    Orders,
    OrderStatus,
    Problem,
    UpdateProfile,
    UpdateProfileBody,
)


def found(client: AuthenticatedClient, phone: str) -> MemberByPhone:
    """The member of a phone; whoever is none is a problem with a code."""
    answer = member_by_phone.sync(phone, client=client)
    if not isinstance(answer, MemberByPhone):
        raise SystemExit(f"no member: {answer}")
    return answer


def placed(client: AuthenticatedClient) -> list[tuple[str, datetime | None, str | None, bool]]:
    """Number, moment and amount of every order, and whether it waits for its money."""
    told = []
    after: str | None = ""
    while after is not None:
        page = (
            orders.sync(client=client, channel=["own"], first=2, after=after)
            if after
            else orders.sync(client=client, channel=["own"], first=2)
        )
        if not isinstance(page, Orders):
            raise SystemExit(f"no orders: {page}")
        for edge in page.edges:
            total = edge.node.total.amount if edge.node.total is not None else None
            waits = edge.node.status is OrderStatus.PENDING_PAYMENT
            told.append((edge.node.number, edge.node.placed_at, total, waits))
        after = page.page_info.end_cursor if page.page_info.has_next_page else None
    return told


def renamed(client: AuthenticatedClient, member: str, name: str) -> UpdateProfile | Problem:
    """What came of a new name."""
    body = UpdateProfileBody(family_name=name)
    answer = update_profile.sync(member, client=client, body=body, idempotency_key=name)
    if answer is None:
        raise SystemExit("nothing came")
    return answer


def main(url: str, token: str, phone: str) -> None:
    """Use all of it, and say what came."""
    with AuthenticatedClient(base_url=url, token=token) as client:
        member = found(client, phone)
        unknown = member_by_phone.sync("nobody", client=client)
        listed = channels.sync(client=client)
        rows = placed(client)
        changed = renamed(client, member.id, "Zhou")
        again = renamed(client, member.id, "Zhou")
    told = {
        "member": member.id,
        "masked": member.phone_masked,
        "memberships": [one.channel.code for one in member.memberships],
        "unknown": unknown.code if isinstance(unknown, Problem) else None,
        "channels": [one.code for one in listed] if isinstance(listed, list) else None,
        "orders": [number for number, _, _, _ in rows],
        "moments": all(moment is not None and moment.tzinfo for _, moment, _, _ in rows),
        "amounts": sorted({amount or "" for _, _, amount, _ in rows}),
        "waiting": sum(waits for _, _, _, waits in rows),
        "changed": isinstance(changed, UpdateProfile) and changed == again,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
