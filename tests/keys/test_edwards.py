"""Public keys of Ed25519 that are none: small order, off the curve, written in another way."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import base64url
from trustcert.errors import MalformedError
from trustcert.keys import ED25519, PublicKey

P = 2**255 - 19
SIGN = 1 << 255
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
Y_8 = int.from_bytes(ORDER_8, "little")

SMALL = [0, 1, P - 1, Y_8, P - Y_8]
WRITTEN_OTHERWISE = [P, P + 1, P + 3, 2**255 - 1]
OFF_THE_CURVE = [2, 7, 8, 12]


def jwk(value: int) -> dict[str, str]:
    x = base64url.encode(value.to_bytes(32, "little"))
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


@pytest.mark.parametrize("sign", [0, SIGN])
@pytest.mark.parametrize("value", SMALL + WRITTEN_OTHERWISE + OFF_THE_CURVE)
def test_points_that_no_key_is_are_refused(value: int, sign: int) -> None:
    raw = (value | sign).to_bytes(32, "little")
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(jwk(value | sign))
    native = ed25519.Ed25519PublicKey.from_public_bytes(raw)  # takes anything
    for encoding in (serialization.Encoding.DER, serialization.Encoding.PEM):
        data = native.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        load = PublicKey if encoding is serialization.Encoding.DER else PublicKey.from_pem
        with pytest.raises(MalformedError):
            load(data)


@unhurried
@given(st.binary(min_size=32, max_size=32))
def test_every_honest_key_is_taken(seed: bytes) -> None:
    raw = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert PublicKey.from_jwk(jwk(int.from_bytes(raw, "little"))).algorithm is ED25519
