"""Every system of the case files, started when a test first needs it, once a session."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from tests.connectors.conformance.case import Case, Ear
from tests.connectors.conformance.subject import SUBJECTS, Subject, World


class Systems:
    """The systems that were started."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._started: set[str] = set()

    def __getitem__(self, name: str) -> Subject:
        subject = SUBJECTS[name]
        if name not in self._started:
            subject.start(self._world)
            self._started.add(name)
        return subject


@pytest.fixture(scope="session")
def systems(postgres, tmp_path_factory) -> Iterator[Systems]:
    with ExitStack() as stack:
        yield Systems(World(postgres, tmp_path_factory, stack))


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for subject in SUBJECTS.values():
        for name, value in subject.secrets.items():
            monkeypatch.setenv(name, value)


@pytest.fixture(params=SUBJECTS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def subject(system: str, systems: Systems) -> Subject:
    return systems[system]


@pytest.fixture
async def case(subject: Subject, monkeypatch) -> AsyncIterator[Case]:
    ear = Ear()
    for kind, name in subject.counted:
        monkeypatch.setattr(kind, name, _counted(getattr(kind, name), ear))
    connector = await subject.open(ear)
    yield Case(subject, connector, ear, subject.truth())
    await connector.aclose()


def _counted(call, ear):
    async def counted(*args, **kwargs):
        ear.upstream += 1
        return await call(*args, **kwargs)

    return counted
