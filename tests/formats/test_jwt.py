from __future__ import annotations

import json
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given, settings
from tests.strategies import claims, signers, unhurried
from tests.support import ISSUED, PublicTestSigner, proof, signer, token

from trustcert import formats
from trustcert.claims import Claims
from trustcert.claims.types import TYPES, Details
from trustcert.encoding import base64url
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import jwt as form
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm
from trustcert.limits import TEXT_CHARACTERS

KID = signer().public_key.kid.hex()
HEADER = {"alg": "ES256", "kid": KID, "typ": "tc+jwt"}
TEXT = form.encode(proof(), signer())
HEAD, PAYLOAD, SIGNATURE = TEXT.split(".")


@pytest.mark.parametrize("details", TYPES.values())
def test_every_type_reads_back(details: type[Details]) -> None:
    @settings(unhurried, max_examples=20)
    @given(claims(details), signers)
    def reads_back(given_: Claims, key: PublicTestSigner) -> None:
        envelope = form.decode(form.encode(given_, key))
        assert form.claims(envelope) == given_
        assert envelope.kid == key.public_key.kid.hex().encode()
        assert envelope.algorithms == (key.public_key.algorithm,)
        key.public_key.verify(envelope.signature, envelope.signed)

    reads_back()


@pytest.mark.parametrize("row", [ESP256, ESP384, ED25519])
def test_another_library_reads_what_is_written(row: Algorithm) -> None:
    key = signer(algorithm=row)
    text = form.encode(proof(), key)
    name = "EdDSA" if row is ED25519 else row.jose
    if row is ED25519:
        head = pyjwt.get_unverified_header(text)
        assert (head["alg"], head["typ"]) == ("Ed25519", "tc+jwt")
        key.public_key.verify(form.decode(text).signature, form.decode(text).signed)
        return
    found = pyjwt.decode(
        text, key.native.public_key(), algorithms=[name], options={"verify_exp": False}
    )
    assert (found["iss"], found["iat"]) == ("CN-51", ISSUED)
    assert found["status"] == {"status_list": {"idx": 5, "uri": "CN-51/status/3"}}
    assert found["credential"]["type"] == "health_proof"


def test_the_header_holds_alg_kid_and_typ() -> None:
    assert json.loads(base64url.decode(HEAD)) == HEADER


def test_the_polymorphic_name_of_ed25519_is_read_too() -> None:
    key = signer(algorithm=ED25519)
    header = {"alg": "EdDSA", "kid": key.public_key.kid.hex(), "typ": "tc+jwt"}
    assert form.decode(token(header, {}, key)).algorithms == (ED25519,)


@pytest.mark.parametrize(
    ("header", "where"),
    [
        (b"[]", "jwt.header"),
        (b"1", "jwt.header"),
        (b"{", "jwt.header"),
        (b'{"alg":"ES256","alg":"ES256"}', "jwt.header.alg"),
        ({"alg": "ES256", "kid": KID}, "jwt.header.typ"),
        ({"alg": "ES256", "typ": "tc+jwt"}, "jwt.header.kid"),
        ({"kid": KID, "typ": "tc+jwt"}, "jwt.header.alg"),
        (HEADER | {"alg": None}, "jwt.header.alg"),
        (HEADER | {"alg": ["ES256"]}, "jwt.header.alg"),
        (HEADER | {"kid": 1}, "jwt.header.kid"),
        (HEADER | {"kid": "密钥"}, "jwt.header.kid"),
        (b'{"alg":"ES256","kid":"\\ud800","typ":"tc+jwt"}', "jwt.header.kid"),
        (HEADER | {"typ": 1}, "jwt.header.typ"),
    ],
)
def test_a_header_that_is_not_just_so_is_refused(header: Any, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        form.decode(token(header, {}))
    assert caught.value.where == where


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"alg": "none"},
        HEADER | {"alg": "NONE"},
        HEADER | {"alg": ""},
        HEADER | {"alg": "HS256"},
        HEADER | {"alg": "RS256"},
        HEADER | {"alg": "es256"},
        HEADER | {"alg": "ESP256"},
        HEADER | {"typ": "JWT"},
        HEADER | {"typ": "TC+JWT"},
        HEADER | {"typ": ""},
        HEADER | {"crit": ["exp"]},
        HEADER | {"crit": []},
        HEADER | {"b64": False},
        HEADER | {"jwk": signer().public_key.to_jwk()},
        HEADER | {"jku": "https://example.org"},
        HEADER | {"x5u": "https://example.org"},
        HEADER | {"x5c": []},
        HEADER | {"zip": "DEF"},
        HEADER | {"cty": "JWT"},
    ],
)
def test_other_algorithms_types_and_parameters_are_unsupported(header: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        form.decode(token(header, {}))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{HEAD}.{PAYLOAD}", "jwt"),
        (f"{HEAD}.{PAYLOAD}.{SIGNATURE}.", "jwt"),
        (f"{HEAD}..{PAYLOAD}.{SIGNATURE}", "jwt"),
        (f"{HEAD}=.{PAYLOAD}.{SIGNATURE}", "jwt.header"),
        (f"{HEAD}.{PAYLOAD}=.{SIGNATURE}", "jwt.payload"),
        (f"{HEAD}.{PAYLOAD}.{SIGNATURE}=", "jwt.signature"),
        (f"{HEAD}.{PAYLOAD}.{SIGNATURE}\n", "jwt.signature"),
        (f"{HEAD}.{PAYLOAD} .{SIGNATURE}", "jwt.payload"),
        (f"{HEAD}.{PAYLOAD}.{SIGNATURE[:-1]}{'ABCD'['ABCD'.find(SIGNATURE[-1]) - 1]}",
         "jwt.signature"),
        (f"{HEAD}.{PAYLOAD}.\u00e9", "jwt.signature"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_just_so_is_refused(text: str, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        form.decode(text)
    assert caught.value.where == where


def test_spare_bits_of_the_signature_are_refused() -> None:
    """64 bytes are 86 characters, of whose last only two bits count."""
    assert len(SIGNATURE) == 86
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(SIGNATURE[-1])
    assert last % 16 == 0
    for spare in range(1, 16):
        with pytest.raises(MalformedError):
            form.decode(f"{HEAD}.{PAYLOAD}.{SIGNATURE[:-1]}{alphabet[last + spare]}")


def test_the_text_is_held_to_its_size() -> None:
    with pytest.raises(LimitExceededError):
        form.decode("eyJ" + "A" * TEXT_CHARACTERS)
    long = token(HEADER, b"x" * (TEXT_CHARACTERS * 3 // 4 - 200))
    assert len(long) < TEXT_CHARACTERS
    with pytest.raises(MalformedError):
        form.claims(form.decode(long))


def test_tokens_are_recognised_by_a_json_object_and_two_dots() -> None:
    assert formats.recognise(TEXT) is form
    for other in ("eyJ", "eyJ.a", "eyJ.a.b.c", "fyJ.a.b", "", " eyJ.a.b"):
        assert formats.recognise(other) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"iss":"CN-51","iss":"CN-51"}',
        b'{"iss":NaN}',
        b'{"iat":123456789012345678901}',
        b"[" * 17 + b"]" * 17,
    ],
)
def test_claims_are_strict_json_or_refused(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        form.claims(form.decode(token(HEADER, payload)))


def test_a_signer_s_own_failure_comes_through() -> None:
    class Broken:
        public_key = signer().public_key

        def sign(self, message: bytes) -> bytes:
            raise RuntimeError(f"pulled out over {len(message)} bytes")

    with pytest.raises(RuntimeError, match="pulled out over"):
        form.encode(proof(), Broken())
