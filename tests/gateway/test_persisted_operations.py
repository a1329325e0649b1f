"""Operations by their sha256 over HTTP, and every attack on them that we know."""

import functools
import json

import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from capabilities.operations import operation_hash
from gateway.auth.tokens import mint
from store.engine import Store
from store.operating.operations import Operations
from tests.gateway.serving import BRAND, opened, settings_for
from tests.migrated import migrated

GRAPHQL = "application/graphql-response+json"
KNOWN = "query Known($code: Boolean = true) { channels { name code @include(if: $code) } }"
OTHER = "query Other { channels { code } }"
INTROSPECTION = "{ __schema { types { name } } }"
DATA = {"channels": [{"name": "京东旗舰店", "code": "jd"}]}

answers = functools.partial(opened, accept=GRAPHQL)


def apollo(text, **more):
    """A request as Apollo's clients send it first: by the hash alone."""
    persisted = {"version": 1, "sha256Hash": operation_hash(text)}
    return {"extensions": {"persistedQuery": persisted}, **more}


def by_id(text, **more):
    """A request of the GraphQL over HTTP draft."""
    return {"documentId": f"sha256:{operation_hash(text)}", **more}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "operations.json"
    path.write_text(json.dumps({operation_hash(KNOWN): KNOWN}), "utf-8")
    return path


@pytest.fixture
def database(tmp_path, postgres):
    return migrated(postgres, f"persisted_{tmp_path.name}")


async def kept(database, text, brand=BRAND):
    store = Store.open(database)
    await Operations(store, brand).register(text, None, by="ada", idempotency_key=text[:9])
    await store.aclose()


async def post(client, body, **headers):
    answer = await client.post("/graphql", json=body, headers=headers)
    return answer.status_code, answer.json()


def code(answer):
    status, body = answer
    assert "data" not in body
    return status, body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("ask", [apollo, by_id])
@pytest.mark.parametrize("trusted", ["off", "only"])
async def test_a_registered_operation_is_asked_by_its_id(tmp_path, file, ask, trusted):
    settings = settings_for(tmp_path, operations=file, trusted_documents=trusted)
    async with answers(settings) as client:
        for body in (ask(KNOWN), ask(KNOWN, query=KNOWN), {"query": KNOWN}):
            status, answer = await post(client, body)
            assert (status, answer["data"]) == (200, DATA)
        got = {name: json.dumps(value) for name, value in ask(KNOWN).items()}
        if ask is by_id:
            got = by_id(KNOWN)
        answer = await client.get("/graphql", params=got)
        assert answer.json()["data"] == DATA


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), ("application/json", 200)])
@pytest.mark.parametrize("ask", [apollo, by_id])
async def test_an_unknown_id_is_said_as_apollos_clients_expect(tmp_path, ask, accept, status):
    async with answers(settings_for(tmp_path)) as client:
        told, body = await post(client, ask(OTHER), accept=accept)
    (error,) = body["errors"]
    assert (told, error["message"]) == (status, "PersistedQueryNotFound")
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_outside_of_development_a_client_registers_nothing(tmp_path):
    async with answers(settings_for(tmp_path)) as client:
        assert (await post(client, apollo(OTHER, query=OTHER)))[1]["data"]
        assert code(await post(client, apollo(OTHER))) == (400, "PERSISTED_QUERY_NOT_FOUND")


async def test_in_development_it_does(tmp_path):
    async with answers(settings_for(tmp_path, demo=True)) as client:
        assert code(await post(client, apollo(OTHER))) == (400, "PERSISTED_QUERY_NOT_FOUND")
        assert (await post(client, apollo(OTHER, query=OTHER)))[1]["data"]
        assert (await post(client, apollo(OTHER)))[1]["data"]


@pytest.mark.parametrize("trusted", ["off", "only"])
@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 1},
        {"documentId": ""},
        {"documentId": operation_hash(KNOWN)},
        {"documentId": f"sha256:{operation_hash(KNOWN).upper()}"},
        {"documentId": f"md5:{'a' * 32}"},
        {"documentId": f"sha256:{operation_hash(KNOWN)}\n"},
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {}}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": operation_hash(KNOWN)}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": None}}},
        by_id(KNOWN, **apollo(OTHER)),
        by_id(KNOWN, query=""),
        by_id(KNOWN, query=7),
    ],
)
async def test_half_a_name_is_no_name(tmp_path, file, trusted, body):
    settings = settings_for(tmp_path, operations=file, trusted_documents=trusted)
    async with answers(settings) as client:
        assert code(await post(client, body)) == (400, "BAD_REQUEST")


# The attacks.


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
@pytest.mark.parametrize("demo", [False, True])
async def test_a_text_under_the_hash_of_another_poisons_nothing(tmp_path, file, accept, demo):
    settings = settings_for(tmp_path, operations=file, demo=demo)
    async with answers(settings) as client:
        evil = KNOWN.replace("= true", "= false")
        for body in (apollo(KNOWN, query=evil), by_id(KNOWN, query=evil)):
            assert code(await post(client, body, accept=accept)) == (
                400,
                "PERSISTED_QUERY_MISMATCH",
            )
        # Another default of a variable is another operation; the registered one keeps its own.
        assert (await post(client, apollo(KNOWN)))[1]["data"] == DATA
        assert code(await post(client, apollo(evil)))[1] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("demo", [False, True])
async def test_only_registered_operations_are_answered(tmp_path, file, demo):
    settings = settings_for(tmp_path, operations=file, trusted_documents="only", demo=demo)
    bodies = (
        {"query": OTHER},
        {"query": INTROSPECTION},
        {"query": "{ nothing }"},
        {"query": "{"},
        {"query": "{ " + "a " * 400_000 + "}"},
        {"query": KNOWN + " "},
        {"query": f"{KNOWN} {OTHER}", "operationName": "Other"},
        apollo(OTHER),
        apollo(OTHER, query=OTHER),
        apollo(KNOWN, query=OTHER),
        apollo(OTHER, query=KNOWN),
        by_id(INTROSPECTION, query=INTROSPECTION),
    )
    async with answers(settings) as client:
        told = [await post(client, body) for body in (*bodies, *bodies)]
        got = await client.get("/graphql", params={"query": INTROSPECTION})
    told.append((got.status_code, got.json()))
    for _, body in told:
        del body["errors"][0]["extensions"]["requestId"]
    assert {json.dumps(one) for one in told} == {json.dumps(told[0])}
    assert code(told[0]) == (400, "OPERATION_NOT_TRUSTED")


async def test_a_brand_knows_no_operation_of_another(tmp_path, database):
    await kept(database, OTHER, "another")
    await kept(database, KNOWN)
    settings = settings_for(tmp_path, database_url=SecretStr(database), trusted_documents="only")
    async with answers(settings) as client:
        assert (await post(client, by_id(KNOWN)))[1]["data"] == DATA
        assert code(await post(client, by_id(OTHER)))[1] == "OPERATION_NOT_TRUSTED"
        foreign = f"Bearer {mint(settings, role=Role.ADMIN, brand='another')}"
        for text in (KNOWN, OTHER):
            told = code(await post(client, by_id(text), authorization=foreign))
            assert told == (401, "UNAUTHENTICATED")


async def test_what_an_administrator_registers_is_asked_at_once(tmp_path, database):
    settings = settings_for(tmp_path, database_url=SecretStr(database))
    register = "mutation R($text: String!) { registerOperation(input: {text: $text, "
    register += 'idempotencyKey: "1"}) { __typename } }'
    async with answers(settings, Role.ADMIN) as client:
        await post(client, {"query": register, "variables": {"text": OTHER}})
        assert (await post(client, by_id(OTHER)))[1]["data"]


async def test_a_registered_operation_is_no_more_than_a_query(tmp_path, database):
    """What does not fit the graph any more, or is too large, is refused as it is when asked."""
    large = "{ " + " ".join(f"a{n}: channels {{ code }}" for n in range(40)) + " }"
    stale = "query Stale { channels { takenAway } }"
    for text in (large, stale):
        await kept(database, text)
    settings = settings_for(tmp_path, database_url=SecretStr(database), trusted_documents="only")
    async with answers(settings) as client:
        assert code(await post(client, by_id(large)))[1] == "DOCUMENT_TOO_MANY_ALIASES"
        assert code(await post(client, by_id(stale)))[1] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_registered_mutation_is_not_got_and_asks_for_the_role(tmp_path, database):
    text = 'mutation R { registerOperation(input: {text: "{ a }", idempotencyKey: "1"}) '
    text += "{ __typename } }"
    await kept(database, text)
    settings = settings_for(tmp_path, database_url=SecretStr(database))
    async with answers(settings) as client:
        answer = await client.get("/graphql", params=by_id(text))
        assert answer.status_code == 405
        _, body = await post(client, by_id(text))
        assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
