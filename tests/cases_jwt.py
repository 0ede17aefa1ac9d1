"""Vectors of the JWT form."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tests.cases_compact import ANY_TYPE, GENEROUS
from tests.samples import APPLICATIONS, sample
from tests.support import EXPIRES, NOW, PublicTestSigner, proof, signer, token
from tests.vector import Vector, key_entry

from trustcert.claims import Claims, Colour, HealthProof, StatusReference, codec
from trustcert.encoding import base64url
from trustcert.formats import jwt as form
from trustcert.keys import ED25519, ESP256, ESP384

KEY: Final = signer()
KID: Final = KEY.public_key.kid.hex()
HEADER: Final = {"alg": "ES256", "kid": KID, "typ": "tc+jwt"}
TEXT: Final = form.encode(proof(), KEY)
HEAD, PAYLOAD, SIGNATURE = TEXT.split(".")
_V = Vector
_MALFORMED = ("malformed",)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def code(claims: Claims | None = None, key: PublicTestSigner = KEY) -> str:
    return form.encode(claims or proof(), key)


def body() -> dict[str, Any]:
    return codec.to_json(proof())


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    found = body()
    change(found)
    return token(HEADER, found)


def spare_bit(part: str) -> str:
    return part[:-1] + _ALPHABET[_ALPHABET.index(part[-1]) + 1]


def headed(header: Any) -> str:
    return token(header, body())


_VALID = (
    *(
        _V(
            name=f"algorithm_{row.jose.lower()}",
            why=f"alg is {row.jose}.",
            code=code(key=signer(algorithm=row)),
            keys=(key_entry(signer(algorithm=row).public_key),),
        )
        for row in (ESP256, ESP384, ED25519)
    ),
    _V(
        name="algorithm_eddsa",
        why="EdDSA, the older name of Ed25519, is read too.",
        code=token(
            {
                "alg": "EdDSA",
                "kid": signer(algorithm=ED25519).public_key.kid.hex(),
                "typ": "tc+jwt",
            },
            body(),
            signer(algorithm=ED25519),
        ),
        keys=(key_entry(signer(algorithm=ED25519).public_key),),
    ),
    *(
        _V(
            name=f"profile_{application['type']}",
            why=f"A credential of type `{application['type']}`.",
            code=code(sample(application, id=b"\x01\x02\x03\x04\x05\x06\x07\x08")),
            keys=(ANY_TYPE,),
            policy=GENEROUS,
        )
        for application in APPLICATIONS
    ),
    _V(
        name="payload_with_white_space",
        why="JSON of any layout: what was signed is what travelled.",
        code=token(HEADER, json.dumps(body(), indent=2).encode()),
    ),
    _V(
        name="payload_in_another_order",
        why="The order of names says nothing.",
        code=token(HEADER, dict(reversed(body().items()))),
    ),
    _V(
        name="header_in_another_order",
        why="The order of names says nothing.",
        code=headed(dict(reversed(HEADER.items()))),
    ),
    _V(
        name="holder_key",
        why="cnf holds a JWK (RFC 7800).",
        code=code(proof(holder_key=signer("holder").public_key)),
    ),
)
_HEADER = tuple(
    _V(name=f"{name}_refused", why=why, code=headed(header), reasons=(reason,))
    for name, why, header, reason in (
        ("alg_none", "alg none.", HEADER | {"alg": "none"}, "unsupported"),
        ("alg_hs256", "A MAC under the public key.", HEADER | {"alg": "HS256"}, "unsupported"),
        ("alg_lower_case", "Names are exact.", HEADER | {"alg": "es256"}, "unsupported"),
        ("alg_of_another_curve", "ES384 with a key on P-256.", HEADER | {"alg": "ES384"},
         "algorithm_mismatch"),
        ("alg_missing", "No alg.", {"kid": KID, "typ": "tc+jwt"}, "malformed"),
        ("kid_missing", "No kid.", {"alg": "ES256", "typ": "tc+jwt"}, "malformed"),
        ("kid_not_ascii", "A kid is ASCII.", HEADER | {"kid": "密钥"}, "malformed"),
        ("kid_lone_surrogate", "Half of a character, which no UTF-8 holds.",
         b'{"alg":"ES256","kid":"\\ud800","typ":"tc+jwt"}', "malformed"),
        ("typ_missing", "No typ.", {"alg": "ES256", "kid": KID}, "malformed"),
        ("typ_of_another_token", "typ is JWT: a token made for something else.",
         HEADER | {"typ": "JWT"}, "unsupported"),
        ("crit", "crit, whatever it names.", HEADER | {"crit": ["exp"]}, "unsupported"),
        ("key_in_the_header", "A key that the code brings along.",
         HEADER | {"jwk": signer("forger").public_key.to_jwk()}, "unsupported"),
        ("compressed", "zip is not spoken.", HEADER | {"zip": "DEF"}, "unsupported"),
        ("header_duplicate_name", "alg stands twice.",
         b'{"alg":"ES256","alg":"none","kid":"x","typ":"tc+jwt"}', "malformed"),
    )
)  # fmt: skip
_TEXT = tuple(
    _V(name=f"{name}_refused", why=why, code=text, reasons=(reason,))
    for name, why, text, reason in (
        ("two_parts", "No signature part.", f"{HEAD}.{PAYLOAD}", "not_a_code"),
        ("four_parts", "A part too many.", f"{TEXT}.{SIGNATURE}", "not_a_code"),
        ("padded", "Base64url is not padded.", f"{HEAD}.{PAYLOAD}.{SIGNATURE}==", "malformed"),
        ("spare_bits", "A bit is set behind the last byte of the signature.",
         f"{HEAD}.{PAYLOAD}.{spare_bit(SIGNATURE)}", "malformed"),
        ("newline", "A line end.", f"{TEXT}\n", "malformed"),
        ("base64_not_url", "+ is of the other alphabet.",
         f"{HEAD}.{PAYLOAD}.{'+' + SIGNATURE[1:]}", "malformed"),
        ("signature_wrong", "The signature of another payload.",
         f"{HEAD}.{PAYLOAD}.{code(proof(subject='x')).split('.')[2]}", "signature_wrong"),
        ("signature_short", "63 bytes.",
         f"{HEAD}.{PAYLOAD}.{base64url.encode(base64url.decode(SIGNATURE)[:-1])}",
         "signature_wrong"),
        ("payload_altered", "Another payload under the signature.",
         f"{HEAD}.{base64url.encode(b'{}')}.{SIGNATURE}", "signature_wrong"),
        ("forged", "A forger signed under a trusted kid.",
         token(HEADER, body(), signer("forger")), "signature_wrong"),
    )
)  # fmt: skip
_CLAIMS = tuple(
    _V(name=f"{name}_refused", why=why, code=text, reasons=("claims_malformed",))
    for name, why, text in (
        ("payload_not_json", "No JSON.", token(HEADER, b"{")),
        ("payload_not_utf_8", "A byte that is no UTF-8.", token(HEADER, b'{"iss":"\xff"}')),
        ("payload_duplicate_name", "iss stands twice.",
         token(HEADER, b'{"iss":"CN-44",' + json.dumps(body()).encode()[1:])),
        ("payload_nan", "NaN is no JSON.", token(HEADER, b'{"iat":NaN}')),
        ("time_float", "exp is a float.", changed(lambda c: c.update(exp=EXPIRES + 0.5))),
        ("time_huge", "exp has 21 digits.", changed(lambda c: c.update(exp=10**20))),
        ("time_text", "exp is a text.", changed(lambda c: c.update(exp="2020-03-08"))),
        ("time_true", "iat is true.", changed(lambda c: c.update(iat=True))),
        ("issuer_missing", "No iss.", changed(lambda c: c.pop("iss"))),
        ("id_padded", "jti is padded.", changed(lambda c: c.update(jti="AAAAAAAAAAA="))),
        ("colour_missing", "No colour.", changed(lambda c: c["credential"].pop("colour"))),
        ("status_index_text", "idx is a text.",
         changed(lambda c: c["status"]["status_list"].update(idx="5"))),
        ("status_number_not_canonical", "The list's number has a leading zero.",
         changed(lambda c: c["status"]["status_list"].update(uri="CN-51/status/03"))),
    )
)  # fmt: skip
_UNKNOWN = tuple(
    _V(name=f"{name}_indeterminate", why=f"{why} A newer issuer may know it.", code=text,
       reasons=("unsupported",))
    for name, why, text in (
        ("claim_unknown", "aud is not spoken here.", changed(lambda c: c.update(aud="CN-44"))),
        ("colour_unknown", "Blue.", changed(lambda c: c["credential"].update(colour="blue"))),
        ("type_unknown", "A diploma.", changed(lambda c: c["credential"].update(type="diploma"))),
        ("status_elsewhere", "A status list with another kind of name.",
         changed(lambda c: c["status"]["status_list"].update(uri="urn:example:3"))),
        ("status_of_another_issuer", "A status list of Shanghai.",
         changed(lambda c: c["status"]["status_list"].update(uri="CN-31/status/3"))),
        ("status_mechanism_unknown", "Another mechanism beside the status list.",
         changed(lambda c: c["status"].update(identifier_list={}))),
    )
)  # fmt: skip
_STEPS = (
    _V(
        name="key_unknown_indeterminate",
        why="Nobody knows the key.",
        code=code(key=signer("forger")),
        reasons=("key_unknown",),
    ),
    _V(
        name="issuer_of_another_key_refused",
        why="The payload names Shanghai, the key is Sichuan's.",
        code=code(proof(issuer="CN-31")),
        reasons=("issuer_mismatch",),
    ),
    _V(
        name="expired_refused",
        why="Judged in the second of exp.",
        code=code(proof(expires=NOW)),
        reasons=("expired",),
    ),
    _V(
        name="revoked_refused",
        why="State 1.",
        code=code(proof(status=StatusReference(list=3, index=7))),
        reasons=("revoked",),
    ),
    _V(
        name="red_refused",
        why="Guangdong admits green only.",
        code=code(proof(details=HealthProof(colour=Colour.RED, sampled_at=NOW - 3600))),
        reasons=("colour_refused",),
    ),
)

JWT: Final = (*_VALID, *_HEADER, *_TEXT, *_CLAIMS, *_UNKNOWN, *_STEPS)
"""The vectors of this module."""
