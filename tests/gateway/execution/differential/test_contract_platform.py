"""Every question of every part of the platform has a drawn answer."""

from collections.abc import AsyncIterator, Iterator
from types import NoneType
from typing import Any, get_origin, get_type_hints

import pytest

from schema.platform import Platform
from tests.gateway.execution.differential.contract_reader import Desk
from tests.gateway.execution.differential.making import Mix


def questions() -> Iterator[tuple[str, str]]:
    for part, declared in vars(Platform).items():
        if isinstance(declared, property):
            protocol = get_type_hints(declared.fget)["return"]
            yield from (
                (part, name)
                for name, asked in vars(protocol).items()
                if not name.startswith("_") and not streams(asked) and answers(asked)
            )


def answers(asked: Any) -> bool:
    """Whether it says anything; what is only put down does not."""
    return callable(asked) and get_type_hints(asked)["return"] is not NoneType


def streams(asked: Any) -> bool:
    """Whether it answers a subscription, which no query and no mutation asks."""
    return callable(asked) and get_origin(get_type_hints(asked)["return"]) is AsyncIterator


@pytest.mark.parametrize(("part", "method"), list(questions()))
async def test_every_question_is_answered_with_a_record(part: str, method: str) -> None:
    desk = Desk(Mix(1, nulls=0.0))
    told = [await getattr(getattr(desk.platform, part), method)(at) for at in range(10)]
    assert all(one is not None for one in told)
