"""The doors of the box beside the graph: resources, tools, a shop's own wire, and Tmall's calls.

Each is asked for people by all that they are known by, rightly and wrongly; what a door answers in
the clear is its right, what that leaves behind is searched like everything else.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx

from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import Role
from demo.top.members import BIND, QUERY, MemberCenter
from gateway.cli.box.estate import BRAND
from gateway.compat.consumers import PURPOSE, Consumer, consumer_of
from gateway.keys import derived_key
from gateway.settings import Settings
from store.access.api_keys import ApiKeys
from store.engine import Store
from tests.acceptance.door_settings import APP, SECRET, SELLER
from tests.acceptance.retailer import Retailer, eventually

_CHANNELS = frozenset({"shop", "app", "mini", "live"})
_SHOP = "/compat/shop/wp-json/wc/v3"
_PATIENCE = 30.0


def resources(box: Retailer, person: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What resources and tools say of a person: what was asked, and the answer."""
    phone, email = person["phone"], person["email"]
    with httpx.Client(base_url=f"{box.address}/api", trust_env=False, timeout=60) as client:
        for role in ("operations", "guide", "consumer"):
            client.headers["authorization"] = f"Bearer {box.tokens[role]}"
            for path in (
                *(f"members/by-phone/{one}" for one in (phone, f"+86{phone}", f"{phone}x", email)),
                *(f"members/{one}/orders" for one in (phone, email)),
                *("orders", f"orders/shop/{phone}", f"nothing/{phone}?phone={phone}", "stores"),
            ):
                yield f"{path} as {role}", client.get(path).text
            call = {"name": "MemberByPhone", "arguments": {"phone": phone}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            yield f"a tool as {role}", client.post("mcp", json=message).text
        client.headers["authorization"] = f"Bearer {box.tokens['operations']}"
        why = {"accept": "text/csv", "x-santong-reason": f"she called: {phone}, {email}"}
        yield "a file", client.get("orders", headers=why).text
        change = {"idempotency-key": "doors-1"}
        told = client.patch(f"members/{phone}", json={"phone": email}, headers=change)
        yield "a change", told.text


def old_application(box: Retailer, person: Mapping[str, str]) -> list[httpx.Response]:
    """What a shop's old client asks, the first of it in the clear."""
    consumer = asyncio.run(_consumer(box))
    phone, email = person["phone"], person["email"]
    with httpx.Client(
        base_url=f"{box.address}{_SHOP}",
        auth=(consumer.key, consumer.secret),
        trust_env=False,
        timeout=60,
    ) as client:
        eventually(lambda: client.get("customers/101").status_code != 401, within=_PATIENCE)
        answers = [
            client.get(path, params=params)
            for path, params in (
                ("customers", {"email": email, "role": "all"}),
                ("customers", {"search": phone, "role": "all"}),
                ("customers/101", {}),
                ("orders", {"customer": "101"}),
                (f"customers/{phone}", {}),
                (f"orders/{phone}", {}),
                ("customers", {phone: email}),
                ("customers", {"orderby": phone}),
            )
        ]
        wrong = ({"billing": {"phone": f"{phone}x"}}, {"billing": {"city": phone}}, [email])
        answers += [client.put("customers/101", json=body) for body in ({}, *wrong)]
        address, stranger = "customers/101", (f"ck_{phone}", email)
        answers.append(client.get(address, params={"consumer_key": phone}, auth=stranger))
        return answers


def tmall(box: Retailer, person: Mapping[str, str]) -> list[Any]:
    """What Tmall is answered of a person: asked rightly, too late, and by somebody else."""

    async def asked() -> list[Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            told = {"ouid": "doors-1", "nick": person["name"], "mobile": person["phone"]}
            found = []
            for secret in (SECRET, "another"):
                center = MemberCenter(
                    client,
                    f"{box.address}/tmall/flagship",
                    app_key=APP,
                    secret=secret,
                    seller=SELLER,
                    waits=60,
                )
                found += [
                    await center.ask(QUERY, told),
                    await center.ask(BIND, {**told, **_NOBODY}),
                ]
            late = center.written(QUERY, told, datetime.fromisoformat("2020-01-01T00:00:00+08:00"))
            query, headers, body = late
            await client.post(
                f"{box.address}/tmall/{person['phone']}",
                params=query,
                headers=headers,
                content=body,
            )
            return found

    return asyncio.run(asked())


# Whom a bind leads to nobody by: in a box that others ask, too, nobody is bound.
_NOBODY = {"ouid": "", "omid": ""}


async def _consumer(box: Retailer) -> Consumer:
    """A key of an old application, made as `santong key` makes one."""
    environment = box.state.environment
    store = Store.open(environment["SANTONG_DATABASE_URL"], deadline_seconds=30)
    try:
        _, made = new_secret()
        scope = KeyScope(role=Role.SERVICE, channels=_CHANNELS, stores=None)
        await ApiKeys(store, BRAND).add("old-application", scope, made, by="test")
    finally:
        await store.aclose()
    settings = Settings(secret_key=environment["SANTONG_SECRET_KEY"])
    return consumer_of(derived_key(settings, PURPOSE), made.id)
