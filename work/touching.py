"""Sends touches that are due, looks after what was sent, takes back what must not arrive."""

from collections.abc import Mapping, Sequence

import structlog

from capabilities.lifecycle.campaigns import Campaign, CampaignState, Paused
from capabilities.lifecycle.guards import Stop
from capabilities.lifecycle.sending import (
    Message,
    TouchDrop,
    TouchLookup,
    TouchSender,
)
from capabilities.lifecycle.templates import Template, render
from capabilities.member.consent import ConsentMedium
from store.lifecycle.addresses import Addresses
from store.lifecycle.campaigns import Campaigns, pause_in
from store.lifecycle.touch_sending import Due, Reserved, SendingDesk
from store.lifecycle.touch_settling import Settling
from store.lifecycle.touch_templates import TouchTemplates
from store.owned import Owned

_log = structlog.get_logger("work")
_AT_ONCE = 100


class Touching:
    """One round over the campaigns that run; several processes may make it at once."""

    def __init__(self, owned: Owned, senders: Sequence[TouchSender]) -> None:
        self._owned = owned
        self._senders: Mapping[str, TouchSender] = {one.name: one for one in senders}
        self._desk = SendingDesk(owned)
        self._settling = Settling(owned)
        self._addresses = Addresses(owned)
        self._campaigns = Campaigns(owned)
        self._templates = TouchTemplates(owned.store, owned.brand)

    async def round(self) -> int:
        """Look after what was sent, then send what is due; how many touches left."""
        await self._settling.abandoned()
        for sender in self._senders.values():
            if isinstance(sender, TouchLookup):
                await self._look_up(sender, sender.name)
            if isinstance(sender, TouchDrop):
                await self._tend(sender, sender.name)
        sent = 0
        for campaign in await self._campaigns.all(CampaignState.RUNNING):
            sent += await self._run(campaign)
        return sent

    async def _run(self, campaign: Campaign) -> int:
        sender = self._senders.get(campaign.sender)
        if sender is None:
            await self._pause(campaign)
            return 0
        words = await self._templates.newest([one.template for one in campaign.plan.ways])
        known = {(one.name, one.medium, one.language): one for one in words}
        sent, place = 0, None
        most = max(_AT_ONCE, sender.at_once)
        while due := await self._desk.due(campaign, place, most):
            sent += await self._batch(campaign, sender, due, known)
            place = due[-1]
        if sent:
            _log.info("touches sent", campaign=campaign.name, count=sent)
        return sent

    async def _batch(
        self, campaign: Campaign, sender: TouchSender, due: Sequence[Due], words: "Words"
    ) -> int:
        sent, waiting = 0, []
        for one in due:
            reserved = await self._desk.reserve(campaign, one)
            if reserved is not None:
                waiting.append(reserved)
            if len(waiting) == sender.at_once:
                sent += await self._hand_over(campaign, sender, waiting, words)
                waiting = []
        return sent + await self._hand_over(campaign, sender, waiting, words)

    async def _hand_over(
        self,
        campaign: Campaign,
        sender: TouchSender,
        reserved: Sequence[Reserved],
        words: "Words",
    ) -> int:
        """Open the addresses, ask a last time whether these are due, and send."""
        messages = [
            message
            for one in reserved
            if (message := await self._message(campaign, one, words)) is not None
        ]
        at = {one.touch_id: one.at for one in reserved}
        late = await self._desk.not_due(reserved)
        for touch_id, why in late.items():
            await self._settling.give_up(touch_id, why, at[touch_id])
        held = await self._desk.held([one for one in reserved if one.touch_id not in late])
        going = [one for one in messages if one.touch_id in held]
        if not going:
            return 0
        receipts = await sender.send(going)
        for one, receipt in zip(going, receipts, strict=True):
            await self._settling.settle(one.touch_id, receipt, at[one.touch_id])
        return len(going)

    async def _message(
        self, campaign: Campaign, reserved: Reserved, words: "Words"
    ) -> Message | None:
        way, language = reserved.way, campaign.plan.language
        template = words.get((way.template, way.medium, language))
        if template is None:
            await self._settling.stop(reserved.touch_id, Stop.NO_WORDS, reserved.at)
            return None
        address = await self._addresses.address(reserved.one_id, way.medium)
        if address is None:
            await self._settling.stop(reserved.touch_id, Stop.UNREACHABLE, reserved.at)
            return None
        values = {
            "days": str(reserved.days),
            "store": reserved.store_code or "",
            "campaign": campaign.name,
            "last_day": reserved.last_day,
        }
        return Message(
            touch_id=reserved.touch_id,
            campaign=campaign.name,
            medium=way.medium,
            address=address,
            language=language,
            template=way.template,
            text=render(template.words, values),
            values=values,
        )

    async def _look_up(self, sender: TouchLookup, name: str) -> None:
        """Ask what became of touches that may have arrived; without an answer they are left."""
        touch_ids = await self._settling.unknown(name)
        if touch_ids:
            receipts = await sender.look_up(touch_ids)
            for touch_id, receipt in zip(touch_ids, receipts, strict=True):
                await self._settling.settle(touch_id, receipt)

    async def _tend(self, drop: TouchDrop, name: str) -> None:
        """Take out what must not be fetched any more; what was fetched is sent."""
        rows = await self._settling.dropped(name)
        recalled: dict[str, dict[str, str]] = {}
        for row in rows:
            if row.recall is not None:
                recalled.setdefault(row.drop_name, {})[row.touch_id] = row.recall
        for drop_name, whys in recalled.items():
            if await drop.withdraw(drop_name, frozenset(whys)):
                for touch_id, why in whys.items():
                    await self._settling.withdrawn(touch_id, why)
        waiting = await drop.waiting() if rows else frozenset()
        for row in rows:
            if row.drop_name not in waiting:
                await self._settling.fetched(row.touch_id)

    async def _pause(self, campaign: Campaign) -> None:
        _log.warning("campaign paused", campaign=campaign.name, reason=Paused.SENDER_MISSING.value)
        now, why = self._owned.now(), Paused.SENDER_MISSING
        await self._owned.store.transaction(
            lambda run: pause_in(run, self._owned.brand, campaign.name, why, now)
        )


Words = Mapping[tuple[str, ConsentMedium, str], Template]
