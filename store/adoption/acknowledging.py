"""One explanation as somebody wishes it: checked, kept once, and in the audit trail."""

from uuid import uuid4

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.expected import ExpectedRule, check
from capabilities.audit import Entry
from store.access.audit import audited
from store.adoption.acknowledgements import Acknowledgements
from store.engine import Run
from store.owned import Owned
from store.wishes import once


class Desk:
    """Takes explanations in the name of one person."""

    def __init__(self, owned: Owned, author: str, role: str | None) -> None:
        self._owned = owned
        self._author = author
        self._role = role
        self._kept = Acknowledgements(owned.store, owned.brand)

    async def explain(self, wished: Acknowledging, idempotency_key: str) -> ExpectedRule:
        """The explanation in force; BadInput for what may not be explained so.

        KeyReused where the key stood for another wish.
        """
        rule = ExpectedRule(
            id=uuid4().hex,
            channel=wished.channel,
            capability=wished.capability,
            field=wished.field,
            klass=wished.klass,
            pattern=wished.pattern,
            reason=wished.reason,
            owner=wished.owner,
            at=self._owned.now(),
            expires_at=wished.until,
        )
        check(rule)
        who = (self._owned.brand, self._author, idempotency_key)

        async def add(run: Run) -> ExpectedRule:
            await self._kept.add_in(run, rule, self._author)
            await audited(run, self._owned.brand, self._entry(rule))
            return rule

        wish = ("acknowledgeDiff", wished)
        return await self._owned.store.transaction(
            lambda run: once(run, who, wish, ExpectedRule, lambda: add(run))
        )

    def _entry(self, rule: ExpectedRule) -> Entry:
        return Entry(
            action="adoption.acknowledge",
            actor=self._author,
            role=self._role,
            reason=rule.reason,
            facts={
                "channel": rule.channel,
                "capability": rule.capability.value,
                "field": rule.field,
                "class": rule.klass.value,
                "pattern": rule.pattern,
                "owner": rule.owner,
                "until": rule.expires_at.isoformat(),
            },
        )
