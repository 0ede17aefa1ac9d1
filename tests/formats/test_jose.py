"""Compact JWS: what is written is found again, and what is not just so is refused."""

from __future__ import annotations

from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried
from tests.support import signer

from trustcert import jose
from trustcert.encoding import base64url, json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.keys import ED25519, ESP256
from trustcert.limits import HEADER_BYTES, HEADER_ITEMS, HEADER_WITH_CHAIN_BYTES

NAMES = frozenset({"alg", "kid", "typ"})


def token(header: Any, payload: bytes = b"{}", signature: bytes = bytes(64)) -> str:
    data = header if isinstance(header, bytes) else json.encode(header)
    return ".".join(map(base64url.encode, (data, payload, signature)))


@unhurried
@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_written_is_found_again(payload: bytes, kid: str) -> None:
    text = jose.sign(payload, signer(), {"kid": kid, "typ": "x"})
    found = jose.read(text, "jwt", parameters=NAMES)
    assert found.header == {"alg": "ES256", "kid": kid, "typ": "x"}
    assert (found.algorithm, found.kid, found.payload) == (ESP256, kid.encode(), payload)
    signer().public_key.verify(found.signature, found.signed)
    assert found.signed.decode() == text.rpartition(".")[0]


def test_pyjwt_reads_what_is_written_and_no_type_is_added() -> None:
    text = jose.sign(b'{"a":1}', signer(), {"zip": "DEF"})
    pem = signer().public_key.to_pem()
    assert pyjwt.decode(text, pem, algorithms=["ES256"]) == {"a": 1}
    assert pyjwt.get_unverified_header(text) == {"alg": "ES256", "zip": "DEF"}


def test_the_polymorphic_name_of_ed25519_is_read() -> None:
    for name in ("EdDSA", "Ed25519"):
        assert jose.read(token({"alg": name}), "jwt").algorithm is ED25519


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "jwt"),
        ("a.b", "jwt"),
        ("a.b.c.d", "jwt"),
        (token(b"{"), "jwt.header"),
        (token(b"[]"), "jwt.header"),
        (token(b'{"alg":"ES256","alg":"ES256"}'), "jwt.header.alg"),
        (token({}), "jwt.header.alg"),
        (token({"alg": 1}), "jwt.header.alg"),
        (token({"alg": "ES256", "kid": 1}), "jwt.header.kid"),
        (token({"alg": "ES256", "typ": None}), "jwt.header.typ"),
        (token({"alg": "ES256"}).replace("..", "."), "jwt.signature"),
    ],
)
def test_what_is_no_jws_is_malformed(text: str, where: str) -> None:
    if where == "jwt.signature":
        text += "="
    with pytest.raises(MalformedError) as caught:
        jose.read(text, "jwt")
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("header", "parameters"),
    [
        ({"alg": "none"}, None),
        ({"alg": "HS256"}, None),
        ({"alg": "RS256"}, None),
        ({"alg": "ES256", "crit": ["exp"]}, None),
        ({"alg": "ES256", "jwk": {}}, NAMES),
        ({"alg": "ES256", "crit": []}, NAMES),
    ],
)
def test_other_algorithms_and_parameters_are_unsupported(
    header: dict[str, Any], parameters: frozenset[str] | None
) -> None:
    with pytest.raises(UnsupportedError):
        jose.read(token(header), "jwt", parameters=parameters)


def test_a_header_is_bounded_before_it_is_parsed() -> None:
    long = {"alg": "ES256", "kid": "k" * HEADER_BYTES}
    with pytest.raises(LimitExceededError, match=f"over {HEADER_BYTES} bytes"):
        jose.read(token(long), "jwt")
    assert jose.read(token(long), "jwt", header_bytes=HEADER_WITH_CHAIN_BYTES).header == long
    many = {"alg": "ES256"} | dict.fromkeys(map(str, range(HEADER_ITEMS)), 0)
    with pytest.raises(LimitExceededError, match=f"over {HEADER_ITEMS} items"):
        jose.read(token(many), "jwt")


def test_certificates_are_base64_and_at_most_four() -> None:
    def chain(value: object) -> tuple[bytes, ...]:
        return jose.read(token({"alg": "ES256", "x5c": value}), "jwt").certificates("jwt")

    assert chain(["AAEC"]) == (b"\x00\x01\x02",)
    for wrong in (["A-_C"], ["é"], [1], "AAEC"):
        with pytest.raises(MalformedError) as caught:
            chain(wrong)
        assert caught.value.where.startswith("jwt.header.x5c")
    with pytest.raises(LimitExceededError):
        chain(["AAEC"] * 5)
