"""Certificates that prove nothing: no call is made, whatever the protocol."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from capabilities.errors import Unavailable
from capabilities.estate import Limits
from tests.faults.protocols import PROTOCOLS, opened

NOW = datetime.now(UTC)
CERTIFICATES = {
    "self-signed": ("localhost", NOW + timedelta(days=1), False),
    "expired": ("localhost", NOW - timedelta(days=1), True),
    "of another host": ("elsewhere.example", NOW + timedelta(days=1), True),
}


def certificate(folder, host, ends):
    """A certificate that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=9))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(encoding, form, serialization.NoEncryption())
        + made.public_bytes(encoding)
    )
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", CERTIFICATES)
async def test_nothing_is_told_to_a_server_that_cannot_prove_who_it_is(
    protocol, kind, tmp_path, monkeypatch
):
    host, ends, trusted = CERTIFICATES[kind]
    path, heard = certificate(tmp_path, host, ends), []

    async def serve(reader, writer):
        heard.append(await reader.read(1))
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    connector = await opened(protocol, url, Limits(deadline_ms=2000), monkeypatch)
    with pytest.raises(Unavailable, match="certificate"):
        await connector.orders(["1"])
    await connector.aclose()
    server.close()
    await server.wait_closed()
    assert heard in ([], [b""])
