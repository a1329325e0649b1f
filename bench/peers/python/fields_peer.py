"""A flat list from memory, bytes to bytes: Strawberry and so graphql-core, as it comes."""

import os
from enum import Enum

import strawberry
import uvicorn
from strawberry.asgi import GraphQL


@strawberry.enum
class ChannelKind(Enum):
    STORE = "STORE"
    MARKETPLACE = "MARKETPLACE"
    OTHER = "OTHER"


@strawberry.type
class Channel:
    code: str
    name: str
    kind: ChannelKind
    time_zone: str


CHANNELS = [
    Channel(
        code=f"c{place:03d}",
        name=f"Channel {place:03d}",
        kind=ChannelKind.OTHER,
        time_zone="Asia/Shanghai",
    )
    for place in range(int(os.environ["BENCH_SIZE"]))
]


@strawberry.type
class Query:
    @strawberry.field
    def channels(self) -> list[Channel]:
        return CHANNELS


application = GraphQL(strawberry.Schema(Query))


if __name__ == "__main__":
    uvicorn.run(application, port=int(os.environ["BENCH_PORT"]), lifespan="off", access_log=False)
