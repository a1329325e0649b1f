"""What a signature over parameters covers, and what it does not."""

import base64
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from capabilities.errors import BadInput
from connectors._kit.secrets import SecretPlaces
from gateway.payments.declared import read_providers
from gateway.payments.provider import PaymentRefused, Provider, Told

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
FILE = """
providers:
  - name: wallet
    signed:
      scheme: rsa-sha256
      keys: ["env:SIGNED_PARTS_KEY"]
      signature: {parameter: sign}
      text: "{parameters}"
    time: {parameter: moment}
    transaction: {parameter: trade_no}
    order: {parameter: out_trade_no}
    channel: {value: mini}
    amount: {parameter: total_amount, written: major}
    currency: {value: CNY}
"""
TOLD = {
    "moment": str(int(NOW.timestamp())),
    "out_trade_no": "A1",
    "subject": "tea&total_amount=1000.00",
    "total_amount": "9.00",
    "trade_no": "w1",
}
PRIVATE = generate_private_key(65537, 2048)


def declared(tmp_path, text=FILE):
    (tmp_path / "providers.yaml").write_text(text, "utf-8")
    (found,) = read_providers(tmp_path / "providers.yaml")
    return found


def sent(pairs):
    text = "&".join(f"{name}={TOLD[name]}" for name in sorted(TOLD))
    made = base64.b64encode(PRIVATE.sign(text.encode(), PKCS1v15(), SHA256())).decode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Told(headers=kind, body=urlencode([*pairs, ("sign", made)]).encode())


def test_a_value_that_is_cut_in_two_is_no_other_sum(tmp_path, monkeypatch):
    public = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setenv("SIGNED_PARTS_KEY", public.decode())
    wallet = Provider(declared(tmp_path), SecretPlaces(), ZoneInfo("Asia/Shanghai"))
    heard = wallet.hear(sent(list(TOLD.items())), NOW)
    assert heard is not None
    assert heard.amount == 900
    cut = TOLD | {"subject": "tea"}
    with pytest.raises(PaymentRefused) as refused:
        wallet.hear(sent([*cut.items(), ("total_amount", "1000.00")]), NOW)
    assert refused.value.code == "PAYMENT_SIGNATURE"


def test_what_is_left_out_of_the_signed_text_is_not_read(tmp_path):
    left_out = "      without: [sign, out_trade_no]\n    time:"
    with pytest.raises(BadInput, match="wallet: out_trade_no is read and not signed"):
        declared(tmp_path, FILE.replace("    time:", left_out))
