"""Under which definitions a connector is measured: what it means, not how much it is asked."""

import pytest
from msgspec.structs import replace

from capabilities.estate import CachePolicy, Capability, ConnectorSpec, Limits
from connectors.basis import basis_of_spec

MEMBER = Capability.MEMBER
SPEC = ConnectorSpec(
    name="crm",
    system="acme",
    settings={"base_url": "https://crm.example", "store": "M1"},
    secrets={"password": "env:CRM"},
    channels={MEMBER: {"a": "shop", "b": "app"}},
)


def basis(digest="1", **changes):
    return basis_of_spec(replace(SPEC, **changes), digest, MEMBER)


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": Limits(deadline_ms=9_000, max_batch=7)},
        {"secrets": {"password": "file:/run/crm"}},
        {"cache": {MEMBER: CachePolicy(fresh=9, absent=1)}},
        {"paused": True},
        {"settings": dict(reversed(SPEC.settings.items()))},
        {"channels": {**SPEC.channels, Capability.ORDER: {"*": "shop"}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_how_it_is_asked_and_what_it_answers_besides_is_no_other_definition(changes):
    assert basis(**changes) == basis()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "crm2"},
        {"system": "other"},
        # another address may be another installation, with other people in it
        {"settings": {**SPEC.settings, "base_url": "https://crm2.example"}},
        {"settings": {**SPEC.settings, "store": "M2"}},
        {"channels": {MEMBER: {"a": "app", "b": "shop"}}},
        {"digest": "2"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whose_records_it_answers_and_what_becomes_of_them_is_another_definition(changes):
    assert not basis().holds(basis(**changes))
