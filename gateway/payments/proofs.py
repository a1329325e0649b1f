"""Whether a message is a provider's own, and what lies sealed in it."""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
    load_pem_public_key,
)

from capabilities.errors import BadInput
from connectors._kit.secrets import Secret

Proof = Callable[[bytes, bytes], bool]

_LEAST_BITS = 2048
_SEAL_BYTES = 32
_NOT_RSA = "an RSA key of at least 2048 bits, as PEM, as a certificate or as bare base64"


def proof_of(scheme: str, key: Secret) -> Proof:
    """Whether a signature of a text was made with a key; BadInput where the key is none."""
    if scheme == "hmac-sha256":
        return _hmac(key.reveal().encode())
    return _rsa(_public_key(key.reveal()))


def decoded(encoding: str, shown: str) -> bytes:
    """A signature as it is written in a header; empty where it is none."""
    try:
        return bytes.fromhex(shown) if encoding == "hex" else b64decode(shown, validate=True)
    except (binascii.Error, ValueError):
        return b""


def opener(keys: Sequence[Secret]) -> Callable[[Any], bytes | None]:
    """Opens what is sealed as WeChat Pay seals it; None where no key fits."""
    boxes = [_box(key.reveal().encode()) for key in keys]

    def opened(sealed: Any) -> bytes | None:
        try:
            nonce, text = sealed["nonce"].encode(), b64decode(sealed["ciphertext"], validate=True)
            beside = (sealed.get("associated_data") or "").encode()
        except (binascii.Error, ValueError, TypeError, KeyError, AttributeError):
            return None
        for box in boxes:
            try:
                return box.decrypt(nonce, text, beside)
            except (InvalidTag, ValueError):
                continue
        return None

    return opened


def _hmac(key: bytes) -> Proof:
    def proved(text: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(key, text, hashlib.sha256), signature)

    return proved


def _rsa(key: RSAPublicKey) -> Proof:
    def proved(text: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    return proved


def _public_key(text: str) -> RSAPublicKey:
    try:
        if "BEGIN CERTIFICATE" in text:
            found: Any = x509.load_pem_x509_certificate(text.encode()).public_key()
        elif "BEGIN" in text:
            found = load_pem_public_key(text.encode())
        else:
            found = load_der_public_key(b64decode("".join(text.split()), validate=True))
    except ValueError as exc:
        raise BadInput(_NOT_RSA, code="PAYMENT_PROVIDERS_INVALID") from exc
    if not isinstance(found, RSAPublicKey) or found.key_size < _LEAST_BITS:
        raise BadInput(_NOT_RSA, code="PAYMENT_PROVIDERS_INVALID")
    return found


def _box(key: bytes) -> AESGCM:
    if len(key) != _SEAL_BYTES:
        raise BadInput("a key that seals has 32 bytes", code="PAYMENT_PROVIDERS_INVALID")
    return AESGCM(key)
