"""What waits behind the door is counted, and what is done is not."""

from datetime import UTC, datetime

from capabilities.estate import Capability
from capabilities.events import Subject, Topic
from capabilities.member.commands import Ordered
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.syncing import SyncState
from store.commands import Commands, order
from store.events import Events, tell
from store.operating.standing import Standing, Stands
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from store.syncing.streams import Moved, Streams
from tests.store.member.taking import fresh_brand

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_streams_consumers_and_commands_stand_as_they_are(store):
    brand = fresh_brand()
    standing = Standing(store, brand)
    empty = await standing.read()
    assert empty == Stands(
        streams=[], consumers=[], commands=[], touches=[], payments=[], contracts=[]
    )

    await Events(store, brand).consume("follower", [Topic.MEMBER_CHANGED], _nothing)
    subjects = [Subject(key="p1"), Subject(key="p2")]
    await store.transaction(lambda run: tell(run, brand, Topic.MEMBER_CHANGED, subjects))
    keys = DataKeys(brand, Sealer(b"s" * 32))
    for number in range(3):
        wish = Ordered(
            connector="shop",
            channel="shop",
            kind=WriteKind.REGISTER,
            one_id=f"p{number}",
            person=PersonFields(phone="13900007777"),
            author="ada",
        )
        await store.transaction(lambda run, wish=wish: order(run, keys, brand, wish, NOW))
    commands = Commands(store, brand, keys)
    first, second = await commands.claim(NOW, 60, 2)
    await commands.dead(first, "no", NOW, unsure=False)
    await store.transaction(lambda run: commands.done(run, second, "7", NOW))

    stands = await standing.read()
    (follower,) = stands.consumers
    assert (follower.of, follower.count, follower.oldest is None) == ("follower", 2, False)
    assert [(one.of, one.state, one.count) for one in stands.commands] == [
        ("member", "DEAD", 1),
        ("member", "QUEUED", 1),
    ]


async def test_the_end_of_the_last_pass_stays_known_while_another_runs(store):
    streams = Streams(store, fresh_brand())
    how = {"by": "me", "lease_seconds": 60, "mapping": "m", "whole": False}
    lease = await streams.begin("crm", Capability.MEMBER, **how)
    await store.transaction(lambda run: lease.move_in(run, Moved(position="p", read=1), [], b""))
    ended = await store.transaction(lambda run: lease.end_in(run, 0))
    await streams.begin("crm", Capability.MEMBER, **how)
    (running,) = await streams.all()
    assert (running.state, running.ended_at) == (SyncState.RUNNING, ended.ended_at)


async def _nothing(_run, _events):
    pass
