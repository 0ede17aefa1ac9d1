from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried
from tests.support import signer

from trustcert.encoding import base64url
from trustcert.errors import MalformedError, TrustcertError, UnsupportedError
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm, PublicKey

JWK = signer().public_key.to_jwk()


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in JWK.items() if name not in names}


@pytest.mark.parametrize("row", [ED25519, ESP256, ESP384])
def test_a_jwk_names_kind_curve_algorithm_use_and_kid(row: Algorithm) -> None:
    key = signer(algorithm=row).public_key
    jwk = key.to_jwk()
    assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == (row.kty, row.crv, row.jose, "sig")
    assert jwk["kid"] == key.kid.hex()
    assert ("y" in jwk) == (row.kty == "EC")


@pytest.mark.parametrize(
    "jwk",
    [
        JWK,
        without("alg", "use", "kid"),
        JWK | {"alg": "ESP256"},
        JWK | {"key_ops": ["verify"]},
        JWK | {"key_ops": ["encrypt", "verify"]},
        JWK | {"kid": "anything", "x5t": "AAAA"},
        signer(algorithm=ED25519).public_key.to_jwk() | {"alg": "EdDSA"},
    ],
)
def test_these_are_read(jwk: dict[str, Any]) -> None:
    PublicKey.from_jwk(jwk)


@pytest.mark.parametrize(
    ("jwk", "where"),
    [
        (without("kty"), "kty"),
        (JWK | {"kty": 1}, "kty"),
        (JWK | {"crv": ["P-256"]}, "crv"),
        (JWK | {"crv": None}, "crv"),
        (without("x"), "x"),
        (without("y"), "y"),
        (JWK | {"x": 1}, "x"),
        (JWK | {"x": JWK["x"] + "="}, "x"),
        (JWK | {"x": base64url.encode(bytes(31))}, "x"),
        (JWK | {"x": base64url.encode(bytes(33))}, "x"),
        (JWK | {"y": base64url.encode(b"")}, "y"),
        (JWK | {"x": base64url.encode(bytes(32))}, ""),
        (JWK | {"y": JWK["x"]}, ""),
        (JWK | {"use": "enc"}, "use"),
        (JWK | {"use": 1}, "use"),
        (JWK | {"key_ops": ["sign"]}, "key_ops"),
        (JWK | {"key_ops": []}, "key_ops"),
        (JWK | {"key_ops": "verify"}, "key_ops"),
        (JWK | {"alg": "ES384"}, "alg"),
        (JWK | {"alg": "Ed25519"}, "alg"),
        (JWK | {"alg": 1}, "alg"),
        (JWK | {"alg": "none"}, ""),
        (JWK | {"d": "AAAA"}, ""),
        ({"kty": "oct", "k": "AAAA"}, ""),
    ],
)
def test_these_are_refused_with_their_place(jwk: dict[str, Any], where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        PublicKey.from_jwk(jwk)
    assert caught.value.where == where


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct"},
        JWK | {"crv": "P-521"},
        JWK | {"crv": "secp256k1"},
        JWK | {"crv": "Ed25519"},
        JWK | {"kty": "OKP"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        without("crv"),
    ],
)
def test_kinds_outside_the_table_are_unsupported(jwk: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        PublicKey.from_jwk(jwk)


@unhurried
@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "alg", "use", "key_ops", "x", "y"]),
        st.none() | st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=4), max_size=2)
        | st.sampled_from(["EC", "OKP", "P-256", "P-384", "Ed25519", JWK["x"], JWK["y"]]),
    )
)  # fmt: skip
def test_any_map_is_a_key_or_a_clean_refusal(changes: dict[str, Any]) -> None:
    try:
        PublicKey.from_jwk(JWK | changes)
    except TrustcertError:
        return
