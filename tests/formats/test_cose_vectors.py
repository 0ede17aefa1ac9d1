"""The COSE working group's examples: what verifies, what must not, what is not spoken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.vectors import _PLACE, vectors

from trustcert import cose
from trustcert.encoding import base64url, cbor
from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.keys import PublicKey

FILES = sorted((_PLACE / "cose").glob("*/*.json"))
_UNSPOKEN = {"P-521", "Ed448"}
_OTHER_HASH = "ES512"
"""An algorithm that no row here has, even on a curve that is spoken."""


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def signer_of(case: dict[str, Any]) -> dict[str, Any]:
    given = case["input"]
    found: dict[str, Any] = given["sign0"] if "sign0" in given else given["sign"]["signers"][0]
    return found


def key_of(case: dict[str, Any]) -> PublicKey:
    given = signer_of(case)["key"]
    jwk = {"kty": given["kty"], "crv": given["crv"]}
    for name in ("x", "y"):
        if name in given or f"{name}_hex" in given:
            text = given.get(name)
            octets = bytes.fromhex(given[f"{name}_hex"]) if text is None else base64url.decode(text)
            jwk[name] = base64url.encode(octets)
    return PublicKey.from_jwk(jwk)


def external(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(signer_of(case).get("external", ""))


def test_they_are_here() -> None:
    vectors("cose")
    assert len(FILES) == 21


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_has_its_outcome(path: Path) -> None:
    case = load(path)
    data = bytes.fromhex(case["output"]["cbor"])
    if signer_of(case)["key"]["crv"] in _UNSPOKEN:
        with pytest.raises(UnsupportedError):
            key_of(case)
        return
    if signer_of(case).get("protected", {}).get("alg") == _OTHER_HASH:
        with pytest.raises((VerificationError, MalformedError)):
            verify(case, data)
        return
    if "sign0" not in case["input"]:
        multi_signed(case, data)
        return
    try:
        verify(case, data)
    except (MalformedError, UnsupportedError, VerificationError):
        assert case.get("fail") is True
        return
    assert not case.get("fail")


def verify(case: dict[str, Any], data: bytes) -> None:
    parsed = cose.read(data, external=external(case))
    key_of(case).verify(parsed.signature, parsed.signed)


def multi_signed(case: dict[str, Any], data: bytes) -> None:
    """A COSE_Sign is none of our formats; its signature is the same primitive."""
    with pytest.raises(MalformedError):
        cose.read(data)
    message = cbor.decode(data, tags=frozenset({98})).value
    protected, _, signature = message[3][0]
    signed = cbor.encode(["Signature", message[0], protected, external(case), message[2]])
    assert signed == bytes.fromhex(case["intermediates"]["signers"][0]["ToBeSign_hex"])
    key_of(case).verify(signature, signed)
