"""An assistant's side, by the protocol's own library: `python uses_tools.py URL TOKEN PHONE`."""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, token: str, phone: str) -> None:
    """List the tools, use some, and say what came."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        transport = streamable_http_client(f"{url}/api/mcp", http_client=http)
        async with Client(transport) as client:
            tools = {one.name: one for one in (await client.list_tools()).tools}
            member = await client.call_tool("MemberByPhone", {"phone": phone})
            orders = await client.call_tool("Orders", {"channel": ["own"], "first": 2})
            everywhere = await client.call_tool("Orders", {})
            wrong = await client.call_tool("Orders", {"first": "two"})
    told = {
        "tools": sorted(tools),
        "read_only": all(one.annotations.read_only_hint for one in tools.values()),
        "input": tools["MemberByPhone"].input_schema,
        "member": member.structured_content,
        "numbers": [one["node"]["number"] for one in orders.structured_content["edges"]],
        "lacks": [one.text for one in everywhere.content][1:],
        "wrong": [wrong.is_error, json.loads(wrong.content[0].text)["code"]],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
