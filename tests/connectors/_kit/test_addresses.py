"""Where connectors may connect to: before DNS, after it, and whatever a name leads to later."""

import asyncio
import socket

import pytest

from capabilities.errors import BadInput, SantongError, Unavailable
from connectors._kit import Upstream, Wire, address_rules
from tests.connectors._kit.hostile_addresses import HOSTILE

PUBLIC, LOOPBACK = "93.184.216.34", "127.0.0.1"


def leading(*answers):
    """A resolver that says one thing after another; the last one for ever."""
    said = list(answers)

    async def look(host, port):
        found = said.pop(0) if len(said) > 1 else said[0]
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in found
        ]

    return look


def wire(url, rules, **changes):
    return Wire("east", url, upstream=Upstream("east", addresses=rules), **changes)


def test_there_are_as_many_tricks_as_promised():
    assert len(set(HOSTILE)) >= 51


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_hostile_address_is_refused_when_it_is_written(url):
    with pytest.raises(BadInput) as caught:
        wire(url, address_rules(["public"]))
    assert caught.value.code in ("ADDRESS_REFUSED", "BASE_ADDRESS_INVALID")


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_hostile_address_is_refused_also_where_others_are_allowed(url):
    rules = address_rules(["erp.example", "*.shop.example", "93.184.216.0/24:8443"])
    with pytest.raises(BadInput):
        wire(url, rules)


REFUSED_AFTER_DNS = [
    "127.0.0.1",
    "10.0.0.7",
    "172.31.0.1",
    "192.168.0.9",
    "169.254.169.254",
    "100.64.1.1",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.251",
    "0.0.0.0",  # noqa: S104 - looked up, not listened on
    "240.0.0.1",
    "198.18.0.1",
    "::1",
    "::",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:a00:1::",
    "fe80::1",
    "fd00:ec2::254",
    "fc00::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", REFUSED_AFTER_DNS)
@pytest.mark.parametrize("row", ["public", "erp.example", "*.example"])
async def test_a_name_that_leads_elsewhere_is_not_connected_to(address, row):
    connected = wire("https://erp.example/", address_rules([row], leading([address])))
    with pytest.raises(Unavailable) as caught:
        await connected.get("x")
    assert (caught.value.code, caught.value.source) == ("ADDRESS_REFUSED", "east")
    await connected.aclose()


@pytest.fixture
async def server():
    """A server on this machine that counts who connected to it, and answers with a redirect."""
    came = []

    async def serve(reader, writer):
        came.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n"
            b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
        )
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, LOOPBACK, 0)
    yield listening.sockets[0].getsockname()[1], came
    listening.close()
    await listening.wait_closed()


async def test_a_name_that_is_rebound_is_never_connected_to(server):
    """The first look-up is public, as at registration; the second one leads to this machine."""
    port, came = server
    rules = address_rules([f"public:{port}"], leading([PUBLIC], [LOOPBACK]))
    upstream = Upstream("east", addresses=rules)
    connected = Wire("east", f"http://erp.example:{port}/", upstream=upstream)
    (endpoint,) = upstream.endpoints
    assert (await endpoint.lookup())[0][4][0] == PUBLIC
    with pytest.raises(Unavailable) as caught:
        await connected.get("x")
    assert caught.value.code == "ADDRESS_REFUSED"
    assert came == []
    await connected.aclose()


async def test_only_the_good_ones_of_several_addresses_are_connected_to(server):
    port, came = server
    rules = address_rules([f"127.0.0.1/32:{port}"], leading(["10.0.0.1", LOOPBACK, "::1"]))
    connected = wire(f"http://erp.example:{port}/", rules)
    assert (await connected.get("x")).status == 302
    assert len(came) == 1
    await connected.aclose()


async def test_a_redirect_is_an_answer_and_nobody_follows_it(server):
    port, came = server
    connected = wire(f"http://127.0.0.1:{port}/", address_rules(["127.0.0.1:*"]))
    assert (await connected.get("x")).status == 302
    assert came == [b"GET /x HTTP/1.1"]
    await connected.aclose()


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_next_link_stays_on_its_own_origin(url):
    """The link's host is not believed: what is left of it is a path below the base, or nothing."""
    connected = wire("https://erp.example/api", address_rules(["public"]))
    try:
        path = connected.origin.rebase(url)
    except SantongError:
        return
    finally:
        await connected.aclose()
    assert connected.origin.url(path).startswith("https://erp.example/api")


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ("public", "https://erp.example/"),
        ("public", "http://erp.example/"),
        ("public:8443", "https://erp.example:8443/"),
        ("public:8000-9000", "https://erp.example:8443/"),
        ("public", "https://93.184.216.34/"),
        ("erp.example", "https://ERP.example./"),
        ("*.example", "https://erp.example/"),
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.0.0.0/8", "https://sap.intranet/"),
        ("10.1.2.3:44300", "https://10.1.2.3:44300/"),
        ("127.0.0.0/8:*", "http://localhost:9/"),
        ("[::1]:*", "http://[::1]:9/"),
        ("[fd12::/16]:443", "https://[fd12::7]/"),
        ("fd12::/16", "https://[fd12::7]/"),
        ("public", "https://例え.example/"),
    ],
)
async def test_what_is_allowed_is_opened(row, url):
    await wire(url, address_rules([row])).aclose()


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ("erp.example", "https://evil-erp.example/"),
        ("erp.example", "https://erp.example.evil.example/"),
        ("*.example", "https://example/"),
        ("*.shop.example", "https://evilshop.example/"),
        ("erp.example:8443", "https://erp.example/"),
        ("10.0.0.0/8", "https://11.0.0.1/"),
        ("10.0.0.0/8:443", "http://10.0.0.1/"),
        ("169.254.0.0/16:*", "http://169.254.169.254/"),
        ("0.0.0.0/0:*", "http://169.254.169.254/"),
        ("0.0.0.0/0:*", "http://0.0.0.0/"),
        ("::/0", "https://[::ffff:127.0.0.1]/"),
    ],
)
async def test_what_is_not_is_refused(row, url):
    with pytest.raises(BadInput) as caught:
        wire(url, address_rules([row]))
    assert caught.value.code == "ADDRESS_REFUSED"


@pytest.mark.parametrize(
    "row", ["", "a b", "http://x", "10.0.0.1/8", "x:port", "unix:relative", "*"]
)
def test_a_row_that_allows_nothing_is_named(row):
    with pytest.raises(BadInput, match="SANTONG_CONNECTOR_HOSTS"):
        address_rules([row])


async def test_a_name_that_nobody_knows_is_no_refusal():
    async def unknown(host, port):
        raise socket.gaierror("no such name")

    connected = wire("https://erp.example/", address_rules(["public"], unknown))
    with pytest.raises(Unavailable) as caught:
        await connected.get("x")
    assert caught.value.code == "UPSTREAM_UNAVAILABLE"
    await connected.aclose()
