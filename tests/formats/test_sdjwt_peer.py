"""The reference implementation of SD-JWT: its tokens verify here, ours verify there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs
from tests.formats.vectors import POLICY
from tests.support import EXPIRES, ISSUED, NOW, SAMPLED, SICHUAN, FakeTrust, proof, signer, trusted

from trustcert.claims import CredentialType
from trustcert.encoding import base64url
from trustcert.formats import Challenge, sdjwt
from trustcert.keys import ESP256, PrivateKey
from trustcert.policy import Circumstances
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

_WHY = "the peer is not installed"
JWK = pytest.importorskip("jwcrypto.jwk", reason=_WHY).JWK
SDObj = pytest.importorskip("sd_jwt.common", reason=_WHY).SDObj
SDJWTHolder = pytest.importorskip("sd_jwt.holder", reason=_WHY).SDJWTHolder
SDJWTIssuer = pytest.importorskip("sd_jwt.issuer", reason=_WHY).SDJWTIssuer
SDJWTVerifier = pytest.importorskip("sd_jwt.verifier", reason=_WHY).SDJWTVerifier

CHALLENGE = Challenge(audience="https://gate.example", nonce="n-0S6_WzA2Mj")
ISSUER = PrivateKey.generate(ESP256)
HOLDER = PrivateKey.generate(ESP256)


def jwk(key: PrivateKey, *, private: bool = True) -> Any:
    return JWK(**(key.unsafe_to_jwk() if private else key.public_key.to_jwk()))


def verifier() -> Verifier:
    owner = TrustedKey(
        key=ISSUER.public_key, issuer=SICHUAN, names=frozenset({SICHUAN}), types=None
    )
    return Verifier(FakeTrust(keys=(owner,)), policy=POLICY)


def theirs(**more: Any) -> Any:
    body = {
        "iss": SICHUAN,
        "iat": ISSUED,
        "exp": EXPIRES,
        "vct": sdjwt.VCT,
        "credential": {
            "type": "health_proof",
            "colour": "green",
            "sampled_at": SAMPLED,
            SDObj("name"): "胡志君",
            SDObj("name_aliases"): ["Hu Zhijun", SDObj("Hu Chih-chün")],
        },
    } | more
    header = {"kid": ISSUER.public_key.kid.hex(), "typ": "dc+sd-jwt"}
    return SDJWTIssuer(
        body,
        jwk(ISSUER),
        holder_key=jwk(HOLDER, private=False),
        add_decoy_claims=True,
        extra_header_parameters=header,
    )


def test_their_credential_verifies_here() -> None:
    found = verifier().verify(theirs().sd_jwt_issuance, at=NOW)
    assert found.claims.type is CredentialType.HEALTH_PROOF
    assert found.claims.holder.name == "胡志君"
    assert found.claims.holder.name_aliases == ("Hu Zhijun", "Hu Chih-chün")
    assert found.claims.holder_key == HOLDER.public_key


@pytest.mark.parametrize(
    ("shown", "name", "aliases"),
    [
        ({}, None, None),
        ({"credential": {"name": True}}, "胡志君", None),
        ({"credential": {"name_aliases": [False, True]}}, None, ("Hu Zhijun", "Hu Chih-chün")),
    ],
)
def test_their_presentation_verifies_here(
    shown: Any, name: str | None, aliases: tuple[str, ...] | None
) -> None:
    holder = SDJWTHolder(theirs().sd_jwt_issuance)
    holder.create_presentation(shown)
    found = verifier().verify(holder.sd_jwt_presentation, at=NOW)
    assert (found.claims.holder.name, found.claims.holder.name_aliases) == (name, aliases)


def test_their_key_binding_answers_our_challenge() -> None:
    holder = SDJWTHolder(theirs().sd_jwt_issuance)
    holder.create_presentation(
        {}, nonce=CHALLENGE.nonce, aud=CHALLENGE.audience, holder_key=jwk(HOLDER)
    )
    text = holder.sd_jwt_presentation
    token = text.rpartition("~")[2]
    made = json.loads(base64url.decode(token.split(".")[1]))["iat"]
    asked = Circumstances(challenge=CHALLENGE)
    report = verifier().check(text, at=made, circumstances=asked)
    assert Reason.PRESENTATION_WRONG not in report.reasons
    assert set(report.reasons) <= {Reason.EXPIRED}


def peer(text: str, **expected: str) -> dict[str, Any]:
    found = SDJWTVerifier(text, lambda *_: jwk(ISSUER, private=False), **expected)
    payload: dict[str, Any] = found.get_verified_payload()
    return payload


def test_our_credential_verifies_there() -> None:
    claims = structs.replace(proof(), holder_key=HOLDER.public_key)
    text = sdjwt.issue(claims, ISSUER, decoys=3)
    assert peer(text)["credential"]["name"] == claims.holder.name
    hidden = sdjwt.present(text, ())
    assert "name" not in peer(hidden)["credential"]
    bound = sdjwt.present(text, ["credential.name"], challenge=CHALLENGE, signer=HOLDER, at=NOW)
    found = peer(bound, expected_aud=CHALLENGE.audience, expected_nonce=CHALLENGE.nonce)
    assert found["credential"]["name"] == claims.holder.name
    with pytest.raises(ValueError, match="nonce"):
        peer(bound, expected_aud=CHALLENGE.audience, expected_nonce="another")


def test_our_own_presentation_verifies_here() -> None:
    claims = structs.replace(proof(), holder_key=signer("holder").public_key)
    text = sdjwt.issue(claims, signer())
    bound = sdjwt.present(
        text, ["credential.name"], challenge=CHALLENGE, signer=signer("holder"), at=NOW
    )
    trust = FakeTrust(keys=(trusted(types=None),))
    unasked = Verifier(trust, policy=POLICY).check(bound, at=NOW)
    asked = Verifier(trust, policy=POLICY).check(
        bound, at=NOW, circumstances=Circumstances(challenge=CHALLENGE)
    )
    assert Verdict.INVALID not in {unasked.verdict, asked.verdict}
    assert asked.reasons == unasked.reasons
