"""What both gateways are asked: a person by the number of a membership, with her newest orders.

What is asked by number is what both sides can be compared in; people are drawn of those that the
copies have.
"""

import json
from random import Random

import httpx

from bench.expected import QUERY, Differs, difference, expected
from bench.processes import Server
from bench.rounds import Asked
from bench.upstream import members
from bench.upstream.whole import LISTED

_SYSTEM = 1
_BY_NUMBER = QUERY.replace("$phone: String!", "$number: String!").replace(
    "phone: $phone", 'membership: { channel: "web", number: $number }'
)
CLIENTS = 16


def body_of(number: str) -> str:
    """The request for a customer of the web shop, or for `{number}` as a load fills it in."""
    return json.dumps({"query": _BY_NUMBER, "variables": {"number": number}})


async def asked(server: Server, rate: float) -> Asked:
    """What a server is asked, once its answers are right. Differs says where they are not."""
    return Asked(
        body_of("{number}"),
        await _checked(server),
        clients=CLIENTS,
        many=LISTED,
        first=members.customer(0, _SYSTEM),
        rate=rate,
    )


async def _checked(server: Server, count: int = 20) -> int:
    """The length of its answers, the same for everybody."""
    drawn, lengths = Random(7), set()  # noqa: S311 - a draw that can be repeated is wanted
    async with httpx.AsyncClient(trust_env=False, timeout=60.0, headers=server.headers) as client:
        for _ in range(count):
            member = drawn.randrange(LISTED)
            body = body_of(str(members.customer(member, _SYSTEM)))
            answer = await client.post(f"{server.address}/graphql", content=body)
            found = answer.json()
            if found.get("errors"):
                raise Differs(f"{server.name}: {found['errors'][0].get('message')}")
            where = difference(expected(member), found["data"])
            if where is not None:
                raise Differs(f"{server.name}: member {member}: {where}")
            lengths.add(len(answer.content))
    if len(lengths) > 1:
        raise Differs(f"{server.name}: answers of {sorted(lengths)} bytes")
    return lengths.pop()
